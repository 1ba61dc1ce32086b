# shellcheck shell=bash
# What the tests of reports share: the victim, built in many ways, and what is to
# be told of each of its crashes.  Who sources this has report STATUS
# COMMAND...: it ends so, and its report is in $out/report.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../inspect/lib.sh"
source=$top/tests/report/victim.c
ulimit -S -c 0

# shellcheck disable=SC2034 # who sources this goes through them
cases=(null overflow thread alternate handler jump heap divide past-end smash
	illegal trap)

# build VARIANT COMPILER [FLAG]...
build() {
	local name=$1
	shift
	"$@" -g -pthread -fno-stack-protector -o "$out/$name" "$source" \
		2>"$out/stderr"
}
build_all() {
	build pie cc -O1 -pie -fPIE &&
		build nopie cc -O2 -fomit-frame-pointer -no-pie &&
		build static cc -O2 -static &&
		build notables cc -O1 -fomit-frame-pointer \
			-fno-asynchronous-unwind-tables -fno-unwind-tables &&
		objcopy -R .debug_frame "$out/notables" &&
		build pointers cc -O1 -fno-omit-frame-pointer \
			-fno-asynchronous-unwind-tables -fno-unwind-tables &&
		objcopy -R .debug_frame "$out/pointers" &&
		cp "$out/nopie" "$out/stripped" && strip "$out/stripped"
}

must_build() {
	"$@" || {
		comment <"$out/stderr"
		echo "Bail out! victim.c does not compile"
		exit 1
	}
}

# lines CASE: as a pattern
lines() {
	grep -n "line of $1 \*/" "$source" | cut -d: -f1 | paste -sd'|'
}

# says KEY PATTERN: in the report's first lines
says() {
	head -n 7 "$out/report" | grep -qE "^  $1 +($2)" || {
		head -n 40 "$out/report" >>"$out/stderr"
		echo "no $1 like $2" >>"$out/stderr"
		return 1
	}
}

# crash VARIANT CASE
crash() {
	local at lines stack='native stack of 8[0-9]* KiB' cause status=139
	at=${2//-/_} lines=$(lines "$2") argument=
	case $2 in
	null) at=null_write cause='wrote the null page: address 0x0' ;;
	overflow | thread | alternate)
		cause='stack overflow' at=recurse lines=$(lines recurse)
		stack="$stack, 0 bytes left"
		;;&
	thread)
		# musl's default is what is asked for here
		argument=131072 stack='native stack of 1[23][0-9] KiB, 0 bytes'
		;;
	alternate) stack='alternate signal stack of 64 KiB, 0 bytes left' ;;
	handler)
		cause='wrote the null page' at=null_write lines=$(lines null)
		stack='alternate signal stack of 64 KiB, [1-9]'
		;;
	jump) cause='jumped to 0x0, a null function pointer' ;;
	heap)
		cause='abort\(\): free\(\): invalid size' status=134
		[ "$1" != musl ] || { cause='' && status=139; }
		;;
	divide) cause='integer division by zero' status=136 ;;
	past-end) cause='wrote .*, past the end of the mapped file' status=135 ;;
	smash) cause='returned to 0x4141414141414141' ;;
	illegal) cause='ud2: ' status=132 ;;
	trap) cause='a breakpoint' at=breakpoint status=133 ;;
	esac
	report $status "$out/$1" "$2" ${argument:+"$argument"} &&
		says cause "$cause" && says stack "$stack" &&
		says at "$at, .*victim.c:($lines)\$" || return
	case $2 in
	overflow | thread | alternate)
		grep -qE "… [0-9]+ frames are left out" "$out/report" || return
		# who began it, however deep it is; by guesses that is luck,
		# and a handler of ours overwrites the top of that stack
		[ "$1" = notables ] || [ "$1" = pointers ] ||
			[ "$2${inside-}" = alternate-inside ] ||
			grep -q ' overflow, .*victim.c:' "$out/report" || return
		;;
	esac
	# through the handler, to the line that raised the signal
	[ "$2" != handler ] ||
		grep -qE "on_alternate, .*:($(lines raise)) " "$out/report"
}

# several PROGRAM: whichever thread comes first is told of; no other may be lost or
# hang.
several() {
	report 139 "$1" several && says at 'null_write, ' &&
		[ "$(grep -c '^sigpact report:' "$out/report")" -eq 1 ]
}
