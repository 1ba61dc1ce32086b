#!/usr/bin/env bash
# Bun and a Go library: one call of WebAssembly stops the event loop
# (oven-sh/bun#31158), and SIGPIPE is no longer ignored (oven-sh/bun#29843).
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 6
peer go bun
bun=$peers/bun
js=$top/examples/bun
go=$peers/libpeer.so

hung 5 "$bun" "$js/main.js" "$go"
ok $? "bare: hangs"

all 20 alive 60 "$sigpact" run -- "$bun" "$js/main.js" "$go"
ok $? "under sigpact run: alive 20 of 20"

for order in after before; do
	all 5 alive 60 "$bun" "$js/load.js" "$go" "$BUILD/libsigpact.so.0" \
		$order
	ok $? "libsigpact loaded by the program $order Go: alive 5 of 5"
done

# SIGPIPE's state, from the last word of each line.
pipe_state() {
	run 60 "$@" "$bun" "$js/disposition.js" "$go" &&
		sed 's/.*SIGPIPE //' "$out/stdout" | tr '\n' ' '
}

[ "$(pipe_state)" = "ignored caught " ]
ok $? "bare: loading Go changes SIGPIPE from ignored to caught"

[ "$(pipe_state "$sigpact" run --)" = "ignored ignored " ]
ok $? "under sigpact run: SIGPIPE stays ignored"
finish
