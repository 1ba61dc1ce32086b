#!/usr/bin/env bash
# Deliveries of excluded signals, counted where every handler is behind the
# entry routine: none is relocated where the kernel excludes by itself, and
# each elsewhere.  Run by kernel/vm/run in a guest of either kind.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 8
# Without libsigpact it passes where the kernel has the calls.
kernel=0
"$BUILD/tests/exclude-prctl-bare" >/dev/null 2>&1 && kernel=1
echo "# the kernel excludes: $kernel"

# sum COLUMN: of what --stats said.
sum() {
	awk -v column="$1" '/^sigpact: (SIG|[0-9])/ {
			n += $(column + ($3 ~ /^\(/))
		} END { print n + 0 }' "$out/stderr"
}

# counted NAME COMMAND...: it passes, and its deliveries went so.
counted() {
	local name=$1 delivered relocated
	shift
	run 120 "$sigpact" run --stats -- "$@"
	ok $? "$name passes"
	delivered=$(sum 3) relocated=$(sum 4)
	if [ "$kernel" -eq 1 ]; then
		[ "$delivered" -gt 0 ] && [ "$relocated" -eq 0 ]
	else
		[ "$relocated" -gt 0 ]
	fi
	ok $? "$name: $delivered delivered, $relocated relocated"
}

counted relocate "$BUILD/tests/relocate"
counted delivery "$BUILD/tests/delivery"
counted exclude-prctl "$BUILD/tests/exclude-prctl-bare"
counted transcript "$BUILD/tests/transcript" -w -x
finish
