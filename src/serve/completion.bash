# shellcheck shell=bash
# Completion of sigpact-serve(1) for bash, installed as
# share/bash-completion/completions/sigpact-serve.  Needs nothing of the package
# bash-completion.

# Folders, and files that end as one of the words behind $1.
_sigpact_serve_files() {
	local begun=$1 end line
	shift
	compopt -o filenames 2>/dev/null
	while IFS= read -r line; do
		[[ -d $line ]] && COMPREPLY+=("$line")
		for end; do
			[[ -f $line && $line == *"$end" ]] && COMPREPLY+=("$line")
		done
	done < <(compgen -f -- "$begun")
}

_sigpact_serve() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	[[ $word == = ]] && word=
	[[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
	case $before in
	--config) _sigpact_serve_files "$word" .json ;;
	--build) _sigpact_serve_files "$word" .wasm ;;
	--load | --output) _sigpact_serve_files "$word" .so ;;
	--access-log) _sigpact_serve_files "$word" '' ;;
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
	--listen)
		mapfile -t COMPREPLY < <(compgen -W '127.0.0.1 0.0.0.0' -- "$word")
		compopt -o nospace 2>/dev/null
		;;
	--workers) ;;
	*)
		if [[ $word == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W '--config --listen
				--workers --access-log --load --user --no-confine
				--check --build --output --help --version' -- "$word")
		else
			_sigpact_serve_files "$word" .wasm .so
		fi
		;;
	esac
}

complete -F _sigpact_serve sigpact-serve
