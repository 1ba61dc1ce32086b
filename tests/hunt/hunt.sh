#!/usr/bin/env bash
# sigpact hunt over real failures: which runs failed is known beforehand, by the
# number that each run has.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "$0")/../inspect/lib.sh"
ulimit -S -c 0
plan 56
hunt_dir=$top/tests/hunt
source=$hunt_dir/victim.c

# build COMPILER [SUFFIX]
build() {
	"$1" -g -O1 -pthread -o "$out/victim${2-}" "$source" 2>"$out/stderr" &&
		"$1" -g -O1 -pthread -o "$out/sessions${2-}" \
			"$hunt_dir/sessions.c" 2>"$out/stderr"
}
build gcc || {
	comment <"$out/stderr"
	echo "Bail out! the victims do not compile"
	exit 1
}
victim=$out/victim

skip() {
	case_number=$((case_number + 1))
	echo "ok $case_number - $1 # SKIP $2"
}

# hunt STATUS ARGUMENT...
hunt() {
	local expected=$1 status=0
	shift
	timeout 120 "$sigpact" hunt "$@" >"$out/stdout" 2>"$out/stderr" \
		</dev/null || status=$?
	[ $status -eq "$expected" ] && return
	echo "status $status, not $expected" >>"$out/stderr"
	return 1
}

# holds EXPRESSION: of the last hunt's JSON
holds() {
	json "$1" <"$out/stdout" >>"$out/stderr" 2>&1
}

# says TEXT: the last hunt's JSON has these lines of output, in this order
says() {
	holds "it['groups'][0]['output'] == '''$1'''.split('\n')"
}

# alive PROGRAM: those that run it
alive() {
	local exe
	for exe in /proc/[0-9]*/exe; do
		[ "$(readlink "$exe" 2>/dev/null)" != "$1" ] || echo "$exe"
	done
}

# gone PROGRAM: within a while, nobody runs it
gone() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -n "$(alive "$1")" ] || return 0
		sleep 0.05
	done
	alive "$1" >>"$out/stderr"
	return 1
}

line=$(grep -n 'nowhere = 1; /\* line of lose' "$source" | cut -d: -f1)
seldom="[(g['kind'], g['failures']) for g in it['groups']] == [('crash', 5)] and
	sorted(it['groups'][0]['runs']) == [319, 717, 730, 833, 881] and
	it['runs'] == it['asked'] == 1000 and it['failures'] == 5 and
	it['interval']['low'] < 0.005 < it['interval']['high'] < 0.02 and
	it['groups'][0]['reports'][0]['crash']['at']['function'] ==
		'lose_pointer' and
	it['groups'][0]['reports'][0]['crash']['at']['line'] == $line and
	it['groups'][0]['reports'][0]['crash']['cause'] == 'null' and
	len(it['groups'][0]['reports']) == 1"

# Of one libc: each ends in PROGRAM or a name of it.
of_libc() {
	local victim=$1 sessions=$2 libc=$3

	hunt 1 -n 1000 -j 4 --json -- "$victim" seldom && holds "$seldom"
	ok $? "$libc: a crash of a thread in 1 of 200 runs, one signature"

	hunt 1 -n 3 --timeout=0.5 --json -- "$victim" deadlock && holds "
		[(g['kind'], g['failures']) for g in it['groups']] ==
			[('hang', 3)] and
		[sum(f.get('function') == 'lock_both' for f in t['frames'])
			for t in it['groups'][0]['reports'][0]['threads']] ==
			[1, 1] and 'crash' not in it['groups'][0]['reports'][0] and
		it['groups'][0]['signature'].endswith('!lock_both')" &&
		gone "$victim"
	ok $? "$libc: a hang, with the stacks of all threads"

	hunt 1 -n 3000 --until-fail --stress --json -- "$victim" race &&
		holds "it['groups'][0]['reports'][0]['crash']['at']['function'] ==
			'consume'"
	ok $? "$libc: --stress finds a race of one instruction"

	hunt 0 -n 100 -j 4 -- "$sessions" 8 4
	ok $? "$libc: 3,200 sessions in pseudo-terminals, 32 at once"
}
of_libc "$victim" "$out/sessions" glibc
if build musl-gcc -musl; then
	of_libc "$out/victim-musl" "$out/sessions-musl" musl
