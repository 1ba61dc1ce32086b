#!/usr/bin/env bash
# A build without jansson and elfutils says so, in one line, and runs the rest.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 2
"$sigpact" inspect 1 >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && [ ! -s "$out/stdout" ] && [ "$(wc -l <"$out/stderr")" -eq 1 ] &&
	grep -q 'without jansson and elfutils; expected a sigpact' "$out/stderr"
ok $? "inspect says that it is not in this build"

"$sigpact" run --help >"$out/stdout" 2>"$out/stderr" && [ ! -s "$out/stderr" ]
ok $? "run is"
finish
