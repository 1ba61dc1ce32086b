#!/bin/sh
# Prints what a sandbox of sigpact-serve costs on this machine: its whole life, the
# memory that it waits in, how many there can be.  They gate nothing.
#
#	bench/life.sh [BUILD]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}

# shellcheck source=bench/build.sh
. "$here/build.sh"
"$here/../examples/build.sh" "$build/peers" functions
export XDG_CACHE_HOME="$build/serve-cache"
exec "$build/bench/life" "$build/peers/functions"
