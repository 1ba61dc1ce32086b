#!/usr/bin/env bash
# An architecture without an entry routine: the preload layer changes nothing,
# whatever the rules say.
#
#	BUILD	the meson build directory
#	RUN	how to run its programs: an emulator, and -E to set what they see
set -u
read -ra run <<<"$RUN"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cases=0
failures=0

ok() {
	cases=$((cases + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $cases - $2"
	else
		failures=$((failures + 1))
		echo "not ok $cases - $2"
	fi
}

# says NAME [VARIABLE=VALUE]...
says() {
	local name=$1 set=()
	shift
	for one; do
		set+=(-E "$one")
	done
	"${run[@]}" "${set[@]}" "$BUILD/tests/passthrough" \
		>"$out/$name" 2>"$out/$name.log"
}

says bare && grep -q 'on the alternate stack' "$out/bare"
ok $? "the program runs bare"
for rules in '' log exclude=USR2:exclude=PWR:log owner:altstack=off:log; do
	preload=LD_PRELOAD=$BUILD/libsigpact.so.0
	says with "$preload" ${rules:+"SIGPACT=$rules"}
	status=$?
	diff "$out/bare" "$out/with" | sed 's/^/# /'
	[ "$status" -eq 0 ] && cmp -s "$out/bare" "$out/with"
	ok $? "preloaded, ${rules:-no rules}: not a word differs"
done
grep -q '^sigpact\[[0-9]*\]: owner and exclude are off' "$out/with.log"
ok $? "the log says that owner and exclude are off"
echo "1..$cases"
exit $((failures > 0))