else
	for what in crash hang stress sessions; do
		skip "musl: $what" "no musl-gcc"
	done
fi

hunt 1 -n 8 --json -- "$victim" status && holds "
	sorted((g['kind'], g['signature'], tuple(sorted(g['runs'])))
		for g in it['groups']) == [
		('exit', 'exit status 3', (1, 5)),
		('exit', 'exit status 4', (2, 6))] and
	it['groups'][0]['output'][1:] == ['first', '<second> & \"third\"']"
ok $? "failures by exit status, what they wrote"

hunt 1 -n 2 --json -- sh -c 'kill -KILL $$' &&
	holds "'memory runs out' in it['groups'][0]['note']" &&
	hunt 1 -n 4 --json -- "$victim" sent && holds "
	[(g['kind'], g['signature'], g['failures']) for g in it['groups']] ==
		[('signal', 'ended by SIGTERM', 2)]"
ok $? "failures by a signal"

# shellcheck disable=SC2016 # the inner shell's
hunt 1 --first=319 -n 1 --json -- sh -c '"$0" seldom; exit 0' "$victim" &&
	holds "it['groups'][0]['kind'] == 'crash' and
		it['groups'][0]['reports'][0]['name'] == 'victim'"
ok $? "the crash of a child that its parent keeps quiet about"

# shellcheck disable=SC2016 # the inner shell's
hunt 1 -n 1 --timeout=0.5 --json -- sh -c '"$0" deadlock; exit 0' "$victim" &&
	holds "[r['name'] for r in it['groups'][0]['reports']] ==
		['sh', 'victim']" && gone "$victim"
ok $? "a hang of a child: parent and child"

hunt 0 -n 20 -- "$victim" && grep -q '20 runs in .*none failed' "$out/stdout" &&
	[ ! -s "$out/stderr" ]
ok $? "none failed: 0, and it says how sure that is"

hunt 0 -n 6 -j 3 -- "$victim" tree && gone "$victim"
ok $? "what a run leaves behind ends with it, in another session too"

# The text.
hunt 1 -n 400 -j 1 -- "$victim" seldom &&
	grep -q '^  400 runs in .*: 1 failed, 0.25 %, 95 % interval 0.044 to 1.4 %' \
		"$out/stdout" &&
	grep -qE '^  1 +0.25 % +319 +SIGSEGV null victim!lose_pointer/victim!work' \
		"$out/stdout" &&
	grep -q "^  repeat      sigpact hunt --first=319 -n 1 -- $victim seldom\$" \
		"$out/stdout" &&
	grep -q '^  cause .*wrote the null page' "$out/stdout" &&
	grep -q '^sigpact hunt: run 319, crash: SIGSEGV null' "$out/stderr"
ok $? "as text: how often, the groups, the report, what to type"

repeat=$(sed -n 's/^  repeat      sigpact //p' "$out/stdout")
eval "timeout 60 \"\$sigpact\" $repeat" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 1 ] && grep -q 'run  *319$' "$out/stdout"
ok $? "what is to be typed does it again"

# shellcheck disable=SC2016 # the inner shell's
hunt 1 -n 1 --pty=90x20 --step='sleep=0.01' --step='type=a\^b\\c\n^C' --json -- \
	sh -c 'echo "it'\''s
