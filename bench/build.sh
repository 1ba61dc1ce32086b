# shellcheck shell=sh
# Builds the programs of bench in $build, whose path is whole afterwards; $here
# is this folder.  Sourced.
# shellcheck disable=SC2154 # who sources it has set it
[ -f "$build/build.ninja" ] || meson setup "$build" "$here/.." >&2
build=$(cd "$build" && pwd)
ninja -C "$build" bench >"$build/bench.log" 2>&1 || {
	cat "$build/bench.log" >&2
	exit 1
}
