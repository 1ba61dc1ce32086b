#!/usr/bin/env bash
# sigpact inspect over live processes: it says of a victim what the victim says
# of itself, whichever way it looks; and what it says when it cannot look.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "$0")/lib.sh"

plan 44
needs_python jsonschema prometheus_client.openmetrics.parser

# What was started here ends here.
started=()
trap 'kill -KILL "${started[@]}"; rm -rf "$out"' EXIT

"$BUILD/tests/victim" >"$out/said" &
victim=$!
started+=("$victim")
disown "$victim"
for ((i = 0; i < 300; i++)); do
	grep -q '^ready' "$out/said" && break
	sleep 0.1
done

# inspect STATUS [ARGUMENT]...: is that how it ends?  `found`: 1 when it has
# findings, else 0.
inspect() {
	local expected=$1 status=0
	shift
	"$sigpact" inspect "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
	if [ "$expected" = found ]; then
		expected=0
		! grep -q '"cure":' "$out/stdout" || expected=1
	fi
	[ "$status" -eq "$expected" ] || {
		echo "status $status" >>"$out/stderr"
		return 1
	}
}

skip() {
	case_number=$((case_number + 1))
	echo "ok $case_number - $1 # SKIP $2"
}

for way in bpf ptrace proc; do
	status=0
	"$sigpact" inspect --way=$way "$victim" >/dev/null 2>"$out/stderr" ||
		status=$?
	if [ $way != proc ] && [ $status -eq 2 ]; then
		skip "--way=$way" "$(cat "$out/stderr")"
		skip "--way=$way, by the schema" "it cannot look"
		continue
	fi
	inspect found --json --way=$way "$victim" &&
		json "it['processes'][0]['way'] == '$way'" <"$out/stdout" &&
		"$python" "$inspect_dir/same.py" "$out/said" \
			<"$out/stdout" 2>"$out/stderr"
	ok $? "--way=$way: what the victim says of itself"
	valid_json <"$out/stdout" >"$out/stderr" 2>&1
	ok $? "--way=$way: JSON, by the schema"
done

inspect found --sarif "$victim" && valid_sarif <"$out/stdout" >"$out/stderr" 2>&1
ok $? "SARIF"
json "len(it['runs'][0]['tool']['driver']['rules']) ==
	$("$sigpact" inspect --findings | grep -c '^  *SP0[0-9]* .*\.$') > 9" \
	<"$out/stdout" >"$out/stderr" 2>&1
ok $? "a rule for each of --findings"

# The victim has a stack without a guard and signals that stay pending, which
# two looks tell; one that sleeps has nothing.
status=1
inspect 1 --json "$victim" &&
	json "{'SP004', 'SP012'} <= {f['id'] for f in it['processes'][0]['findings']}
	and 'SIGQUIT' in [f.get('signal') for f in it['processes'][0]['findings']
		if f['id'] == 'SP012']" <"$out/stdout" >"$out/stderr" 2>&1
ok $? "findings, and status 1"
sleep 600 &
started+=($!)
disown $!
until [ "$(cat "/proc/$!/comm")" = sleep ]; do :; done # its exec
inspect 0 $! && grep -q "^No findings in $! (sleep)" "$out/stdout" &&
	! grep -q ' cure ' "$out/stdout"
ok $? "no findings, and status 0"

inspect $status --openmetrics="$out/metrics.prom" "$victim" &&
	[ ! -s "$out/stdout" ] && [ ! -s "$out/stderr" ] &&
	grep -qxF "sigpact_threads{pid=\"$victim\",name=\"victim\"} 3" \
		"$out/metrics.prom" &&
	valid_openmetrics <"$out/metrics.prom" >"$out/stderr" 2>&1
ok $? "OpenMetrics"

inspect $status "$victim" && grep -qx "Process $victim victim" "$out/stdout" &&
	grep -qE '^  SIGUSR1 +on_signal +victim +SA_ONSTACK\|SA_RESTART +\[RTMIN\+3\]$' \
		"$out/stdout" &&
	grep -qE '^  [0-9]+ +bare +S +native +none +.*\[QUIT USR1 RTMIN\+3\] +\[USR1\]' \
		"$out/stdout"
ok $? "text"

inspect found --json "$victim" "$$" "$victim" &&
	json "[p['pid'] for p in it['processes']] == [$victim, $$]" \
	<"$out/stdout" >"$out/stderr" 2>&1
ok $? "two processes, each once"

# coloured COMMAND: is there colour when that runs on a terminal?
coloured() {
	TERM=xterm script -qec "$1" /dev/null </dev/null >"$out/stdout" 2>&1
	grep -q $'\x1b\[' "$out/stdout"
}
unset NO_COLOR
me="$sigpact inspect $victim"
coloured "$me"
ok $? "colour on a terminal"
! coloured "NO_COLOR=1 $me" && ! coloured "TERM=dumb $me" &&
	! coloured "$me --color=never" && ! coloured "$me | cat" &&
	grep -q 'victim' "$out/stdout"
ok $? "none with NO_COLOR, TERM=dumb, --color=never or a pipe"
coloured "NO_COLOR=1 $me --color=always | cat" && coloured "NO_COLOR= $me"
ok $? "--color=always is stronger; an empty NO_COLOR is none"

