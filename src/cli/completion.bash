# shellcheck shell=bash
# Completion of sigpact(1) for bash, installed as
# share/bash-completion/completions/sigpact.  Needs nothing of the package
# bash-completion; where that is there it completes COMMAND's own arguments.

# Signals as the rules name them, in the form in which $1 begins.
_sigpact_signals() {
	local name prefix=''
	[[ $1 == [Ss][Ii][Gg]* ]] && prefix=SIG
	while read -r name; do
		case $name in
		SIGKILL | SIGSTOP | SIGJUNK*) ;; # no rule takes them
		SIG[A-Z]*) printf '%s\n' "$prefix${name#SIG}" ;;
		esac
	done < <(compgen -A signal)
}

# The rest of SIG,SIG,... in $2: signals that are not in it yet.
_sigpact_list() {
	local rule=$1 list=$2 done='' name
	[[ $list == *,* ]] && done=${list%,*},
	while read -r name; do
		[[ ,${done^^} == *,"$name",* || ,${done^^} == *,"SIG$name",* ]] ||
			printf '%s=%s%s\n' "$rule" "$done" "$name"
	done < <(_sigpact_signals "${list##*,}")
}

# All that a rule that begins as $1 does may be.
_sigpact_rules() {
	local value=${1#*=}
	case ${1,,} in
	owner=*) printf '%s\n' owner=on owner=off ;;
	exclude=*) _sigpact_list exclude "$value" ;;
	onstack=*) printf '%s\n' onstack=auto && _sigpact_list onstack "$value" ;;
	altstack=*) printf 'altstack=%s\n' off 32K 64K 128K 256K 1M ;;
	keep=*) printf '%s\n' keep=auto keep=off && _sigpact_list keep "$value" ;;
	log=*) compgen -P log= -f -- "$value" ;;
	*) printf '%s\n' owner exclude= onstack= altstack= keep= log ;;
	esac
}

# The processes that have signal actions: threads of the kernel run no program.
_sigpact_processes() {
	local dir _
	for dir in /proc/[0-9]*; do
		IFS= read -r -d '' _ <"$dir/cmdline" && echo "${dir#/proc/}"
	done 2>/dev/null
}

# Of the lines on standard input those that go on from $1, whose first
# ${#1} - ${#2} characters bash has cut off: COMP_WORDBREAKS has a '='.
_sigpact_reply() {
	local line cut=$((${#1} - ${#2}))
	while IFS= read -r line; do
		[[ ${line^^} == "${1^^}"* ]] && COMPREPLY+=("${line:cut}")
	done
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

# COMMAND is word $1.
_sigpact_command() {
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif [[ $1 -eq $COMP_CWORD ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$2")
	fi # else file names, by -o default
}

# One for each command: these read word, words, starts and cut of _sigpact.
_sigpact_run() {
	local i
	for ((i = 2; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		--rule) ((++i)) ;;
		--)
			_sigpact_command "${starts[i + 1]}" "$word"
			return
			;;
		-*) ;;
		*)
			_sigpact_command "${starts[i]}" "$word"
			return
			;;
		esac
	done
	if [[ ${words[-2]} == --rule && i -eq ${#words[@]} ]]; then
		_sigpact_reply "$word" "$cut" < <(_sigpact_rules "$word")
		return
	fi
	case $word in
	--rule=*)
		_sigpact_reply "$word" "$cut" < \
			<(_sigpact_rules "${word#*=}" | sed 's/^/--rule=/')
		;;
	--log=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P --log= -f -- "${word#*=}")
		;;
	--report=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P --report= -d -- "${word#*=}")
		;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --rule --log --log= --stats --report \
				--report= --help --)
		;;
	*) _sigpact_command "${starts[-1]}" "$word" ;;
	esac
}

_sigpact_inspect() {
	case $word in
	--way=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--way=%s\n' bpf ptrace proc) ;;
	--color=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--color=%s\n' auto always never) ;;
	--openmetrics=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P --openmetrics= -f -- "${word#*=}")
		;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --all --way= --verbose --color= --json \
				--sarif --openmetrics= --findings --help)
		;;
	*) _sigpact_reply "$word" "$cut" < <(_sigpact_processes) ;;
	esac
}

_sigpact_heal() {
	case $word in
	--undo=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P --undo= -f -- "${word#*=}")
		;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --yes --load --no-load --undo= --help)
		;;
	*) _sigpact_reply "$word" "$cut" < <(_sigpact_processes) ;;
	esac
}

# EVENT,EVENT,... that goes on from $1.
_sigpact_events() {
	local list=$1 done='' name
	[[ $list == *,* ]] && done=${list%,*},
	for name in all call sent delivered returned action altstack relocated \
		stop thread process finding storm lost; do
		[[ ,$done == *,"$name",* ]] ||
			printf -- '--event=%s%s\n' "$done" "$name"
	done
}