$0"; exit 3' "a'b	c" &&
	mv "$out/stdout" "$out/first" &&
	repeat=$("$python" -c 'import json, sys
print(json.load(sys.stdin)["groups"][0]["repeat"])' <"$out/first") &&
	eval "timeout 60 \"\$sigpact\" ${repeat#sigpact } --json" >/dev/null 2>&1
eval "set -- ${repeat#sigpact hunt }"
hunt 1 --json "$@" && "$python" - "$out/first" "$out/stdout" >"$out/stderr" 2>&1 <<'PY'
import json, sys
a, b = (json.load(open(name)) for name in sys.argv[1:])
assert a["command"] == b["command"], b["command"]
assert a["groups"][0]["repeat"] == b["groups"][0]["repeat"]
assert "--pty=90x20 --step=sleep=0.01" in b["groups"][0]["repeat"]
PY
ok $? "so it does with quotes, line feeds and steps"

# Ends, and goes on.
hunt 1 --until-fail -j 1 --json -- "$victim" seldom &&
	holds "it['runs'] == 319 and it['failures'] == 1 and it['asked'] == 0"
ok $? "--until-fail: the first failure is the last run, no limit"
hunt 1 --until-fail --keep-going -n 9 --json -- false &&
	holds "it['runs'] == it['failures'] == 9"
ok $? "--keep-going: and on, as without either"
hunt 0 --until-fail -n 20 -- "$victim" && grep -q '20 runs' "$out/stdout"
ok $? "--until-fail -n: but so many at most"
hunt 1 --json -- false && holds "it['runs'] == 100"
ok $? "100 runs by default"

# until_true COMMAND...: within half a minute
until_true() {
	local i
	for ((i = 0; i < 600; i++)); do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}

# interrupt SIGNAL CONDITION ARGUMENT...: once it holds; status in $status
interrupt() {
	local sig=$1 condition=$2 pid
	shift 2
	"$sigpact" hunt "$@" >"$out/stdout" 2>"$out/stderr" </dev/null &
	pid=$!
	until_true "$condition"
	kill "-$sig" "$pid"
	wait "$pid"
	status=$?
}
# shellcheck disable=SC2317 # these are until_true's
found() {
	grep -q 'run 319' "$out/stderr"
}
# shellcheck disable=SC2317
runs() {
	[ -n "$(alive "$victim")" ]
}
# shellcheck disable=SC2317
runs_six() {
	[ "$(alive "$victim" | wc -l)" -ge 6 ]
}
interrupt INT found -n 1000000 --json -- "$victim" seldom
[ $status -eq 1 ] && holds "it['interrupted'] == 'SIGINT' and
	it['failures'] >= 1 and 319 in it['groups'][0]['runs'] and
	it['runs'] < 1000000" && gone "$victim"
ok $? "interrupted: what is known so far, with the report"

interrupt TERM runs -n 1000000 -j 2 -- "$victim" stay
[ $status -eq 143 ] && grep -q 'interrupted: no run has ended' "$out/stdout" &&
	gone "$victim"
ok $? "ended by SIGTERM before anything is known: 143"

"$sigpact" hunt -n 10 -j 3 --stress --pty -- "$victim" stay >/dev/null 2>&1 \
	</dev/null &
pid=$!
until_true runs_six
grep -E '^(SigCgt:.0*|Threads:.1)$' "/proc/$pid/status" >"$out/stdout"
[ "$(wc -l <"$out/stdout")" -eq 2 ] &&
	readlink "/proc/$pid/fd/"* | grep -q signalfd
ok $? "it has no handler and no second thread, but a signalfd"
kill -KILL "$pid"
{ wait "$pid"; } 2>/dev/null
gone "$victim" && gone "$BUILD/sigpact-commands"
ok $? "killed: all that it started is gone too"

"$python" "$hunt_dir/terminal.py" ' of 1000000 runs' "$sigpact" hunt \
	-n 1000000 -- "$victim" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 130 ] && grep -qaE '[0-9]+ of 1000000 runs, [0-9.]+ a second, 0 failed' \
	"$out/stdout" && grep -qa ', interrupted: none failed' "$out/stdout"
ok $? "in a terminal: progress, and ^C"

