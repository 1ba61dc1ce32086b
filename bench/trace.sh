#!/bin/sh
# Prints what tracing costs on this machine: ratios of interleaved runs of
# bench/load, bare and traced, the median of ROUNDS and the interval it lies in;
# and what is lost at full speed.  They gate nothing.
#
#	bench/trace.sh [BUILD [ROUNDS [READS]]]
#
# READS are between the signal calls: with 16 of them, `strace --seccomp-bpf`
# slowed the load down by the 11.6 that other tracers were measured beside.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-9}
reads=${3:-16}

[ "$rounds" -ge 1 ]
# shellcheck source=bench/build.sh
. "$here/build.sh"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
load=$build/bench/load
trace=$build/bench/trace

# timed THREADS ROUNDS READS signals|none WRAPPER...: the nanoseconds of a round,
# and those of CPU time in it, which others on the machine hardly change.
timed() {
	threads=$1 count=$2 between=$3 what=$4
	shift 4
	"$@" "$load" "$threads" "$count" "$between" "$what" "$out/ns" \
		>"$out/said" 2>&1 || {
		cat "$out/said" >&2
		return 1
	}
	cat "$out/ns"
}

# told THREADS ROUNDS READS: the same by the whole command.
told() {
	timed "$1" "$2" "$3" signals "$trace" none - "$build/sigpact" trace \
		--source=bpf -o "$out/told" --
}

# figure NAME AIM A B: a line for table.awk, B over A, of the time that passed.
figure() {
	ratio "$1" "$2" "${3% *}" "${4% *}"
}

# cpu NAME AIM A B: of CPU time.
cpu() {
	ratio "$1" "$2" "${3#* }" "${4#* }"
}

ratio() {
	awk -v name="$1" -v aim="$2" -v a="$3" -v b="$4" 'BEGIN {
		printf "figure\t%s\t%s\t%s\t%.5f\t%.1f\t%.1f\t%.5f\n", name,
			aim == "" ? "" : "<=", aim, b / a, a, b, b / a
	}'
}

# can SOURCE
can() {
	"$trace" "$1" "$out/events" true >"$out/said" 2>&1 && return
	echo "$1: skipped: $(cat "$out/said")" >&2
	return 1
}

# Signals among reads, by each tracer.
mixed() {
	threads=$1
	bare=$(timed "$threads" 100000 "$reads" signals env)
	if [ "$bpf" ]; then
		by_bpf=$(timed "$threads" 100000 "$reads" signals \
			"$trace" bpf "$out/events")
		figure "$threads thr: signals among reads, BPF / bare" 1.5 \
			"$bare" "$by_bpf"
		cpu "$threads thr: the same, CPU time" 1.5 "$bare" "$by_bpf"
		by_command=$(told "$threads" 100000 "$reads")
		figure "$threads thr: the same, sigpact trace / bare" 1.5 \
			"$bare" "$by_command"
		cpu "$threads thr: the same, CPU time, sigpact trace" 1.5 \
			"$bare" "$by_command"
	fi
	[ "$strace" ] || [ "$ptrace" ] || return 0
	few=$((10000 / threads))
	if [ "$strace" ]; then
		by_strace=$(timed "$threads" $few "$reads" signals \
			strace -f --seccomp-bpf -qq -o /dev/null \
			-e trace=signal,setitimer,alarm,prctl)
		figure "$threads thr: the same, strace --seccomp-bpf / bare" "" \
			"$bare" "$by_strace"
	fi
	if [ "$ptrace" ]; then
		by_ptrace=$(timed "$threads" $few "$reads" signals \
			"$trace" ptrace "$out/events")
		figure "$threads thr: the same, ptrace / bare" "" "$bare" \
			"$by_ptrace"
	fi
	if [ "$strace" ] && [ "$ptrace" ]; then
		figure "$threads thr: ptrace / strace --seccomp-bpf" 0.7 \
			"$by_strace" "$by_ptrace"
	fi
}

# Reads alone, while another process is traced.
unrelated() {
	a=$(timed "$1" 30000 16 none env)
	mkfifo "$out/until"
	"$trace" bpf "$out/events" cat "$out/until" >"$out/other" 2>&1 &
	exec 3>"$out/until" # it is open when cat runs, all is attached
	b=$(timed "$1" 30000 16 none env)
	exec 3>&-
	wait $!
	rm "$out/until"
	figure "$1 thr: unrelated reads while BPF traces / bare" 1.2 "$a" "$b"
	cpu "$1 thr: the same by CPU time" 1.2 "$a" "$b"
}

# As fast as two threads can: events, of them lost, and nanoseconds.
full_speed() {
	timed 2 300000 0 signals "$trace" bpf "$out/events" >"$out/round"
	echo "speed-source $(cat "$out/events" "$out/round" | tr '\n' ' ')"
	told 2 300000 0 >"$out/round"
	lost=$(sed -nE 's/.* ([0-9]+) events lost$/\1/p' "$out/told")
	# the same events, of which the command says no number
	echo "speed-command $(cut -d ' ' -f 1 "$out/events") ${lost:-?}" \
		"$(cat "$out/round")"
}

bpf='' ptrace='' strace=''
if can bpf; then bpf=1; fi
if can ptrace; then ptrace=1; fi
if strace -f -qq -o /dev/null true 2>"$out/said"; then strace=1; fi

"$build/bench/facts"
round=0
while [ "$round" -lt "$rounds" ]; do
	mixed 1
	mixed 2
	if [ "$bpf" ]; then
		unrelated 1
		unrelated 2
		full_speed
	fi
	round=$((round + 1))
done >"$build/trace.out"
printf '%-10s %s\n%-10s %s\n\n' after "$(cat /proc/loadavg)" rounds "$round"
grep -v ^speed "$build/trace.out" | awk -f "$here/table.awk"
awk '/^speed/ {
	n[$1] += $2
	lost[$1] += $3
	ns[$1] += $4 * 300000
}
END {
	for (what in n)
		printf "full speed, 2 threads, %s: %.2f M events/s, %d of %d lost\n",
			substr(what, 7), n[what] * 1000 / ns[what], lost[what],
			n[what]
}' "$build/trace.out"
