#!/usr/bin/env bash
# The completion of sigpact-serve(1), asked as bash asks it, and by keys that real
# readline gets.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 8
completion=$top/src/serve/completion.bash
serve=$BUILD/src/serve/sigpact-serve

# reply WORD...: what is offered for the last one.
reply() {
	bash --norc --noprofile -c '
		. "$1" || exit
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_sigpact_serve
		[ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"
	' bash "$completion" sigpact-serve "$@" 2>"$out/stderr" | sort -u
}

is() {
	local expected
	expected=$(tr ' ' '\n' <<<"$1" | sort)
	shift
	reply "$@" >"$out/stdout"
	[ ! -s "$out/stderr" ] && [ "$(cat "$out/stdout")" = "$expected" ]
}

"$serve" --help | sed -n '/^$/,/^$/p' | grep -oE -- '^  --[a-z-]+|  --version' |
	tr -d ' ' | sort -u >"$out/options"
reply -- >"$out/stdout"
[ -s "$out/options" ] && diff "$out/options" "$out/stdout" >"$out/stderr"
ok $? "options are those of --help"

mkdir -p "$out/f/folder"
touch "$out/f/a.wasm" "$out/f/b.so" "$out/f/c.json" "$out/f/d e.wasm" "$out/f/x.c"
cd "$out/f" || exit
reply '' >"$out/stdout"
[ "$(paste -sd, "$out/stdout")" = "a.wasm,b.so,d e.wasm,folder" ]
ok $? "modules and folders"
is "c.json folder" --config ''
ok $? "--config: JSON"
is "c.json" --config = c
ok $? "--config=..."
is "b.so folder" --load '' && is "b.so folder" --build a.wasm --output ''
ok $? "--load, --output: objects"
is root --user roo && is "" --workers '' && is 127.0.0.1 --listen 12
ok $? "users, addresses, but no number"
reply --build '' | grep -qx a.wasm && ! reply --build '' | grep -qx b.so
ok $? "--build: .wasm alone"

# typed KEYS: the words that sigpact-serve was called with.
typed() {
	cat >"$out/rc" <<-EOF
		unset HISTFILE
		. "$completion"
		sigpact-serve() { printf 'got:'; printf ' <%s>' "\$@"; echo; }
	EOF
	printf '%b\n' "$1" |
		INPUTRC=/dev/null bash --noprofile --rcfile "$out/rc" -i 2>"$out/stderr" |
		tee "$out/stdout" | grep -a '^got:'
}
[ "$(typed 'sigpact-serve --no-c\t--conf\tc\t--listen 127\t:80 fol\t d\t')" = \
	"got: <--no-confine> <--config> <c.json> <--listen> <127.0.0.1:80> <folder/> <d e.wasm>" ]
ok $? "typed"
finish
