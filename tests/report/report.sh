#!/usr/bin/env bash
# sigpact report over real crashes: the function and the line, the cause, the
# stack, and the status that the program would have had.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "$0")/../inspect/lib.sh"
source=$top/tests/report/victim.c
ulimit -S -c 0

variants=(pie nopie static notables pointers musl)
cases=(null overflow thread alternate handler jump heap divide past-end smash
	illegal trap)
plan $((${#variants[@]} * ${#cases[@]} + 21))

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
build_all || {
	comment <"$out/stderr"
	echo "Bail out! victim.c does not compile"
	exit 1
}

# lines CASE: as a pattern
lines() {
	grep -n "line of $1 \*/" "$source" | cut -d: -f1 | paste -sd'|'
}

# report STATUS COMMAND...: its report in $out/report
report() {
	local expected=$1 status=0
	shift
	timeout 60 "$sigpact" report -o "$out/report" -- "$@" \
		>"$out/stdout" 2>"$out/stderr" || status=$?
	[ $status -eq "$expected" ] || {
		echo "status $status, not $expected" >>"$out/stderr"
		cat "$out/report" >>"$out/stderr"
		return 1
	}
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
		# who began it, however deep it is; by guesses that is luck
		[ "$1" = notables ] || [ "$1" = pointers ] ||
			grep -q ' overflow, .*victim.c:' "$out/report" || return
		;;
	esac
	# through the handler, to the line that raised the signal
	[ "$2" != handler ] ||
		grep -qE "on_alternate, .*:($(lines raise)) " "$out/report"
}

for variant in "${variants[@]}"; do
	if [ "$variant" = musl ] && ! build musl musl-gcc -O1; then
		for case in "${cases[@]}"; do
			case_number=$((case_number + 1))
			echo "ok $case_number - musl: $case # SKIP no musl-gcc"
		done
		continue
	fi
	for case in "${cases[@]}"; do
		crash "$variant" "$case"
		ok $? "$variant: $case"
	done
done

report 139 "$out/stripped" null && says at '.*/stripped\+0x[0-9a-f]+' &&
	grep -qE '/stripped +[0-9a-f]{40}$' "$out/report"
ok $? "stripped: the offset and the build-id"

report 139 "$out/pie" too-small && says cause "a signal's frame.*does not fit"
status=$?
# a CPU whose frame fits into 2 KiB has another cause
[ $status -eq 0 ] || says cause 'wrote the null page'
ok $? "an alternate stack that is too small for this CPU"

report 139 "$out/pointers" deep 3 && says at 'null_write, ' &&
	grep -qE ' main, .*:[0-9]+ .* by the frame pointer' "$out/report"
ok $? "no tables: by the frame pointer, and it says so"

report 139 "$out/pie" filtered && says cause 'wrote the null page' &&
	says at "null_write, " && grep -q 'could not be asked' "$out/report"
ok $? "a seccomp filter: nothing is asked of it, all else is there"

report 139 "$out/pie" coroutine && says cause 'stack overflow' &&
	says at 'recurse, ' && says stack 'a stack of its own .*of at most [0-9]+ KiB, 0 '
ok $? "an overflow of a coroutine's stack"

report 139 "$out/pie" reraised && says cause 'wrote the null page' &&
	says at "null_write, .*:($(lines null))"
ok $? "a handler that raises the signal again"

report 139 "$out/pie" handled-overflow && says cause 'stack overflow' &&
	says cause ".*SIGSEGV's handler could not run"
ok $? "an overflow whose handler has no stack"

# Whichever thread comes first is told of; no other may be lost or hang.
# shellcheck disable=SC2317 # by all
several() {
	report 139 "$out/pie" several && says at 'null_write, ' &&
		[ "$(grep -c '^sigpact report:' "$out/report")" -eq 1 ]
}
all 10 several
ok $? "several threads crash at once: one report"

report 0 "$out/pie" recovered && [ ! -s "$out/report" ]
ok $? "a fault that the program recovers from: no report"

report 134 "$out/pie" recovered-aborts && says cause 'abort\(\)$' &&
	says at ".*victim.c:($(lines abort))"
ok $? "an abort after it: the fault is not the cause"

report 7 "$out/pie" exit && [ ! -s "$out/report" ]
ok $? "no crash: its own status, no report"

# shellcheck disable=SC2016 # the inner shell's
report 3 sh -c '"$0" null; exit 3' "$out/pie" && says at 'null_write, '
ok $? "a child's crash, the command's own status"

report 143 sh -c 'kill -TERM $$' && [ ! -s "$out/report" ]
ok $? "ended by another signal: 128+n"

report 127 "$out/nothing"
ok $? "no such command: 127"

"$sigpact" report >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'expected a command' "$out/stderr"
ok $? "no command: 2, and what was expected"

case $(ulimit -H -c)$(cat /proc/sys/kernel/core_pattern) in
unlimitedcore*)
	(
		cd "$out" && ulimit -S -c "$(ulimit -H -c)" && report 139 ./pie null &&
			ls core* >/dev/null
	)
	ok $? "then it dies with its core dump"
	;;
*)
	case_number=$((case_number + 1))
	echo "ok $case_number - a core dump # SKIP it goes elsewhere here"
	;;
esac

signature() {
	report 139 "$@" && sed -n 's/^  signature  *//p' "$out/report"
}
first=$(signature "$out/pie" overflow) && [ -n "$first" ] &&
	all 5 [ "$first" = "$(signature "$out/pie" overflow)" ] &&
	[ "$first" != "$(signature "$out/pie" null)" ]
ok $? "one signature for equal crashes, whatever the addresses"

if "$python" -c 'import jsonschema' 2>/dev/null; then
	timeout 60 "$sigpact" report --json -o "$out/json" -- "$out/pie" \
		thread 2>"$out/stderr"
	"$python" "$inspect_dir/valid.py" json \
		"$top/src/cli/report.schema.json" <"$out/json" \
		>"$out/stderr" 2>&1 &&
		json "it['crash']['at']['function'] == 'recurse' and
			it['crash']['stack']['overflowed'] and
			len(it['threads']) == 2" <"$out/json"
	ok $? "--json, by the schema"
else
	case_number=$((case_number + 1))
	echo "ok $case_number - --json # SKIP no jsonschema for $python"
fi

"$out/pie" threads >"$out/said" &
victim=$!
trap 'kill -KILL "$victim" 2>/dev/null; rm -rf "$out"' EXIT
disown "$victim"
for ((i = 0; i < 300; i++)); do
	grep -q '^ready' "$out/said" && break
	sleep 0.1
done
# shellcheck disable=SC2317 # by all
live() {
	timeout 60 "$sigpact" report -p "$victim" >"$out/stdout" \
		2>"$out/stderr" &&
		grep -q '4 threads' "$out/stdout" &&
		grep -qE "wait_here, .*:($(lines wait)) " "$out/stdout" &&
		[ "$(grep -cE ' sleeper, .*victim.c' "$out/stdout")" -eq 3 ]
}
all 10 live
ok $? "-p: all threads"
kill -0 "$victim" && ! grep -q 'TracerPid:	[1-9]' "/proc/$victim/status" &&
	[ "$(cut -d' ' -f3 "/proc/$victim/stat")" = S ]
ok $? "-p: it lives on, and nobody traces it"
kill -KILL "$victim"

"$sigpact" report -p "$victim" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && [ "$(wc -l <"$out/stderr")" -eq 1 ]
ok $? "-p of no process: 2, one line"
finish
