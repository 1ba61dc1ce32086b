#!/usr/bin/env bash
# Prints how long `sigpact report` takes on this machine, from the crash to the
# finished report of 53 frames with functions and lines, and gdb on the core of
# the same crash beside it: medians of ROUNDS interleaved runs.  They gate
# nothing.  Then the same crash under `sigpact run --report`: the whole of it, its
# helper started, attached and done, with the program's own start and end, which
# take as long bare, taken off.
#
#	bench/report.sh [BUILD [ROUNDS]]
#
# gdb is started for each core, as a person would; what sigpact has to start for
# anyway, to run the program, is counted in the second figure and not in the
# first.  gdb reads libc's debug information where that is installed; sigpact
# leaves it alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-9}

[ "$rounds" -ge 1 ]
build=$(cd "$build" && pwd)
[ -x "$build/sigpact" ]
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cd "$out"
cc -g -O1 -pthread -fno-stack-protector -o victim \
	"$here/../tests/report/victim.c"

# now: milliseconds
now() {
	date +%s%N | awk '{ printf "%.3f", $1 / 1e6 }'
}

# took COMMAND...: its milliseconds
took() {
	local from
	from=$(now)
	{ "$@" >"$out/said" 2>&1 || true; } 2>/dev/null
	echo "$from $(now)" | awk '{ printf "%.3f", $2 - $1 }'
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END {
		printf "%.2f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

core=''
{ (ulimit -c unlimited && ./victim deep) || true; } >/dev/null 2>&1
for file in core core.*; do
	[ ! -f "$file" ] || ! command -v gdb >/dev/null || core=$file
done
[ "$core" ] || echo "gdb: skipped: no gdb, or no core file here" >&2

round=0
while [ "$round" -lt "$rounds" ]; do
	"$build/sigpact" report --json -o json -- ./victim deep || true
	sed 's/.*"took_us":\([0-9]*\).*/\1/' json |
		awk '{ printf "%.3f\n", $1 / 1000 }' >>report
	took "$build/sigpact" report -o text -- ./victim deep >>whole
	echo >>whole
	took "$build/sigpact" run --report=. -- ./victim deep >>inside
	echo >>inside
	took ./victim deep >>bare
	echo >>bare
	if [ "$core" ]; then
		took gdb -batch -nx -ex bt ./victim "$core" >>by-gdb
		echo >>by-gdb
	fi
	round=$((round + 1))
done

ours=$(median report)
echo "crash to finished report, 53 frames           $ours ms   (<= 15)"
echo "the same, the whole command                   $(median whole) ms"
echo "$(median inside) $(median bare)" | awk '{
	printf "crash to end under run --report, less a bare crash %.2f ms\n",
		$1 - $2 }'
if [ "$core" ]; then
	theirs=$(median by-gdb)
	echo "gdb on the core, the same back trace          $theirs ms"
	echo "$theirs $ours $(median whole)" | awk '{
		printf "gdb on the core / ours                        %.1f      (>= 15)\n",
			$1 / $2
		printf "gdb on the core / the whole command           %.1f\n",
			$1 / $3 }'
fi
