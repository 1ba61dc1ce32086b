#!/usr/bin/env bash
# Bun, a Go library and WebAssembly in a guest (kernel/vm/run).
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 3
bun=$peers/bun
js=$top/examples/bun
go=$peers/libpeer.so
# TCG takes seconds for what takes 80 ms natively.
long=${LONG:-240}

alive "$long" "$sigpact" run -- "$bun" "$js/main.js" "$go"
ok $? "under sigpact run: alive"

for order in after before; do
	alive "$long" "$sigpact" run --rule owner=off --stats -- "$bun" \
		"$js/load.js" "$go" "$BUILD/libsigpact.so.0" "$order"
	ok $? "libsigpact loaded by the program $order Go: alive"
	comment <"$out/stderr"
done
finish
