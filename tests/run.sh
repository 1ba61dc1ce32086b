#!/bin/sh
# Runs the TAP programs and counts their cases.  A program that ends badly
# without a failed case of its own counts as one.
passed=0 failed=0 skipped=0
for t in build/tests/relocate tests/peers/go-host.sh tests/peers/bun.sh \
	tests/peers/gomain.sh tests/peers/goroutine.sh tests/peers/libgc.sh; do
	echo "# $t"
	status=0
	out=$($t) || status=$?
	echo "$out"
	bad=$(echo "$out" | grep -c '^not ok ')
	[ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
	failed=$((failed + bad))
	passed=$((passed + $(echo "$out" | grep '^ok ' | grep -vc '# SKIP')))
	skipped=$((skipped + $(echo "$out" | grep -c '^ok .*# SKIP')))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
