#!/usr/bin/env bash
# What preemption does to a process with Go when it is careless (careless.c).
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

planned=1
peer go
rm -rf "$out"
exec "$BUILD/tests/serve-careless" "$peers/libpeer.so"
