#!/usr/bin/env bash
# Runs a test of sandboxes with the modules that it needs.
#
#	tests/serve/run.sh NAME	tests/serve-NAME of the build
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"
# shellcheck source=tests/serve/modules.sh
. "$(dirname "$0")/modules.sh"

planned=1
modules_build
exec "$BUILD/tests/serve-$1" "$modules"