# says TEXT [ARGUMENT]...: status 2, nothing but one line, which has TEXT.
says() {
	local text=$1
	shift
	inspect 2 "$@" && [ ! -s "$out/stdout" ] &&
		[ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -q -- "^sigpact inspect: .*$text" "$out/stderr"
	ok $? "bad input:${*:+ ${*//[![:print:]]/?}}"
}
sleep 0.01 &
dead=$!
wait "$dead"
says 'expected a process number'
says "'bash' is no process number; expected .*pgrep" bash
says "'12x' is no process number" 12x
says "'' is no process number" ''
says "'+1' is no process number" +1
says '0 is no process number; expected 1 to' 0
says '\-1 is no process number' -1
says '99999999999999999999 is no process number' 99999999999999999999
says 'there is no process' "$dead"
says 'there is no process' "$victim" "$dead"
says "'.x1b\[31m' is no process number" $'\x1b[31m'
says 'with --all: expected one or the other' --all "$victim"
says '--frob is no option; see sigpact inspect --help' --frob
says 'expected bpf, ptrace or proc' --way=gdb "$victim"
says 'expected auto, always or never' --color=red "$victim"
says '--json and --sarif' --json --sarif "$victim"
says '--openmetrics needs a value' --openmetrics

thread=$(awk '/^thread/ && $2 != pid { print $2; exit }' pid="$victim" "$out/said")
says "is a thread of process $victim; type: sigpact inspect $victim" "$thread"

# $$ stays what it is over exec
bash -c 'exec "$0" inspect $$' "$sigpact" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'is this command itself' "$out/stderr"
ok $? "its own number"

inspect 2 --openmetrics="$out/none/x.prom" "$victim" &&
	grep -q 'none/x.prom: No such file' "$out/stderr" &&
	"$sigpact" inspect "$victim" >/dev/full 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'cannot write: No space left' "$out/stderr"
ok $? "output that cannot be written"

# A zombie: its parent does not wait.
"$python" -c 'import os, sys, time
child = os.fork() or os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(child, flush=True)
time.sleep(600)' >"$out/zombie" &
started+=($!)
disown $!
for ((i = 0; i < 300; i++)); do
	[ -s "$out/zombie" ] && break
	sleep 0.1
done
inspect 2 "$(cat "$out/zombie")" && grep -q 'has ended, and its parent' "$out/stderr"
ok $? "a process that has ended"

"$sigpact" inspect --all >"$out/stdout" 2>"$out/stderr" &
self=$!
wait $self
[ $? -le 1 ] && [ ! -s "$out/stderr" ] &&
	grep -qE "^[0-9]+ findings in $victim \(victim\)" "$out/stdout" &&
	! grep -qE "^ +([0-9]+ +kthreadd|$self +sigpact) |in $self " "$out/stdout"
ok $? "--all has the victim, not itself and no thread of the kernel"
! grep -q '^note ' "$out/stdout" &&
	grep -qE '^[0-9]+ notes? left out: --verbose$' "$out/stdout"
ok $? "--all counts notes, of which the victim has some"

# In a PID namespace of its own, with the /proc of another: the numbers there
# are not those that BPF and ptrace would take.
if unshare -pf true 2>/dev/null; then
	foreign() {
		timeout 60 unshare -pf "$sigpact" inspect "$@" >"$out/stdout" \
			2>"$out/stderr"
	}
	foreign "$victim"
	[ $? -le 1 ] && grep -qE '^  looked at +by proc' "$out/stdout" &&
		grep -q 'bpf: /proc is another PID namespace' "$out/stdout" &&
		{ foreign --way=ptrace "$victim"; [ $? -eq 2 ]; } &&
		grep -q "another PID namespace; type:.*--way=proc $victim" \
			"$out/stderr"
	ok $? "another PID namespace: by /proc alone, and why"
	foreign --all
	[ $? -le 1 ] && grep -qE "^ +$victim +victim +proc | in $victim " \
		"$out/stdout" && [ ! -s "$out/stderr" ]
	ok $? "another PID namespace: --all has the processes of /proc"
else
	for i in 1 2; do skip "another PID namespace" "not allowed"; done
fi

# As another user, by a copy that this one can reach.
other() {
	(cd / && setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$out/sigpact" inspect "$@") >"$out/stdout" 2>"$out/stderr"
}
if [ "$(id -u)" -ne 0 ] || [ "$(stat -c %u "/proc/$victim")" -ne 0 ]; then
	for i in 1 2 3; do skip "as another user" "not root"; done
	finish
fi
chmod 755 "$out"
cp "$sigpact" "$sigpact-commands" "$out"
other --way=ptrace "$victim"
[ $? -eq 2 ] && [ ! -s "$out/stdout" ] &&
	grep -q "belongs to user 0, you are 65534; type: sudo sigpact inspect $victim" \
		"$out/stderr"
ok $? "another user's, --way=ptrace: who may, and what to type"
other "$victim"
[ $? -le 1 ] && grep -q 'looked at *by proc' "$out/stdout" &&
	grep -q 'not better  ..*' "$out/stdout" &&
	grep -qx 'Threads: 3' "$out/stdout" &&
	grep -q "to see all  sudo sigpact inspect $victim" "$out/stdout" &&
	grep -q 'handlers, flags and masks could not be seen' "$out/stdout" &&
	grep -qE '^  handled  .*USR1 USR2 ' "$out/stdout"
ok $? "another user's: what could not be seen, and why"
other --all --way=ptrace
[ $? -le 1 ] && [ ! -s "$out/stderr" ] &&
	grep -qE '^[0-9]+ processe?s? could not be looked at' "$out/stdout" &&
	grep -q "^  $victim (victim): belongs to user 0" "$out/stdout"
ok $? "--all names and counts those that it may not look at"
finish
