#!/usr/bin/env bash
# Runs a test of sigpact-serve with the modules that it needs.
#
#	tests/serve/run.sh NAME [go]	tests/serve/NAME.py, or tests/serve-NAME of
#					the build; go: with the Go library
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"
# shellcheck source=tests/serve/modules.sh
. "$(dirname "$0")/modules.sh"

planned=1
modules_build
[ $# -lt 2 ] || peer "$2"
set -- "$1" "$modules" ${2:+"$peers/libpeer.so"}
# A process that is confined cannot look for leaks.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
script=$top/tests/serve/$1.py
if [ -e "$script" ]; then
	# Debian's python, which has Debian's modules
	/usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' ||
		skip_rest "no prometheus_client"
	rm -rf "$out"
	exec /usr/bin/python3 -B "$script" "${@:2}"
fi
rm -rf "$out"
exec "$BUILD/tests/serve-$1" "${@:2}"
