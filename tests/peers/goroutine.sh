#!/usr/bin/env bash
# SIGPWR hammers all threads under the owner rule while Go preempts its
# goroutines by SIGURG: deliveries on a goroutine's stack must stay on the
# alternate stack, others go to the native one.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 3
peer go
compile hammer -ldl

alive 120 "$peers/hammer" "$peers/libpeer.so" 3
ok $? "bare: alive"

# Both kinds in one run: relocated ones, and kept ones with the reason.
# shellcheck disable=SC2317 # `all` calls it
shows_both() {
	alive 120 "$sigpact" run --stats -- \
		"$peers/hammer" "$peers/libpeer.so" 5 || return
	awk '/ SIGPWR / { relocated = $4; foreign = /not the thread.s own stack: [1-9]/ }
		END { exit !(relocated > 0 && foreign) }' "$out/stderr"
}

all 10 shows_both
ok $? "under sigpact run: alive, relocated and kept 10 of 10"

all 10 alive 120 "$sigpact" run --rule exclude=PWR -- \
	"$peers/hammer" "$peers/libpeer.so" 2
ok $? "under exclude=PWR: alive 10 of 10"
finish
