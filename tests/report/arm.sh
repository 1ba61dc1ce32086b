#!/usr/bin/env bash
# sigpact run --report over real crashes: the report is that of sigpact report,
# and nobody else can tell that anything was there: status, core dump, parent.
# shellcheck source=tests/report/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2034 # crash looks at it
inside=-inside
variants=(pie nopie notables pointers)
! grep -q musl <(ldd "$sigpact" 2>&1) || variants=(musl)
plan $((${#variants[@]} * ${#cases[@]} + 24))
reports || skip_rest "no $SIGPACT_TOOLS, for glibc"
if [ "${variants[0]}" = musl ]; then
	must_build build musl musl-gcc -O1
else
	must_build build_all
fi
first=$out/${variants[0]}
must_build cc -o "$out/parent" "$top/tests/report/parent.c" 2>"$out/stderr"
mkdir "$out/reports"

# armed [OPTION]... -- COMMAND...: the only report in $out/report
armed() {
	local status=0
	rm -f "$out/report" "$out"/reports/*
	{
		timeout 60 "$sigpact" run --report="$out/reports" "$@" \
			>"$out/stdout" 2>"$out/stderr" || status=$?
	} 2>/dev/null # the shell's own word of a signal
	touch "$out/report"
	[ "$(find "$out/reports" -type f | wc -l)" -le 1 ] &&
		cat "$out"/reports/* >"$out/report" 2>/dev/null
	return $status
}

report() {
	local expected=$1 status=0
	shift
	armed -- "$@" || status=$?
	[ $status -eq "$expected" ] || {
		echo "status $status, not $expected" >>"$out/stderr"
		cat "$out/report" >>"$out/stderr"
		return 1
	}
}

for variant in "${variants[@]}"; do
	for case in "${cases[@]}"; do
		crash "$variant" "$case"
		ok $? "$variant: $case"
	done
done

# Addresses and numbers may differ, and bytes left by what the loader leaves above;
# so may the very instruction of an overflow, which is not compared.
same_contents() {
	sed -E 's/0x[0-9a-f]+|[0-9a-f]{12,16}|[0-9]+ (bytes|frames)|\([0-9]+\)|#?[0-9]{3,}/N/g
		s/ +/ /g
		/memory around/,/^$/d; /^registers/,/^$/d' "$1"
}
# shellcheck disable=SC2317 # by all
as_traced() {
	report 139 "$first" "$1" && same_contents "$out/report" >"$out/inside" &&
		! timeout 60 "${SIGPACT_TOOLS:-$sigpact}" report \
			-o "$out/report" -- env SIGPACT= \
			LD_PRELOAD="$BUILD/libsigpact.so.0" "$first" "$1" \
			2>"$out/stderr" &&
		same_contents "$out/report" >"$out/traced" &&
		diff "$out/traced" "$out/inside" >"$out/stdout"
}
for case in null handler reraised; do
	as_traced "$case"
	ok $? "$case: as sigpact report has it"
done

report 139 "$first" reset && says at 'null_write, '
ok $? "SA_RESETHAND: reported when the fault comes again"

report 134 "$first" aborted && says at 'aborts_in_it, ' &&
	says cause 'wrote the null page'
ok $? "a SIGSEGV handler that aborts: the fault is the cause"

report 139 "$first" handled-overflow && says cause 'stack overflow' &&
	says cause ".*SIGSEGV's handler could not run"
ok $? "an overflow whose handler has no stack"

report 139 "$first" in-its-handler
ok $? "a fault in its own handler: ends as bare"

report 139 "$first" ignored && says at 'null_write, '
ok $? "SIG_IGN holds for what is sent, and can be taken back"

report 139 "$first" on-native && says at 'null_write, '
ok $? "a handler finds no alternate stack that is not the program's"

report 139 "$first" filtered && [ ! -s "$out/report" ] &&
	grep -q 'seccomp' "$out/stderr"
ok $? "a program that filters its calls: it says so, and dies as bare"

report 139 "$first" poor && says at 'null_write, '
ok $? "no memory and no descriptor left"

report 0 "$first" child && says at 'null_write, '
ok $? "a child's crash, and its parent finds one child"

report 0 "$first" recovered && [ ! -s "$out/report" ]
ok $? "a fault that the program recovers from: no report"

all 20 several "$first"
ok $? "several threads crash at once: one report"

# shellcheck disable=SC2317 # by all
waited() {
	report 139 "$first" waited && says at 'null_write, '
}
all 20 waited
ok $? "a thread that waits for any child sees none of ours"

# as_bare WHAT: what a parent sees
as_bare() {
	"$out/parent" "$first" "$1" >"$out/bare" 2>/dev/null
	"$out/parent" "$sigpact" run --report="$out/reports" -- "$first" "$1" \
		>"$out/stdout" 2>"$out/stderr"
	diff "$out/bare" "$out/stdout" >"$out/diff" &&
		grep -q 'none left: 1' "$out/bare"
}
status=0
for case in "${cases[@]}" several reraised; do
	as_bare "$case" || { status=1 && cat "$out/diff" >>"$out/stderr"; }
done
[ $status -eq 0 ]
ok $? "a parent sees what it sees bare: status, one SIGCHLD, no other child"

# core COMMAND...: what gdb finds in its core dump
core() {
	rm -f "$out"/core*
	{
		(
			cd "$out" && ulimit -S -c "$(ulimit -H -c)" &&
				exec setarch -R "$@" >/dev/null
		)
	} 2>/dev/null
	# shellcheck disable=SC2016 # gdb's own
	gdb -batch -nx -ex 'info threads' -ex 'bt 5' -ex 'p $_siginfo.si_signo' \
		-ex 'p $_siginfo.si_code' -ex 'p $_siginfo._sifields._sigfault' \
		-ex 'x/i $pc' "$first" "$out"/core* 2>&1 |
		grep -E '^(\*|#| *[0-9]|\$|=>|Program)' | grep -v warning: |
		sed -E 's/LWP [0-9]+/LWP/; s/0x7[0-9a-f]+/N/g; s/si_pid = [0-9]+/N/'
}
case $(ulimit -H -c)$(cat /proc/sys/kernel/core_pattern) in
unlimitedcore*)
	status=0
	for case in null divide; do
		core "$first" "$case" >"$out/bare"
		core "$sigpact" run --report="$out/reports" -- "$first" "$case" \
			>"$out/stdout"
		[ "$(wc -l <"$out/bare")" -ge 8 ] &&
			diff "$out/bare" "$out/stdout" >"$out/stderr" || status=1
	done
	[ $status -eq 0 ]
	ok $? "the core dump is that of a bare run"
	;;
*)
	case_number=$((case_number + 1))
	echo "ok $case_number - the core dump # SKIP it goes elsewhere here"
	;;
esac

armed -- "$first" null
name=$(echo "$out"/reports/*)
[ "$(wc -l <"$out/stderr")" -eq 1 ] &&
	grep -qF "its report is $name" "$out/stderr" &&
	[[ $name =~ /${variants[0]}\.[0-9]+\.[0-9]{8}-[0-9]{6}\.txt$ ]]
ok $? "a file for each crash, and its name in one line"

{
	"$sigpact" run --report -- "$first" null >"$out/stdout" 2>"$out/report"
	status=$?
} 2>/dev/null
[ $status -eq 139 ] && says at 'null_write, ' && [ ! -s "$out/stdout" ]
ok $? "without a folder: to stderr"

# A helper that cannot be had, and one that hangs.
reporter() {
	LD_PRELOAD=$BUILD/libsigpact.so.0 SIGPACT=reporter=$1 \
		"$first" null >"$out/stdout" 2>"$out/stderr"
} 2>/dev/null
reporter "$out/nothing"
[ $? -eq 139 ] && grep -q "no report of this crash: cannot run $out/nothing" \
	"$out/stderr"
ok $? "no helper: it says so, and dies as bare"
printf '#!/bin/sh\nexec sleep 1000\n' >"$out/hangs"
chmod +x "$out/hangs"
reporter "$out/hangs"
[ $? -eq 139 ] && grep -q 'did not answer' "$out/stderr"
ok $? "a helper that hangs: it is ended in time"

"$sigpact" run --report="$out/nowhere" -- true >"$out/stdout" 2>"$out/stderr"
[ $? -eq 125 ] && grep -q "^sigpact run: --report=$out/nowhere: No such" \
	"$out/stderr"
ok $? "no such folder: 125, one line"

! grep -q "$out" /proc/[0-9]*/cmdline 2>/dev/null
ok $? "no helper is left behind"

SIGPACT_TOOLS=$out/nothing "$sigpact" run --report -- true \
	>"$out/stdout" 2>"$out/stderr"
[ $? -eq 125 ] && [ "$(wc -l <"$out/stderr")" -eq 1 ] &&
	grep -q SIGPACT_TOOLS "$out/stderr"
ok $? "no tools: 125, and what to set"
finish
