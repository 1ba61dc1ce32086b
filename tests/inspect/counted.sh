#!/usr/bin/env bash
# What libsigpact counts in a live process, as inspect tells it: deliveries,
# why some stayed on the alternate stack, exclusions, and a storm.
# shellcheck source=tests/heal/lib.sh
. "$(dirname "$0")/../heal/lib.sh"

plan 9
needs_python jsonschema
counted=("$sigpact" run --rule "exclude=USR1,USR2" -- "$BUILD/tests/counted")

# inspect [ARGUMENT]...
inspect() {
	"$sigpact" inspect "$@" "$victim" >"$out/stdout" 2>"$out/stderr"
}

# process EXPRESSION: Python's word on --json's process, as `p`.
process() {
	json "(lambda p: $1)(it['processes'][0])" <"$out/stdout" \
		>>"$out/stderr" 2>&1
}

start "${counted[@]}"
inspect --json && valid_json <"$out/stdout" >"$out/stderr" 2>&1
ok $? "JSON, by the schema"
process "p['sigpact']['counts'] == [dict(signal=10, name='SIGUSR1',
	delivered=10, relocated=5, kept=5, kept_why=dict(nested=3, foreign=2,
	room=0, unknown=0, shadow_stack=0))]"
ok $? "10 delivered, 5 relocated, 3 nested, 2 on another stack"
process "p['sigpact']['excluded'] == ['SIGUSR1'] and
	p['sigpact']['rules'] == 'exclude=USR1,USR2' and
	not p['sigpact']['counts_shared']"
ok $? "the exclusion by rule"
process "[a['symbol'] for a in p['actions'] if a['name'] == 'SIGUSR1'] ==
	['on_usr1']"
ok $? "the program's own handler, behind the entry routine"
inspect --color=never && grep -qxF "              SIGUSR1: 10 delivered, 5 \
relocated, 5 kept on the alternate stack (already there: 3, not the thread's \
own stack: 2)" "$out/stdout" &&
	grep -qxF "              [USR1] excluded in all threads, by rule" \
		"$out/stdout"
ok $? "text"

start "$sigpact" run --stats --rule exclude=USR1 -- "$BUILD/tests/counted"
victim=$(pgrep -P "$victim")
inspect --color=never && grep -q 'SIGUSR1: 10 delivered' "$out/stdout" &&
	grep -q 'counted over all processes of its sigpact run' "$out/stdout"
ok $? "counters that processes share are said to be"

# A machine that has others to serve may let it be calm for a while.
start "${counted[@]}" storm
receiver=
stormy() {
	inspect --json
	process "[(f['signal'], f['thread']) for f in p['findings'] if
		f['id'] == 'SP013'] == [('SIGUSR2', $receiver)]"
}
for ((i = 0; i < 60; i++)); do
	[ -n "$receiver" ] && stormy && break
	sleep 0.5
	receiver=$(grep -lx receiver "/proc/$victim"/task/*/comm |
		cut -d/ -f5)
done
[ "$i" -lt 60 ]
ok $? "SP013: a storm, its signal and its receiver"
process "['(receiver)' in f['evidence'] and 'who sends' in f['evidence']
	for f in p['findings'] if f['id'] == 'SP013'] == [True]"
ok $? "and that the sender is not to be seen"
start "${counted[@]}" calm
sleep 1
inspect --json
process "not any(f['id'] == 'SP013' for f in p['findings']) and
	p['sigpact']['counts'][0]['delivered'] > 0"
ok $? "SP013: not for ten a second"
finish
