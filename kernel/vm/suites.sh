# shellcheck shell=bash
# What a boot runs: each suite packs its programs and lists its tests.  Sourced
# after pack.sh.

# The kernel's own tests.
suite_selftests() {
	local programs program
	programs=$(selftests "$source" "$arch")
	for program in "$programs"/*_[63][42]; do
		install -D "$program" "$root/selftests/$(basename "$program")"
		pack_test "$(basename "$program")" 120 \
			"/selftests/$(basename "$program")"
	done
}