# COMMAND, behind the options, of which $@ have a value in the next word.  1: an
# option is to be completed; 2: the value of the one before.
_sigpact_behind() {
	local i
	for ((i = 2; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		--)
			_sigpact_command "${starts[i + 1]}" "$word"
			return 0
			;;
		-*) [[ " $* " != *" ${words[i]} "* ]] || ((++i)) ;;
		*)
			_sigpact_command "${starts[i]}" "$word"
			return 0
			;;
		esac
	done
	return $((i == ${#words[@]} ? 2 : 1))
}

# The same of a command to be traced; 1: an option.
_sigpact_traced() {
	_sigpact_behind -p -o --pid --output
	case $? in
	0) return 0 ;;
	1) return 1 ;;
	esac
	[[ ${words[-2]} != -p && ${words[-2]} != --pid ]] ||
		_sigpact_reply "$word" "$cut" < <(_sigpact_processes)
	return 0
}

_sigpact_trace() {
	_sigpact_traced && return
	case $word in
	--pid=*) _sigpact_reply "$word" "$cut" < \
		<(_sigpact_processes | sed 's/^/--pid=/') ;;
	--source=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--source=%s\n' bpf ptrace) ;;
	--format=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--format=%s\n' text jsonl chrome html) ;;
	--color=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--color=%s\n' auto always never) ;;
	--event=*) _sigpact_reply "$word" "$cut" < \
		<(_sigpact_events "${word#*=}") ;;
	--signal=*) _sigpact_reply "$word" "$cut" < \
		<(_sigpact_list --signal "${word#*=}") ;;
	--read=* | --output=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P "${word%%=*}=" -f -- "${word#*=}")
		;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --pid= --read= --source= --event= \
				--signal= --thread= --failed --since= \
				--duration= --summary --format= --output= \
				--color= --help --)
		;;
	*) _sigpact_command "${starts[-1]}" "$word" ;;
	esac
}

_sigpact_report() {
	_sigpact_traced && return
	case $word in
	--pid=*) _sigpact_reply "$word" "$cut" < \
		<(_sigpact_processes | sed 's/^/--pid=/') ;;
	--output=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P "${word%%=*}=" -f -- "${word#*=}")
		;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --pid= --output= --json --help --)
		;;
	*) _sigpact_command "${starts[-1]}" "$word" ;;
	esac
}

_sigpact_hunt() {
	_sigpact_behind -n -j -o --runs --jobs --timeout --seed --first --step \
		--output --junit
	[[ $? -eq 1 ]] || return
	case $word in
	--step=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--step=%s\n' wait= sleep= type= resize= close) ;;
	--output=* | --junit=*)
		compopt -o filenames 2>/dev/null
		_sigpact_reply "$word" "$cut" < \
			<(compgen -P "${word%%=*}=" -f -- "${word#*=}")
		;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --runs= --jobs= --timeout= --until-fail \
				--keep-going --stress --shuffle-env --seed= \
				--first= --pty --pty= --step= --output= --json \
				--junit= --help --)
		;;
	*) _sigpact_command "${starts[-1]}" "$word" ;;
	esac
}

_sigpact_check() {
	case $word in
	--only=*) _sigpact_reply "$word" "$cut" < \
		<("${COMP_WORDS[0]}" check --list 2>/dev/null |
			sed -n '2,$s/^ *\([^ ]*\).*/--only=\1/p') ;;
	--color=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--color=%s\n' auto always never) ;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --only= --seconds= --note --list \
				--color= --json --tap --help)
		;;
	esac
}

_sigpact_exercise() {
	local families=(action mask pending process group thread queue pidfd
		handler altstack wait suspend pause signalfd itimer alarm timer
		prctl exclude)

	case ${words[-2]} in
	--repeat | --threads | --wait) return ;;
	esac
	case $word in
	--verify=*) _sigpact_reply "$word" "$cut" < \
		<(printf -- '--verify=%s\n' bpf ptrace) ;;
	-*)
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' --list --expect --repeat --threads \
				--wait --verify --help)
		;;
	*) _sigpact_reply "$word" "$cut" < <(printf '%s\n' "${families[@]}") ;;
	esac
}

_sigpact() {
	local i word='' last='' words=() starts=()
	local commands=(run inspect heal trace report hunt check exercise)

	# the words before bash cut them at '='
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if ((i > 1)) && [[ ${COMP_WORDS[i]} == = || $last == = ]]; then
			words[-1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
			starts+=("$i")
		fi
		last=${COMP_WORDS[i]}
	done
	word=${words[-1]}
	local cut=$word
	[[ $COMP_WORDBREAKS == *=* ]] && cut=${word##*=}

	COMPREPLY=()
	if ((${#words[@]} == 2)); then
		_sigpact_reply "$word" "$cut" < \
			<(printf '%s\n' "${commands[@]}" --help --version)
		return
	fi
	[[ " ${commands[*]} " != *" ${words[1]} "* ]] || "_sigpact_${words[1]}"
}

complete -o bashdefault -o default -F _sigpact sigpact
