#!/bin/sh
# Prints what sigpact costs on this machine: ratios of interleaved runs, and the
# facts they depend on.  They gate nothing.  A process's ratio is the median of
# its pairs, the table's that of its processes: one in each of ROUNDS rounds, or
# of those that began within the first two minutes.
#
#	bench/run.sh [BUILD [ROUNDS]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-15}

[ "$rounds" -ge 1 ]
# shellcheck source=bench/build.sh
. "$here/build.sh"
"$build/bench/facts"
end=$(($(date +%s) + 120))
round=0
while [ "$round" -lt "$rounds" ] && [ "$(date +%s)" -lt "$end" ]; do
	for program in deliver storm start phases look hold domain switch; do
		"$build/bench/$program" "$build"
	done
	round=$((round + 1))
done >"$build/bench.out"
printf '%-10s %s\n%-10s %s\n\n' after "$(cat /proc/loadavg)" rounds "$round"
awk -f "$here/table.awk" "$build/bench.out"
