#!/bin/sh
# Runs the tests of each build directory, and counts their cases over all.
#
#	tests/run.sh [BUILD...]
set -u
[ $# -gt 0 ] || set -- build
bad=0
for build; do
	echo "# $build"
	rm -f "$build/meson-logs/testlog.junit.xml"
	meson test -C "$build" --no-rebuild --print-errorlogs || bad=1
done

# A test's cases are its suite; a bail-out is an error.
for build; do
	cat "$build/meson-logs/testlog.junit.xml"
done | tr '<' '\n' | awk -v bad="$bad" '
	/^testcase / { cases++ }
	/^(failure|error)[ \/>]/ { failed++ }
	/^skipped[ \/>]/ { skipped++ }
	END {
		if (bad && !failed)
			failed = 1
		printf "%d passed, %d failed, %d skipped\n",
			cases - failed - skipped, failed, skipped
		exit failed > 0 || cases <= failed + skipped
	}'
