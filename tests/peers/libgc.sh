#!/usr/bin/env bash
# Boehm's collector takes the stack pointer of its SIGPWR handler for that of
# the thread.  With SA_ONSTACK that lies on the alternate stack, and what is
# scanned from there to the bottom of the thread's stack is not a stack.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 4
peer go
if ! echo '#include <gc.h>' | gcc -E -x c - >/dev/null 2>&1; then
	skip_rest "no gc.h (libgc-dev)"
fi
compile collect -lgc -ldl

alive 60 "$peers/collect" - 300
ok $? "without Go: alive"

# It dies by SIGSEGV in a marker thread, or finds a live object collected.
run 60 "$peers/collect" "$peers/libpeer.so" 300
status=$?
echo "# bare ended with status $status"
[ "$status" -eq 139 ] || [ "$status" -eq 134 ] || [ "$status" -eq 3 ]
ok $? "bare: the collector goes wrong"

all 20 alive 60 "$sigpact" run -- "$peers/collect" "$peers/libpeer.so" 300
ok $? "under sigpact run: alive 20 of 20"

# Both signals of the protocol were relocated, not spared by chance.
alive 60 "$sigpact" run --stats -- "$peers/collect" "$peers/libpeer.so" 300 &&
	awk '/ SIG(PWR|XCPU) / && $4 > 0 { seen++ } END { exit seen != 2 }' \
		"$out/stderr"
ok $? "SIGPWR and SIGXCPU were relocated"
finish
