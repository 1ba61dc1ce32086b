#!/usr/bin/env bash
# Programs under AddressSanitizer: they start under sigpact run, and the
# sanitizer notices what it notices bare, with a Go library in the process too.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

unset ASAN_OPTIONS # what other tests need
compilers="gcc clang"
plan 14
peer go

# builds CC: $peers/asan-CC, or the reason why it cannot be had.
builds() {
	command -v "$1" >/dev/null &&
		"$1" -g -O1 -fsanitize=address -o "$peers/asan-$1" \
			"$here/asan.c" -ldl >"$out/stdout" 2>"$out/stderr"
}

# notices WORD COMMAND...: the sanitizer's report, and its status.
notices() {
	local word=$1
	shift
	run 60 "$@"
	[ $? -eq 1 ] && grep -q "AddressSanitizer: $word" "$out/stderr"
}

for cc in $compilers; do
	program=$peers/asan-$cc
	if ! builds "$cc"; then
		for ((i = 0; i < 7; i++)); do
			case_number=$((case_number + 1))
			echo "ok $case_number - $cc # SKIP no $cc with ASan"
		done
		continue
	fi
	run 60 "$program" fine && run 60 "$sigpact" run -- "$program" fine
	ok $? "$cc: a sound program starts"
	notices heap-use-after-free "$program" freed &&
		notices heap-use-after-free "$sigpact" run -- "$program" freed
	ok $? "$cc: use after free, bare and under run"
	notices stack-overflow "$program" overflow &&
		notices stack-overflow "$sigpact" run -- "$program" overflow
	ok $? "$cc: stack overflow"
	notices SEGV "$program" null &&
		notices SEGV "$sigpact" run -- "$program" null
	ok $? "$cc: null page"
	run 60 "$sigpact" run -- "$program" fine "$peers/libpeer.so"
	ok $? "$cc: a sound program loads a Go library"
	notices heap-use-after-free "$sigpact" run -- \
		"$program" freed "$peers/libpeer.so"
	ok $? "$cc: use after free behind a Go library"
	run 60 env ASAN_OPTIONS=exitcode=7 "$sigpact" run -- "$program" freed
	[ $? -eq 7 ] && grep -q heap-use-after-free "$out/stderr"
	ok $? "$cc: ASAN_OPTIONS that were set are kept"
done
finish
