#!/usr/bin/env bash
# A Go program whose C part installs a handler without SA_ONSTACK.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 3
peer gomain

# dies: Go's fatal error, by its own words.
dies() {
	run 60 "$@"
	[ $? -eq 2 ] && grep -q \
		'non-Go code set up signal handler without SA_ONSTACK flag' \
		"$out/stderr"
}

all 5 dies "$peers/gomain"
ok $? "bare: Go's fatal error 5 of 5"

dies "$sigpact" run -- "$peers/gomain"
ok $? "under the default rules: the same, nothing is added unasked"

all 20 alive 60 "$sigpact" run --rule onstack=auto -- "$peers/gomain"
ok $? "under onstack=auto: alive 20 of 20"
finish
