#!/usr/bin/env bash
# An architecture without an entry routine: the preload layer changes nothing,
# whatever the rules say.
#
#	BUILD	the meson build directory
#	RUN	how to run its programs: an emulator, and -E to set what they see
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

read -ra emulator <<<"$RUN"
plan 6

# says FILE [VARIABLE=VALUE]...
says() {
	local file=$1 set=() one
	shift
	for one; do
		set+=(-E "$one")
	done
	run 60 "${emulator[@]}" "${set[@]}" "$BUILD/tests/passthrough" &&
		mv "$out/stdout" "$file"
}

says "$out/bare" && grep -q 'on the alternate stack' "$out/bare"
ok $? "the program runs bare"
for rules in '' log exclude=USR2:exclude=PWR:log owner:altstack=off:log; do
	says "$out/with" "LD_PRELOAD=$BUILD/libsigpact.so.0" \
		${rules:+"SIGPACT=$rules"} &&
		diff "$out/bare" "$out/with" >"$out/stdout"
	ok $? "preloaded, ${rules:-no rules}: not a word differs"
done
grep -q '^sigpact\[[0-9]*\]: owner and exclude are off' "$out/stderr"
ok $? "the log says that owner and exclude are off"
finish