# Pseudo-terminals.
hunt 1 -n 2 --pty --step='wait=size: 80x24' --step=resize=132x50 \
	--step='wait=resized: 132x50' --step='type=hellp^?o\n' \
	--step='wait=read' --step='type=^C' --json -- "$victim" tty && holds "
	it['groups'][0]['output'][:5] == [
		'tty 111 echo 1 canonical 1 isig 1 leader 1 fg 1',
		'size: 80x24', 'resized: 132x50', 'hellp\\\\x08 \\\\x08o',
		'read 5: hello'] and
	it['groups'][0]['output'][5].endswith('interrupted') and
	it['groups'][0]['signature'] == 'exit status 5'"
ok $? "--pty: size, echo, line discipline, a resize, ^C"

hunt 1 -n 1 --pty=33x7 --json --timeout=0.5 -- "$victim" tty &&
	holds "it['groups'][0]['kind'] == 'hang' and
		'size: 33x7' in it['groups'][0]['output']"
ok $? "--pty=33x7"

hunt 1 -n 1 --json --timeout=0.5 -- "$victim" tty && says \
	'tty 000 echo 0 canonical 0 isig 0 leader 0 fg 0
size: no terminal'
ok $? "without --pty there is none"

hunt 0 -n 4 --step=wait=ready --step=close -- "$victim" stay && gone "$victim"
ok $? "--step=close: SIGHUP, which is no failure then"

hunt 0 -n 4 --step=wait=ready --step=type=^C -- "$victim" stay
ok $? "nor is SIGINT after a ^C"

hunt 1 -n 1 --step=wait=ready --json -- echo red && holds "
	it['groups'][0]['signature'] == \"ended before it wrote 'ready'\""
ok $? "a text that is waited for in vain is a failure"

hunt 0 -n 1 --step='wait=^[[1m' --step='type=\^\\x\e\t' -- \
	sh -c 'printf "\033[1m"; sleep 0.1'
ok $? "keys: ^[, \\^, \\\\, \\e, \\t"

# Output: none of it is lost, none of it blocks.
hunt 1 -n 1 --json -- sh -c 'seq 200000; exit 1' && holds "
	it['groups'][0]['output'][-1] == '200000' and
	it['groups'][0]['output'][-2] == '199999' and
	len(it['groups'][0]['output']) > 9000"
ok $? "output: the last 64 KiB"

# The environment.
hunt 1 -n 1 --first=7 --json -- sh -c 'env; exit 1' && holds "
	'SIGPACT_RUN=7' in it['groups'][0]['output']"
ok $? "each run knows its number"

# order SEED RUN: of its variables
order() {
	hunt 1 -n 1 --first="$2" --shuffle-env --seed="$1" --json -- \
		"$python" -c 'import os, sys
print(*(k.decode() for k in os.environb), sep=",")
sys.exit(1)' || return
	"$python" -c 'import json, sys
print(json.load(sys.stdin)["groups"][0]["output"])' <"$out/stdout"
}
one=$(order 1 1) && [ "$one" = "$(order 1 1)" ] && [ "$one" != "$(order 1 2)" ] &&
	[ "$one" != "$(order 2 1)" ] &&
	[ "$(tr -d "[]'" <<<"$one" | tr , '\n' | sort)" = \
		"$(order 1 2 | tr -d "[]'" | tr , '\n' | sort)" ]
ok $? "--shuffle-env: the same variables in an order of the seed and the run"

hunt 1 -n 1 --stress --json -- bash -c 'ulimit -s; exit 1' && says 512
ok $? "--stress: a stack of 512 KiB"

# For programs.
if "$python" -c 'import jsonschema' 2>/dev/null; then
	hunt 1 -n 319 --first=1 --json -- "$victim" seldom &&
		cp "$out/stdout" "$out/crash" &&
		hunt 1 -n 1 --timeout=0.5 --json -- "$victim" deadlock &&
		cat "$out/crash" "$out/stdout" | while read -r it; do
			"$python" "$inspect_dir/valid.py" json \
				"$top/src/cli/hunt.schema.json" <<<"$it" &&
				"$python" -c 'import json, sys
json.dump(json.load(sys.stdin)["groups"][0]["reports"][0], sys.stdout)' \
					<<<"$it" | "$python" \
					"$inspect_dir/valid.py" json \
					"$top/src/cli/report.schema.json" || exit 1
		done >"$out/stderr" 2>&1
	ok $? "--json, by the schemas"
