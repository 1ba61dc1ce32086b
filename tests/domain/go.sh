#!/usr/bin/env bash
# Domains while a Go library is loaded (go.c).
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 1
peer go
all 10 "$BUILD/tests/domain-go" "$peers/libpeer.so" \
	>"$out/stdout" 2>"$out/stderr"
ok $? "Go in the middle, 10 of 10 runs"
finish
