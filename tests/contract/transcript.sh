#!/usr/bin/env bash
# A program that uses no rule cannot tell libsigpact from libc: its transcript
# is the same bare, under each way in, and with the entry routine before every
# handler, but for the stack that a handler runs on.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 16
program=$BUILD/tests/transcript
linked=$BUILD/tests/transcript-linked
library=$BUILD/libsigpact.so.0
parts=()
if grep -q __asan_init "$library"; then
	# Its interceptors read what the kernel should refuse: not in `calls`.
	parts=(-q actions kin delivery stacks threads processes)
fi

# transcript FILE COMMAND...: complete, or it does not count.
transcript() {
	local file=$1
	shift
	run 120 "$@" "${parts[@]}"
	local status=$?
	mv "$out/stdout" "$file"
	if [ "$status" -ne 0 ] || [ "$(tail -n 1 "$file")" != "== end" ]; then
		echo "# status $status, last line: $(tail -n 1 "$file")"
		comment <"$out/stderr"
		return 1
	fi
}

# bare NAME OPTION...: what the others are compared with.
bare() {
	local name=$1
	shift
	transcript "$out/bare-$name" "$program" "$@" &&
		[ "$(wc -l <"$out/bare-$name")" -gt 5000 ]
	ok $? "bare $*"
}

# same NAME WHAT COMMAND...
same() {
	local name=$1 what=$2
	shift 2
	transcript "$out/with" "$@" &&
		diff -U 4 "$out/bare-$name" "$out/with" >"$out/diff"
	local status=$?
	[ "$status" -eq 0 ] || head -n 60 "$out/diff" | comment
	ok "$status" "the same $what"
}

# Without libsigpact it passes where the kernel excludes by itself: then there
# is nothing to relocate.
excluded=4
! "$BUILD/tests/exclude-prctl-bare" >/dev/null 2>&1 || excluded=3

# delivered COLUMN: what --stats said of SIGUSR1 is not 0.
delivered() {
	awk -v column="$1" '/ SIGUSR1 / { n = $column } END { exit !(n > 0) }' \
		"$out/stderr"
}

bare all
bare again
diff -U 4 "$out/bare-all" "$out/bare-again" >"$out/diff"
status=$?
[ "$status" -eq 0 ] || head -n 60 "$out/diff" | comment
ok "$status" "bare twice: the same"
bare anywhere -w

same all "under sigpact run" "$sigpact" run -- "$program"
same all "under --stats, every handler behind the entry routine" \
	"$sigpact" run --stats -- "$program"
delivered 3
ok $? "deliveries went through it"
same anywhere "under exclude=USR1" \
	"$sigpact" run --rule exclude=USR1 -- "$program" -w
same anywhere "with all signals excluded by prctl" \
	"$sigpact" run --stats -- "$program" -w -x
delivered "$excluded"
ok $? "deliveries were relocated, or excluded by the kernel"
same all "preloaded, SIGPACT not set" env LD_PRELOAD="$library" "$program"
same all "linked, SIGPACT not set" "$linked"
same anywhere "linked, all signals excluded" "$linked" -w -x
# Where a crash would be reported from inside, default actions and alternate stacks
# are the program's all the same.  One part at a time: each action of those many
# has a slot.  What a frame says of the alternate stack is the kernel's.
parts_as_bare() {
	local part
	for part in actions calls kin delivery stacks threads processes; do
		# shellcheck disable=SC2015 # whatever fails is shown
		run 120 "$program" "$part" &&
			grep -v '^ *context [a-zA-Z]* size' "$out/stdout" \
				>"$out/bare-part" &&
			run 120 "$sigpact" run --report="$out" -- "$program" \
				"$part" &&
			grep -v '^ *context [a-zA-Z]* size' "$out/stdout" \
				>"$out/with" &&
			diff -U 4 "$out/bare-part" "$out/with" >"$out/diff" &&
			[ "$(tail -n 1 "$out/with")" = "== end" ] || {
			head -n 60 "$out/diff" | comment
			return 1
		}
	done
}
if [ ${#parts[@]} -gt 0 ] || ! reports; then
	for ((i = 0; i < 2; i++)); do
		case_number=$((case_number + 1))
		echo "ok $case_number - under --report # SKIP a sanitizer, or no sigpact for glibc"
	done
else
	parts_as_bare
	ok $? "the same under --report, part by part"
	grep -q '^sigpact report:' "$out"/transcript.*.txt
	ok $? "a child's crash was reported meanwhile"
fi

same all "linked, under sigpact run" "$sigpact" run -- "$linked"
finish
