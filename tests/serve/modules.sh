# shellcheck shell=bash
# The modules that the tests of sigpact-serve run, built once into $modules: those
# of examples/functions, and those of this folder.  Sourced, after $peers is known.
# shellcheck disable=SC2154 # who sources it has set them
export XDG_CACHE_HOME=$BUILD/serve-cache
modules=$peers/functions

# wasm NAME: from modules/NAME.c or .wat, or by modules/NAME.sh.
wasm() {
	local from=$top/tests/serve/modules/$1 to=$modules/$1.wasm
	if [ -f "$from.c" ]; then
		[ "$to" -nt "$from.c" ] ||
			clang --target=wasm32-wasi -O2 -Wall -Wextra \
				-Wl,--stack-first -Wl,-z,stack-size=16384 \
				-o "$to.$$" "$from.c"
	elif [ -f "$from.wat" ]; then
		[ "$to" -nt "$from.wat" ] || wat2wasm -o "$to.$$" "$from.wat"
	else
		[ "$to" -nt "$from.sh" ] ||
			{ "$from.sh" >"$out/$1.wat" &&
				wat2wasm -o "$to.$$" "$out/$1.wat"; }
	fi && { [ ! -e "$to.$$" ] || mv "$to.$$" "$to"; }
}

modules_build() {
	local source
	peer functions
	for source in wat2wasm wasm2c cc; do
		command -v "$source" >/dev/null || skip_rest "no $source"
	done
	for source in "$top"/tests/serve/modules/*; do
		source=$(basename "$source")
		if ! wasm "${source%.*}" >"$out/stdout" 2>"$out/stderr"; then
			comment <"$out/stderr"
			echo "Bail out! $source does not compile"
			exit 1
		fi
	done
}
