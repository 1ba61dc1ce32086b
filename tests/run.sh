#!/bin/sh
# Runs the TAP programs and counts their cases.
passed=0 failed=0 skipped=0
for t in build/tests/relocate tests/go-host.sh; do
	if out=$($t); then :; else failed=$((failed + 1)); fi
	echo "$out"
	passed=$((passed + $(echo "$out" | grep '^ok ' | grep -vc '# SKIP')))
	skipped=$((skipped + $(echo "$out" | grep -c '^ok .*# SKIP')))
	failed=$((failed + $(echo "$out" | grep -c '^not ok ')))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
