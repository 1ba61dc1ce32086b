#!/usr/bin/env bash
# sigpact trace: what it prints of real processes, by each source that can be
# had here, and of files; what it refuses, and how it ends.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 37
trace=("$sigpact" trace)
victim=
stop() {
	[ -z "$victim" ] || { kill -KILL "$victim"; wait "$victim"; } 2>/dev/null
	victim=
}
trap 'stop; rm -rf "$out"' EXIT

# Those that can be had.
sources=()
for source in bpf ptrace; do
	run 20 "${trace[@]}" --source=$source -- true && sources+=("$source")
done
[ ${#sources[@]} -gt 0 ] || skip_rest "nothing may be traced here"

# calls FILE: without what differs from run to run, or in the name of signal 64.
calls() {
	sed -E 's/\b(SIG)?RT_32\b/\1RTMIN+30/g
		s# /\* [^*]* \*/##g; s/0x[0-9a-f]+/ADDRESS/g
		s/\b[0-9]{3,7}\b/NUMBER/g; s/tv_usec=[0-9]+/tv_usec=N/g
		s/tv_sec=99999/tv_sec=NUMBER/g; s/ +=/ =/
		s/^(rt_sigreturn\([^)]*\)).*/\1/' "$1" |
		grep -vE '^prctl\((ADDRESS|PR_[A-Z]*_SIGALT)|^rt_sigtimedwait.*, 4\)' |
		sort
}

# What strace prints on one line, though another thread came between.
strace_calls() {
	awk '{ pid = $1; sub(/^[0-9]+ +/, "") }
		/^(---|\+\+\+)/ { next }
		sub(/ <unfinished \.\.\.>$/, "") { begun[pid] = $0; next }
		sub(/^<\.\.\. [a-z_0-9]+ resumed>/, "") { $0 = begun[pid] $0 }
		{ print }' "$1"
}

our_calls() {
	sed -nE 's/^\[[^]]*\].*  call       //p' "$1"
}

mapfile -t names < <("$sigpact" exercise --expect | tr '{},' '\n' |
	sed -nE 's/^"([a-z_0-9]+)":[0-9]+$/\1/p' | grep -vE '^(repeat|threads)$')
if command -v strace >/dev/null && run 60 strace -f -qq -X abbrev \
	-e trace="$(IFS=,; echo "${names[*]}")" -o "$out/strace" \
	"$sigpact" exercise; then
	strace_calls "$out/strace" >"$out/strace.calls"
	calls "$out/strace.calls" >"$out/expected"
	for source in bpf ptrace; do
		case " ${sources[*]} " in
		*" $source "*) ;;
		*)
			case_number=$((case_number + 1))
			echo "ok $case_number - decoded as by strace # SKIP no $source"
			continue
			;;
		esac
		run 60 "${trace[@]}" --source=$source --event=call \
			-o "$out/$source" -- "$sigpact" exercise
		our_calls "$out/$source" >"$out/$source.calls"
		calls "$out/$source.calls" >"$out/seen"
		[ "$(wc -l <"$out/expected")" -gt 100 ] &&
			diff "$out/expected" "$out/seen" >"$out/stdout"
		ok $? "calls are decoded as by strace: $source"
	done
else
	for source in bpf ptrace; do
		case_number=$((case_number + 1))
		echo "ok $case_number - decoded as by strace # SKIP no strace"
	done
fi

