#!/usr/bin/env bash
# What the analyzers say of the code that may run in a handler, and shellcheck
# of all scripts: nothing.  Each is first shown a defect, which it must report.
#
#	BUILD	the meson build directory, of gcc
# shellcheck disable=SC2317 # the analyzers are called by name
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 8
cd "$BUILD" || exit 1
mapfile -t core < <(commands 'libcore.a.p/[^ ]*\.c\.o')

# The options of core's command that say what the source means.
options() {
	local words=() word
	eval "words=(${core[0]})"
	for word in "${words[@]}"; do
		case $word in
		-[ID]* | -std=*) printf '%s\0' "$word" ;;
		esac
	done
}
mapfile -d '' -t options < <(options)

# Each analyzer takes sources; prints what it has to say, fails if it has.
by_gcc() {
	local source status=0
	for source; do
		eval "${core[0]% -c *} -fanalyzer -Werror -c '$source' -o /dev/null" ||
			status=1
	done
	return "$status"
}

by_cppcheck() {
	cppcheck -q --enable=warning,performance,portability \
		--error-exitcode=1 \
		"${options[@]/-std=*/--std=c11}" "$@"
}

by_clang_tidy() {
	clang-tidy --quiet --config-file="$top/.clang-tidy" "$@" \
		-- "${options[@]}" -mgeneral-regs-only -fno-builtin
}

# finds NAME COMMAND PATTERN: in stdin, as a source.
finds() {
	cat >"$out/defect.c"
	"$2" "$out/defect.c" >"$out/stdout" 2>&1
	[ $? -eq 1 ] && grep -q "$3" "$out/stdout"
	ok $? "$1 reports a defect"
}

sources=("${core[@]##* -c }")
clean() {
	"$2" "${sources[@]}" >"$out/stdout" 2>"$out/stderr"
	ok $? "$1: ${#sources[@]} sources of core are clean"
}

finds gcc by_gcc analyzer-double-free <<'C'
#include <stdlib.h>
void defect(void *p) { free(p); free(p); }
C
clean gcc by_gcc
finds cppcheck by_cppcheck uninitvar <<'C'
int defect(void) { int i; return i; }
C
clean cppcheck by_cppcheck
finds clang-tidy by_clang_tidy bugprone-sizeof-expression <<'C'
#include <string.h>
void defect(char *to) { memset(to, 0, sizeof(sizeof to)); }
C
clean clang-tidy by_clang_tidy

scripts() {
	find . \( -name .git -o -name 'build*' -a -type d -o -name node_modules \) \
		-prune -o -type f \( -name '*.sh' -o -name '*.bash' -o -perm -u+x \
		-exec grep -qE '^#!.*(/sh|bash)$' {} \; \) -print
}
cd "$top" || exit 1
# shellcheck disable=SC2016 # the defect is not to be expanded
echo 'rm $1' | shellcheck -s sh - >"$out/stdout" 2>&1
[ $? -eq 1 ] && grep -q SC2086 "$out/stdout"
ok $? "shellcheck reports a defect"
mapfile -t scripts < <(scripts)
[ "${#scripts[@]}" -gt 10 ] && shellcheck -x "${scripts[@]}" \
	>"$out/stdout" 2>"$out/stderr"
ok $? "shellcheck: ${#scripts[@]} scripts are clean"
finish
