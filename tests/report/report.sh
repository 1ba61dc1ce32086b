#!/usr/bin/env bash
# sigpact report over real crashes: the function and the line, the cause, the
# stack, and the status that the program would have had.
# shellcheck source=tests/report/lib.sh
. "$(dirname "$0")/lib.sh"

variants=(pie nopie static notables pointers musl)
plan $((${#variants[@]} * ${#cases[@]} + 25))

must_build build_all

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

report 139 "$out/pie" guard && says at "guard, .*:($(lines guard))" &&
	says cause 'wrote the guard page, .* below the stack of thread [0-9]+ \(pie\)'
ok $? "a guard page of another thread's stack: whose"

report 139 "$out/nopie" inlined && says at "innermost, .*:($(lines innermost))" &&
	grep -qE " middle, .*:($(lines middle)) .*inlined into" "$out/report" &&
	grep -qE " inlines, .*:($(lines inlines)) " "$out/report"
ok $? "functions that were put into another one, each with its line"

# With no tables, what an earlier call left on the stack is not taken for a caller.
if build musl musl-gcc -O1; then
	# shellcheck disable=SC2317 # by all
	aborted() {
		report 134 "$out/musl" aborted &&
			says at "aborts_in_it, " && says cause 'wrote the null' &&
			grep -q ' null_write, .*interrupted here' "$out/report"
	}
	all 10 aborted
	ok $? "musl's abort in a handler: through both, to the fault"
else
	case_number=$((case_number + 1))
	echo "ok $case_number - musl's abort # SKIP no musl-gcc"
fi

report 139 "$out/pie" coroutine && says cause 'stack overflow' &&
	says at 'recurse, ' && says stack 'a stack of its own .*of at most [0-9]+ KiB, 0 '
ok $? "an overflow of a coroutine's stack"

report 139 "$out/pie" reraised && says cause 'wrote the null page' &&
	says at "null_write, .*:($(lines null))"
ok $? "a handler that raises the signal again"

report 139 "$out/pie" handled-overflow && says cause 'stack overflow' &&
	says cause ".*SIGSEGV's handler could not run"
ok $? "an overflow whose handler has no stack"

all 10 several "$out/pie"
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

# One at a time may trace.
"$out/pie" threads >"$out/said" &
victim=$!
disown "$victim"
strace -f -qq -o "$out/strace" -p "$victim" 2>/dev/null &
tracer=$!
disown "$tracer"
for ((i = 0; i < 300; i++)); do
	[ "$(cat "/proc/$victim/task/"*/status |
		grep -c 'TracerPid:	[1-9]')" -eq 4 ] && break
	sleep 0.1
done
"$sigpact" report -p "$victim" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -qE "traced by process $tracer.*type: " "$out/stderr"
ok $? "-p of one that is traced: by whom, and what to type"
kill -KILL "$victim"

"$sigpact" report -p "$victim" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && [ "$(wc -l <"$out/stderr")" -eq 1 ]
ok $? "-p of no process: 2, one line"
finish