else
	skip --json "no jsonschema for $python"
fi

# shellcheck disable=SC2016 # the inner shell's
hunt 1 -n 5 --junit="$out/junit" -- sh -c \
	'printf "<&\"\001\377\357\277\277]]>\n"; "$0" status' "$victim" &&
	"$python" - "$out/junit" >"$out/stderr" 2>&1 <<'PY'
import sys
import xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
suite, = root
cases = suite.findall("testcase")
assert suite.get("tests") == suite.get("failures") == "2" == str(len(cases))
by = {case.get("name"): case for case in cases}
assert sorted(by) == ["exit status 3", "exit status 4"], sorted(by)
three = by["exit status 3"]
assert three.find("failure").get("message") == "2 of 5 runs failed"
assert "sigpact hunt --first=" in three.find("failure").text
out = three.find("system-out").text.split("\n")
assert out[0].startswith('<&"\\x01\\xff') and out[0].endswith("]]>"), out
assert out[3] == '<second> & "third"', out
PY
ok $? "--junit: a failed test for each group"
hunt 1 -n 319 --junit="$out/junit" -- "$victim" seldom &&
	"$python" - "$out/junit" >"$out/stderr" 2>&1 <<'PY'
import sys
import xml.etree.ElementTree as tree
case, = tree.parse(sys.argv[1]).getroot().iter("testcase")
assert "wrote the null page" in case.find("failure").text
assert case.find("failure").get("type") == "crash"
PY
ok $? "--junit: with the report"
hunt 0 -n 5 --junit="$out/junit" -- true && "$python" -c 'import sys
import xml.etree.ElementTree as tree
case, = tree.parse(sys.argv[1]).getroot().iter("testcase")
sys.exit(len(case) or case.get("name") != "true")' "$out/junit"
ok $? "--junit: one that passed"

hunt 1 -n 2 -o "$out/file" --json -- false && [ ! -s "$out/stdout" ] &&
	json "it['runs'] == 2" <"$out/file"
ok $? "--output"

# What cannot be.
hunt 127 -n 2 -- "$out/nothing" && [ "$(wc -l <"$out/stderr")" -eq 1 ] &&
	grep -q "^sigpact hunt: $out/nothing: No such file" "$out/stderr" &&
	hunt 127 -n 2 -- frobnicate-37
ok $? "no such command: 127"
echo text >"$out/text"
hunt 126 -n 2 -- "$out/text" && hunt 126 -n 2 -- "$out" && chmod +x "$out/text" &&
	hunt 126 -n 9 -- "$out/text" && grep -q 'Exec format error' "$out/stderr" &&
	[ "$(wc -l <"$out/stderr")" -eq 1 ]
ok $? "no program: 126"

# refused TEXT ARGUMENT...
refused() {
	local text=$1
	shift
	hunt 2 "$@" && [ ! -s "$out/stdout" ] &&
		[ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -qF -- "sigpact hunt: $text" "$out/stderr"
	ok $? "refused: $*"
}
refused "expected a command: sigpact hunt -n 500 -- COMMAND"
refused "-n: '0' is no number from 1 to" -n 0 -- true
refused "-n: '5x' is no number from 1 to" -n 5x -- true
refused "-j: '-1' is no number from 1 to 1024" -j -1 -- true
refused "-n needs a value" -n
refused "--timeout: 'soon' is no time in seconds" --timeout=soon -- true
refused "--pty: '80' is no size; expected COLUMNSxROWS" --pty=80 -- true
refused "--step: 'tpye=x' is no step; expected wait=TEXT" --step=tpye=x -- true
refused "--step: 'a\\q': expected \\n" --step='type=a\q' -- true
refused "--frobnicate is no option" --frobnicate -- true
refused "$out/none/x: No such file" -n 1 -o "$out/none/x" -- true
hunt 0 --help && grep -q '^usage: sigpact hunt' "$out/stdout"
ok $? "--help"
finish