# derived FILE: who, when and how long do not count, nor a stack pointer that
# one source reckons.
derived() {
	sed -E 's/^\[[^]]*\] +[0-9]+\/[0-9]+ [^ ]* +//
		s/(at least )?[0-9]+ (of [0-9]+ bytes left)/N \2/
		s/, [0-9.]+ [num]?s after thread.*//; s/, after [0-9.]+ [num]?s//
		s/\b[0-9]{3,7}\b/NUMBER/g
		s/si_(utime|stime)=[0-9]+/si_\1=N/g' "$1" | grep -v '^$' | sort
}
if [ ${#sources[@]} -eq 2 ]; then
	for source in bpf ptrace; do
		run 60 "${trace[@]}" --source=$source -o "$out/$source" \
			--event=action,altstack,delivered,returned -- \
			setarch -R "$sigpact" exercise --wait 1
		derived "$out/$source" >"$out/$source.derived"
	done
	[ "$(wc -l <"$out/bpf.derived")" -gt 20 ] &&
		diff "$out/bpf.derived" "$out/ptrace.derived" >"$out/stdout"
	ok $? "the same follows from both sources"
else
	case_number=$((case_number + 1))
	echo "ok $case_number - both sources # SKIP one of them is not to be had"
fi

# From here on by the first that there is.
# shellcheck disable=SC2016,SC2317 # another shell calls it
signals() { # deterministic: three signals to itself, one ignored
	sh -c 'trap "" USR2; trap : USR1; kill -USR2 $$; kill -USR1 $$
		kill -USR1 $$; exit 3'
}
export -f signals

run 20 "${trace[@]}" --format=jsonl -o "$out/jsonl" -- bash -c signals
status=$?
run 20 "${trace[@]}" --read="$out/jsonl" --format=jsonl -o "$out/again" &&
	cmp "$out/jsonl" "$out/again" >"$out/stdout"
ok $? "what is read from a file is what was seen, byte for byte"

[ $status -eq 3 ]
ok $? "the exit status is the command's"

run 20 "${trace[@]}" --read="$out/jsonl"
cp "$out/stdout" "$out/text"
run 20 "${trace[@]}" --read=- <"$out/jsonl" && cmp "$out/text" "$out/stdout" &&
	[ "$(grep -c '  action ' "$out/text")" -ge 2 ] &&
	! grep -q '  call ' "$out/text"
ok $? "text for a person, from a file or standard input, has no calls"

awk '/^SIGUSR1/ { a = $2 " " $3 } /^SIGUSR2/ { b = $2 } END {
	exit !(a == "2 2" && b == 1) }' "$out/text"
ok $? "figures: two SIGUSR1 sent and delivered, a SIGUSR2 sent"

run 20 "${trace[@]}" --read="$out/jsonl" -c &&
	! grep -q '^\[' "$out/stdout" && grep -q '^SIGUSR1 ' "$out/stdout" &&
	diff <(sed -n '/ calls, /,$p' "$out/text") \
		<(sed -n '/ calls, /,$p' "$out/stdout")
ok $? "-c: the figures alone, and the same"

# told OPTION...: lines of that file.
told() {
	run 20 "${trace[@]}" --read="$out/jsonl" "$@" && cat "$out/stdout"
}
told --event=all >"$out/all"
[ "$(grep -c '^\[' "$out/all")" -gt 30 ] && ! grep -qv '^\[' "$out/all" &&
	grep -q ' sent .*SIGUSR1' "$out/all" && grep -q ' returned ' "$out/all"
ok $? "--event=all"

[ "$(told --event=delivered --signal=USR1 | wc -l)" -eq 2 ]
ok $? "--event and --signal"

told --event=rt_sigaction >"$out/some"
[ -s "$out/some" ] && ! grep -qv ' rt_sigaction(' "$out/some"
ok $? "--event with a call's name"

pid=$(sed -nE 's/^\[[^]]*\] ([0-9]+)\/.* sent +SIGUSR1.*/\1/p' "$out/all" |
	head -n 1)
told --event=all --thread="$pid" >"$out/some"
[ -s "$out/some" ] && [ "$(wc -l <"$out/some")" -lt "$(wc -l <"$out/all")" ] &&
	[ "$(grep -c "\] $pid/$pid .* delivered *SIGUSR1" "$out/some")" -eq 2 ]
ok $? "--thread"

told --failed >"$out/some"
! grep -v ' = -1 E' "$out/some"
ok $? "--failed"

last=$(sed -nE '$s/^\[ *([0-9.]+)\].*/\1/p' "$out/all")
told --event=all --since="$last" >"$out/some" &&
	[ "$(wc -l <"$out/some")" -lt 5 ] && [ -s "$out/some" ]
ok $? "--since"

told --color=always --event=all >"$out/some"
sed 's/\x1b\[[0-9;]*m//g' "$out/some" | diff "$out/all" - && grep -q $'\x1b' \
	"$out/some"
ok $? "in colour, the same text"

told --format=chrome >"$out/chrome"
python3 - "$out/chrome" >"$out/stderr" 2>&1 <<'PY'
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
slices = {}
for e in events:
    assert {"ph", "pid", "tid", "ts"} <= e.keys(), e
    if e["ph"] == "X":
        slices.setdefault(e["tid"], []).append((e["ts"], e["ts"] + e["dur"]))
for tid, all in slices.items(): # one inside another, or apart
    all.sort(key=lambda s: (s[0], -s[1]))
    open_ = []
    for a, b in all:
        while open_ and open_[-1] <= a:
            open_.pop()
        assert not open_ or b <= open_[-1] + 0.001, (tid, a, b, open_)
        open_.append(b)
