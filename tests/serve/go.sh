#!/usr/bin/env bash
# Sandboxes and ticks while a Go library is loaded (ticks.c).
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"
# shellcheck source=tests/serve/modules.sh
. "$(dirname "$0")/modules.sh"

planned=1
peer go
modules_build
exec "$BUILD/tests/serve-ticks" "$modules" "$peers/libpeer.so"
