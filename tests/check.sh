#!/usr/bin/env bash
# sigpact check on this machine: each option, each probe alone, what it prints in
# each format, what it refuses, and how it ends.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "$0")/inspect/lib.sh"

mapfile -t probes < <("$sigpact" check --list | awk 'NR > 1 { print $1 }')
plan $((38 + ${#probes[@]}))
verdicts='sound|FINDING|cannot tell|present|absent'
json=0
"$sigpact" check --json --only=exec >"$out/stdout" 2>"$out/stderr" && json=1

# gives STATUS OPTION...
gives() {
	local wanted=$1 status=0
	shift
	"$sigpact" check "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
	[ "$status" -eq "$wanted" ] && return
	echo "status $status instead of $wanted" >>"$out/stderr"
	return 1
}

# sound OPTION...: nothing is found.  A machine that is too busy for as many
# signals as vector-state wants in that time says so, and that is right.
sound() {
	gives 0 "$@" || {
		grep -q '^status 2 ' "$out/stderr" && sed -i '$d' "$out/stderr" &&
			grep -q 'no loss, but .* tell little' "$out/stdout"
	}
}

quiet() {
	[ ! -s "$out/stderr" ]
}

# refused TEXT OPTION...: in one line on stderr that has this text.
refused() {
	local text=$1
	shift
	gives 2 "$@" && [ ! -s "$out/stdout" ] &&
		[ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -qF -- "sigpact check: $text" "$out/stderr"
	ok $? "refused: ${*@Q}"
}

# As a person reads it: headings, a line for each probe, and what it comes to.
row() {
	grep -E "^  $1 +($verdicts)  " "$out/stdout"
}

gives 0 --list && quiet && [ "${#probes[@]}" -ge 20 ] &&
	[ "$(printf '%s\n' "${probes[@]}" | sort -u | wc -l)" \
		-eq "${#probes[@]}" ]
ok $? "--list: ${#probes[@]} probes, none twice"
gives 0 --help && quiet && grep -q '^usage: sigpact check' "$out/stdout"
ok $? "--help"

refused "--only=frob: no such probe; see sigpact check --list" --only=frob
refused "--only=: no such probe" --only=
refused "--only needs a value" --only
refused "--seconds needs a value" --seconds
for word in '' 0 -1 nan inf 0x5 1e1 ' 1' 1s 1000000 999999999999999999999; do
	refused "--seconds=$word: expected a number above 0" --seconds="$word"
done
refused "--json and --tap: expected one of them" --json --tap
refused "--color=red: expected auto, always or never" --color=red
refused "--frobnicate is no option" --frobnicate
refused "-x is no option" -x
refused "4711: expected options alone" 4711
refused 'a\x1b[31m: expected options alone' $'a\033[31m'

# All of it, as it is meant to be called but for the time.
SECONDS=0
sound --seconds=3
ok $? "this machine is sound"
[ "$SECONDS" -lt 30 ] && quiet
ok $? "nothing on stderr; $SECONDS seconds"
whole=0
for probe in "${probes[@]}"; do
	row "$probe" >/dev/null && whole=$((whole + 1))
done
[ "$whole" -eq "${#probes[@]}" ] &&
	[ "$(grep -cE "  ($verdicts)  " "$out/stdout")" -eq "$whole" ] &&
	head -n 1 "$out/stdout" | grep -qF "$(uname -sr), $(uname -m), " &&
	[ "$(tail -n 1 "$out/stdout" | grep -cE "^(Sound|No findings; 1 probe)")" -eq 1 ]
ok $? "text: the machine, a verdict for each probe, and what it comes to"
awk 'NR > 2 && /^  / { print index($0, $2) }' "$out/stdout" | sort -u |
	wc -l | grep -qx 1 && ! grep -q $'\033' "$out/stdout"
ok $? "aligned; no colour where no terminal is"
row vector-state | grep -qE ' [0-9]+ signals in [0-9.]+ s(,| on) [0-9]+ ' &&
	row frame-size | grep -qE ' [0-9]+ bytes, [0-9]+ of them registers'
ok $? "figures are in it"

for probe in "${probes[@]}"; do
	sound --seconds=1 --only="$probe" && quiet &&
		row "$probe" >/dev/null &&
		[ "$(grep -cE "  ($verdicts)  " "$out/stdout")" -eq 1 ]
	ok $? "--only=$probe"
done
gives 0 --only exec --only=red-zone && row exec >/dev/null &&
	row red-zone >/dev/null &&
	[ "$(grep -cE "  ($verdicts)  " "$out/stdout")" -eq 2 ]
ok $? "--only twice: both"

sound --only=vector-state --seconds=0.3 --note && quiet &&
	grep -q 'BY VERSION' "$out/stdout" && row vector-state >/dev/null
ok $? "--note: what the version makes one expect"
gives 0 --only=exec --color=always && grep -q $'\033\\[1m' "$out/stdout" &&
	gives 0 --only=exec --color=never && ! grep -q $'\033' "$out/stdout"
ok $? "--color"
# on a terminal; script(1) is Debian's own
terminal() {
	env "$@" script -qec "$sigpact check --only=exec" /dev/null \
		</dev/null >"$out/stdout" 2>"$out/stderr"
}
terminal TERM=xterm NO_COLOR= && grep -q $'\033\\[1m' "$out/stdout" &&
	terminal TERM=xterm NO_COLOR=1 && ! grep -q $'\033\\[1m' "$out/stdout"
ok $? "on a terminal colour, and none with NO_COLOR"

sound --tap --seconds=0.5 --note && quiet &&
	head -n 1 "$out/stdout" | grep -qx "1..${#probes[@]}" &&
	[ "$(grep -cE '^ok [0-9]+ - [a-z-]+(:| # SKIP) ' "$out/stdout")" \
		-eq "${#probes[@]}" ] &&
	! grep -vE '^(ok |1\.\.|# )' "$out/stdout" &&
	[ "$(sed -n 's/^ok \([0-9]*\) .*/\1/p' "$out/stdout" | paste -sd' ')" \
		= "$(seq -s' ' "${#probes[@]}")" ]
ok $? "--tap: a plan and a line for each probe"

if [ "$json" -eq 1 ]; then
	schema=$top/src/cli/check.schema.json
	sound --json --seconds=0.5 && quiet &&
		"$python" "$inspect_dir/valid.py" json "$schema" \
			<"$out/stdout" 2>"$out/stderr" &&
		json "[p['name'] for p in it['probes']] == '${probes[*]}'.split() \
			and it['findings'] == [] and it['seconds'] == 0.5 \
			and it['machine']['release'] == '$(uname -r)'" \
			<"$out/stdout" >"$out/stderr"
	ok $? "--json: by its schema, with every probe"
else
	refused "--json: this build was made without jansson; expected --tap" \
		--json --only=exec
fi

# A process that is starved of what it needs cannot tell, and says so.
taskset -c 0 "$sigpact" check --only=vector-state --seconds=0.5 \
	>"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && row vector-state | grep -q 'cannot tell .*on 1 CPU' &&
	tail -n 1 "$out/stdout" | grep -qx 'No findings; 1 probe could not tell'
ok $? "one CPU: cannot tell, status 2"

# Limits are those of whoever asks.
(
	ulimit -l 8
	gives 0 --only=memlock-limit && row memlock-limit | grep -q 'absent   8 KiB'
)
ok $? "memlock-limit: 8 KiB"

# The library is not to stand between the probes and the kernel.
"$sigpact" run --rule altstack=64K -- "$sigpact" check --only=nesting \
	>"$out/stdout" 2>"$out/stderr" && row nesting >"$out/within" &&
	gives 0 --only=nesting && row nesting | diff "$out/within" - >"$out/diff"
ok $? "under sigpact run: the same"

"$sigpact" check --only=exec >/dev/full 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'cannot write: ' "$out/stderr"
ok $? "a full disk: status 2"
finish
