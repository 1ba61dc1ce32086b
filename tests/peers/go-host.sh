#!/usr/bin/env bash
# A C host that stops its main thread by SIGPWR, as garbage collectors do, and
# a Go library that adds SA_ONSTACK to its handler.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 4
peer host go
gcc -shared -fPIC -o "$peers/libplain.so" -x c - <<'C'
int Add(int a, int b) { return a + b; }
C

alive 60 "$peers/host" "$peers/libplain.so"
ok $? "without Go the host is alive"

hung 3 "$peers/host" "$peers/libpeer.so"
ok $? "bare: hangs"

all 20 alive 60 "$sigpact" run -- "$peers/host" "$peers/libpeer.so"
ok $? "under sigpact run: alive 20 of 20"

alive 60 "$sigpact" run --log -- "$peers/host" "$peers/libpeer.so" &&
	grep -q '^sigpact\[[0-9]*\]: SIGPWR: .*(owner)$' "$out/stderr"
ok $? "the log names the owner rule"
finish
