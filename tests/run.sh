#!/bin/sh
# Runs the TAP programs and counts their cases.
passed=0 failed=0 skipped=0
out=$(build/tests/relocate; echo "status $?")
echo "$out"
passed=$(echo "$out" | grep -c '^ok ')
failed=$(echo "$out" | grep -c '^not ok ')
case $out in *'status 0') ;; *) failed=$((failed + 1)) ;; esac
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
