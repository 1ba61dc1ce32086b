#!/usr/bin/env bash
# The completion of sigpact(1), asked as bash asks it, and by keys that real
# readline gets.  What it offers must be what sigpact takes.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 29
completion=$top/src/cli/completion.bash

# reply WORD...: what is offered for the last one, one a line.  The words are
# cut at '=', as bash cuts them; $breaks says where else.
breaks=$' \t\n"\'><=;|&(:'
reply() {
	bash --norc --noprofile -c '
		. "$1" || exit
		COMP_WORDBREAKS=$2
		shift 2
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		function=$(complete -p sigpact)
		function=${function##*-F }
		"${function% sigpact}" sigpact "${!#}" "${@: -2:1}"
		[ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"
	' bash "$completion" "$breaks" "$@" 2>"$out/stderr" | sort -u
}

# is EXPECTED WORD...: exactly these, whatever their order.
is() {
	local expected
	expected=$(tr ' ' '\n' <<<"$1" | sort)
	shift
	reply "$@" >"$out/stdout"
	[ ! -s "$out/stderr" ] && [ "$(cat "$out/stdout")" = "$expected" ]
}

# typed KEYS: the words that sigpact was called with once readline had KEYS.
typed() {
	cat >"$out/rc" <<-EOF
		${2-}
		unset HISTFILE
		. "$completion"
		sigpact() { printf 'got:'; printf ' <%s>' "\$@"; echo; }
	EOF
	printf '%b\n' "$1" |
		INPUTRC=/dev/null bash --noprofile --rcfile "$out/rc" -i 2>"$out/stderr" |
		tee "$out/stdout" | grep -a '^got:'
}

is "run inspect heal trace report hunt check exercise --help --version" sigpact ''
ok $? "commands"

"$sigpact" run --help | grep -o -- '--[a-z][a-z]*' | sort -u >"$out/options"
reply sigpact run -- | sed 's/=$//' | grep -v '^--$' | sort -u >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of sigpact run --help"

is "owner exclude= onstack= altstack= keep= log" sigpact run --rule ''
ok $? "rules"

is "PWR" sigpact run --rule exclude = PW
ok $? "a signal"

is "SIGURG SIGUSR1 SIGUSR2" sigpact run --rule exclude = sigu
ok $? "signals, with SIG"

is "XCPU,USR1,URG XCPU,USR1,USR2" sigpact run --rule exclude = XCPU,USR1,U
ok $? "a list goes on, with none twice"

is "PWR" sigpact run --rule = exclude = PW
ok $? "--rule=..."

breaks=$' \t\n' is "--rule=exclude=PWR" sigpact run --rule=exclude=PW
ok $? "--rule=... where the user took '=' out of COMP_WORDBREAKS"

reply sigpact run --rule exclude = '' >"$out/signals"
! grep -qxE 'KILL|STOP' "$out/signals" &&
	grep -qx RTMAX-3 "$out/signals" && grep -qx HUP "$out/signals" &&
	"$sigpact" run --rule "exclude=$(paste -sd, "$out/signals")" -- true
ok $? "sigpact takes every signal that is offered"

# What may stand alone after each rule's '='.
takes_all() {
	local rule value
	for rule in owner onstack altstack keep; do
		reply sigpact run --rule $rule = '' >"$out/stdout"
		[ "$(wc -l <"$out/stdout")" -ge 2 ] || return
		while read -r value; do
			"$sigpact" run --rule "$rule=$value" -- true || return
		done <"$out/stdout"
	done
}
takes_all
ok $? "sigpact takes every value that is offered"

touch "$out/some-log"
is "$out/some-log" sigpact run --log = "$out/some"
ok $? "--log=FILE"

is mkfifo sigpact run --rule onstack = auto --stats -- mkfif &&
	is mkfifo sigpact run --rule onstack = auto --stats mkfif
ok $? "COMMAND, with -- and without"

is "" sigpact run -- cat "$out/so" && is "" sigpact run cat --ru
ok $? "COMMAND's arguments are not sigpact's"

[ "$(typed 'sigpact ru\t--ru\texcl\tPW\t--st\tmkfif\t')" = \
	"got: <run> <--rule> <exclude=PWR> <--stats> <mkfifo>" ]
ok $? "typed: options, a rule and COMMAND"

[ "$(typed 'sigpact run --rule=keep=SIGPIP\t--rule exclude=XCPU,usr1\t-- x')" = \
	"got: <run> <--rule=keep=SIGPIPE> <--rule> <exclude=XCPU,USR1> <--> <x>" ]
ok $? "typed: --rule=keep=, and a list"

[ "$(typed "sigpact run --log=$out/some\t-- cat $out/some\t")" = \
	"got: <run> <--log=$out/some-log> <--> <cat> <$out/some-log>" ]
ok $? "typed: file names"

"$sigpact" inspect --help | grep -o '^  --[a-z][a-z]*' | tr -d ' ' |
	sort -u >"$out/options"
reply sigpact inspect -- | sed 's/=$//' | sort -u >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of sigpact inspect --help"

is "bpf ptrace proc" sigpact inspect --way = '' &&
	is "auto always never" sigpact inspect --color = '' &&
	is "$out/some-log" sigpact inspect --openmetrics = "$out/some"
ok $? "values of inspect's options"

reply sigpact inspect '' >"$out/stdout" && grep -qx $$ "$out/stdout" &&
	! grep -vE '^[0-9]+$' "$out/stdout" &&
	reply sigpact inspect --json $$ | grep -qx $$
ok $? "processes"

[ "$(typed "sigpact ins\t--ver\t--way=pt\t$$\t")" = \
	"got: <inspect> <--verbose> <--way=ptrace> <$$>" ]
ok $? "typed: inspect, its options and a process"

"$sigpact" check --help | grep -o '^  --[a-z]*' | tr -d ' ' |
	sort -u >"$out/options"
reply "$sigpact" check -- | sed 's/=$//' | sort -u >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of sigpact check --help"

"$sigpact" check --list | awk 'NR > 1 { print $1 }' | sort -u >"$out/probes"
reply "$sigpact" check --only = '' >"$out/stdout"
[ -s "$out/probes" ] && diff "$out/probes" "$out/stdout" >"$out/stderr"
ok $? "and its probes those of --list"

"$sigpact" exercise --list | grep -oE '^[a-z]+' | sort >"$out/families"
reply sigpact exercise '' >"$out/stdout"
[ -s "$out/families" ] && diff "$out/families" "$out/stdout" >"$out/stderr" &&
	is "" sigpact exercise --repeat ''
ok $? "families of exercise, but no number"

"$sigpact" exercise --help | grep -o '^  --[a-z][a-z]*' | tr -d ' ' |
	sort -u >"$out/options"
reply sigpact exercise -- >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of sigpact exercise --help"

"$sigpact" trace --help | grep -o '^  --[a-z][a-z]*' | tr -d ' ' |
	sort -u >"$out/options"
reply sigpact trace -- | sed 's/=$//' | grep -v '^--$' | sort -u >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of sigpact trace --help"

# Each event and format that is offered, tried on a file that is not there.
takes_offered() {
	local option word
	for option in event format color signal; do
		reply sigpact trace --$option = '' >"$out/stdout"
		[ "$(wc -l <"$out/stdout")" -ge 3 ] || return
		while read -r word; do
			"$sigpact" trace --$option="$word" --read="$out/none" \
				2>&1 | grep -q 'No such file' || return
		done <"$out/stdout"
	done
}
takes_offered &&
	is "call,action call,altstack call,all" sigpact trace --event = call,a &&
	is "bpf ptrace" sigpact trace --source = '' &&
	is mkfifo sigpact trace --source = ptrace -- mkfif &&
	is mkfifo sigpact trace -o x mkfif &&
	reply sigpact trace -p '' | grep -qx $$
ok $? "and what they take: events, signals, processes, COMMAND"

"$sigpact" hunt --help | grep -o '^  --[a-z][a-z-]*' | tr -d ' ' |
	sort -u >"$out/options"
reply sigpact hunt -- | sed 's/=$//' | grep -v '^--$' | sort -u >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of sigpact hunt --help"

is "wait= sleep= type= resize= close" sigpact hunt --step = '' &&
	is mkfifo sigpact hunt -n 5 mkfif && is "" sigpact hunt -n '' &&
	is mkfifo sigpact hunt --stress --step = wait = x -- mkfif
ok $? "and what they take"

package=/usr/share/bash-completion/bash_completion
if [ -r "$package" ]; then
	[ "$(typed 'sigpact run --stats env --ignore-env\t' ". $package")" = \
		"got: <run> <--stats> <env> <--ignore-environment>" ]
	ok $? "typed: COMMAND's own completion, by bash-completion"
else
	skip_rest "no $package"
fi
finish
