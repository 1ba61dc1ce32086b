#!/usr/bin/env bash
# An alternate stack that is too small for this CPU's frames: what it does bare,
# and that the altstack rule cures it unnoticed.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 16
small=$BUILD/tests/smallstack

# overflows COMMAND...: writes below its stack, or dies trying.
overflows() {
	run 60 "$@"
	local status=$?
	[ "$status" -eq 1 ] || [ "$status" -eq 139 ]
}

sound() {
	run 60 "$@"
}

# Both of handlers that use WORK bytes on a stack of SIZE.
size() {
	local size=$1 work=$2 bytes="$1 bytes, handlers that use $2"
	if ! overflows "$small" "$size" "$work"; then
		for what in bare rule thread off log; do
			ok 0 "$bytes: $what # SKIP they fit on this CPU"
		done
		return
	fi
	ok 0 "bare: $bytes: overflow"
	sound "$sigpact" run -- "$small" "$size" "$work"
	ok $? "default rule: sound, and the caller sees its own values"
	sound "$sigpact" run -- "$small" "$size" "$work" thread
	ok $? "in eight threads"
	overflows "$sigpact" run --rule altstack=off -- "$small" "$size" "$work"
	ok $? "altstack=off: overflow again"
	sound "$sigpact" run --log -- "$small" "$size" "$work" && grep -qE \
		"^sigpact.*: alternate stack of $size bytes .* \(altstack\)$" \
		"$out/stderr"
	ok $? "the log says so"
}

size 2048 16
size 8192 1500

# More than the default stack holds: no more than its guard is touched.
run 60 "$sigpact" run -- "$small" 8192 60000
[ $? -eq 139 ]
ok $? "60,000 bytes under the default rule: SIGSEGV at the guard"
sound "$sigpact" run --rule altstack=256K -- "$small" 8192 60000
ok $? "under altstack=256K: sound"

sound "$small" 8192 500 two
ok $? "bare: a handler that arms a second stack"
sound "$sigpact" run -- "$small" 8192 500 two
ok $? "default rule: each has one of its own"

sound "$small" 20000 500 exit
ok $? "bare: a thread that ends in a handler"
sound "$sigpact" run -- "$small" 20000 500 exit
ok $? "default rule: it does not lose the stack it runs on"
finish
