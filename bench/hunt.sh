#!/usr/bin/env bash
# Prints how many runs of `true` a second `sigpact hunt` makes on this machine,
# and a shell's loop beside it: medians of ROUNDS interleaved rounds of 2,000
# runs, one at a time but for the last line.  They gate nothing.
#
#	bench/hunt.sh [BUILD [ROUNDS]]
#
# The shell runs the program, not what is built in; it neither traces it nor
# keeps what it writes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-9}
runs=2000

[ "$rounds" -ge 1 ]
build=$(cd "$build" && pwd)
[ -x "$build/sigpact" ]
true=$(type -P true)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# rate COMMAND...: runs a second
rate() {
	local from to
	from=$(date +%s%N)
	"$@" >/dev/null
	to=$(date +%s%N)
	echo "$runs $from $to" | awk '{ printf "%.1f\n", $1 / ($3 - $2) * 1e9 }'
}

# shellcheck disable=SC2016 # the inner shell's
loop='i=0; while [ $i -lt "$1" ]; do "$2"; i=$((i + 1)); done'
round=0
while [ "$round" -lt "$rounds" ]; do
	rate "$build/sigpact" hunt -n "$runs" -j 1 -- "$true" >>"$out/hunt"
	for shell in dash bash; do
		rate "$shell" -c "$loop" "$shell" "$runs" "$true" >>"$out/$shell"
	done
	rate "$build/sigpact" hunt -n "$runs" -- "$true" >>"$out/all"
	round=$((round + 1))
done

median() {
	sort -n "$out/$1" | awk '{ v[NR] = $1 } END {
		printf "%.0f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
# Of each round, so that what else runs is in both.
over() {
	paste "$out/$1" "$out/$2" | awk '{ print $1 / $2 }' | sort -n |
		awk '{ v[NR] = $1 } END { printf "%.2f",
			(v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
echo "runs of true a second, one job            $(median hunt)"
echo "a loop of dash, of bash                   $(median dash) $(median bash)"
echo "hunt / dash                               $(over hunt dash)   (>= 1)"
echo "hunt / bash                               $(over hunt bash)   (>= 1)"
echo "as many jobs as CPUs, runs a second       $(median all)"