starts = {e["id"]: e for e in events if e["ph"] == "s"}
ends = [e for e in events if e["ph"] == "f"]
assert len(ends) >= 2, ends
for e in ends:
    assert starts[e["id"]]["ts"] <= e["ts"], e
handlers = [e for e in events if e["ph"] == "X" and e["name"] == "SIGUSR1"]
assert len(handlers) == 2, handlers
names = [e for e in events if e["ph"] == "M" and e["name"] == "thread_name"]
assert names, "no track has a name"
PY
ok $? "chrome: tracks with names, slices that nest, arrows with both ends"

"${trace[@]}" -- bash -c signals >"$out/stdout" 2>"$out/stderr"
grep -q ' action ' "$out/stderr" && [ ! -s "$out/stdout" ]
ok $? "a command's trace is on standard error"

for command in "true 0" "false 1" "/none 127" "/etc/passwd 126"; do
	run 20 "${trace[@]}" -- "${command% *}"
	[ $? -eq "${command#* }" ] && ! grep -q 'sigpact trace:.*sigpact trace:' \
		"$out/stderr"
	ok $? "exit status of ${command% *}: ${command#* }"
done
# shellcheck disable=SC2016
run 20 "${trace[@]}" -- sh -c 'kill -TERM $$'
[ $? -eq 143 ]
ok $? "exit status of a command that SIGTERM ended: 143"

# busy: a process that computes, and goes on.
busy() {
	bash -c 'trap : USR1; while :; do i=$((i + 1)); kill -USR1 $$; done' &
	victim=$!
	sleep 0.3
}
busy
run 20 "${trace[@]}" --duration=0.5 -p "$victim"
[ $? -le 1 ] && grep -q ' attached' "$out/stdout" &&
	grep -q '^SIGUSR1 ' "$out/stdout" && kill -0 "$victim"
ok $? "--pid, --duration: it goes on afterwards"

: >"$out/stdout" # what is awaited in it must not be there yet
# The shell's children in the background ignore SIGINT otherwise.
env --default-signal=INT "${trace[@]}" -p "$victim" \
	>"$out/stdout" 2>"$out/stderr" &
tracer=$!
for _ in {1..100}; do
	grep -q ' delivered ' "$out/stdout" && break
	sleep 0.1
done
kill -INT $tracer
wait $tracer
[ $? -le 1 ] && grep -q '^SIGUSR1 ' "$out/stdout" && kill -0 "$victim" &&
	! grep -q 'TracerPid:	[1-9]' "/proc/$victim/status"
ok $? "^C: figures, and it goes on"
stop

: >"$out/stderr"
env --default-signal=INT "${trace[@]}" -- sleep 60 2>"$out/stderr" &
tracer=$!
for _ in {1..100}; do
	grep -q ' runs sleep' "$out/stderr" && break
	sleep 0.1
done
victim=$(sed -nE 's/.*\] ([0-9]+)\/.* runs sleep.*/\1/p' "$out/stderr")
kill -INT $tracer
wait $tracer
[ $? -eq 130 ] && [ -n "$victim" ] && kill -0 "$victim"
ok $? "^C of a command that takes no notice: it goes on"
[ -z "$victim" ] || kill -KILL "$victim"
victim=

# refused EXPECTED ARGUMENT...: one line, exit 2.
refused() {
	local expected=$1
	shift
	run 20 "${trace[@]}" "$@"
	[ $? -eq 2 ] && [ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -qF -- "$expected" "$out/stderr" && [ ! -s "$out/stdout" ]
	ok $? "refused: $* ($expected)"
}
refused "expected a process or a command: sigpact trace -p PID"
refused "expected one of --pid, --read and a COMMAND" -p $$ -- true
refused "is no process number" -p x
refused "--source=strace: expected bpf or ptrace" --source=strace -- true
refused "--format=xml: expected text, jsonl, chrome or html" --format=xml -- true
refused "--since=soon: expected seconds such as 1.5" --since=soon -- true
refused "is no event; expected all" --event=reads -- true
refused "did you mean" --signal=USR3 -- true
refused "--summary with --format" -c --format=html -p $$
refused "expected --output=FILE too" --format=html -- true
refused "No such file" --read="$out/none"
refused "expected what sigpact trace --format=jsonl writes" --read=/etc/passwd
finish
