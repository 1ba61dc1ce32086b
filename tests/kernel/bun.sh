#!/usr/bin/env bash
# Bun, a Go library and WebAssembly in a guest (kernel/vm/run): where the kernel
# excludes SIGPWR no frame is relocated, and it needs no libsigpact at all.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 9
bun=$peers/bun
js=$top/examples/bun
go=$peers/libpeer.so
# Natively 80 ms; TCG takes seconds.
long=120
kernel=0
"$BUILD/tests/exclude-prctl-bare" >/dev/null 2>&1 && kernel=1
echo "# the kernel excludes: $kernel"

hung 20 "$bun" "$js/main.js" "$go"
ok $? "bare: hangs"

all 3 alive "$long" "$sigpact" run -- "$bun" "$js/main.js" "$go"
ok $? "under sigpact run: alive 3 of 3"

# relocated: what --stats said of SIGPWR; delivered at all, or it proves nothing.
relocated() {
	awk '/^sigpact: SIGPWR / { print $4; found = $3 > 0 }
		END { exit !found }' "$out/stderr"
}

for order in after before; do
	all 3 alive "$long" "$sigpact" run --rule owner=off --stats -- "$bun" \
		"$js/load.js" "$go" "$BUILD/libsigpact.so.0" "$order"
	ok $? "excluded by the program $order Go is loaded: alive 3 of 3"
	frames=$(relocated)
	ok $? "SIGPWR went through the entry routine"
	[ $((frames > 0)) -eq $((1 - kernel)) ]
	ok $? "of its frames, $frames were relocated"
done

if [ "$kernel" -eq 1 ]; then
	all 3 alive "$long" "$bun" "$here/../kernel/prctl.js" "$go"
	ok $? "excluded by prctl, without libsigpact: alive 3 of 3"
else
	! run "$long" "$bun" "$here/../kernel/prctl.js" "$go" &&
		grep -q 'no such call' "$out/stderr"
	ok $? "prctl: no such call"
fi
finish
