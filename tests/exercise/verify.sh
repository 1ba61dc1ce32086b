#!/usr/bin/env bash
# sigpact exercise --verify: both tracers see each call begin and end, and strace
# does on the same run; a call too many is told; what it refuses.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 11
exercise=("$sigpact" exercise)

# can SOURCE: sets $why when it cannot be had here.
can() {
	run 60 "${exercise[@]}" "--verify=$1" alarm
	local status=$?
	why=$(head -n 1 "$out/stderr")
	[ $status -ne 2 ]
}

# sum ARGUMENT...: how many calls are to be made.
sum() {
	"${exercise[@]}" --expect "$@" | grep -oE '"calls":.*' |
		grep -oE ':[0-9]+' | awk -F : '{ n += $2 } END { print n }'
}

# exact SOURCE ARGUMENT...
exact() {
	local source=$1
	shift
	run 600 "${exercise[@]}" "--verify=$source" "$@" &&
		grep -q "^$source saw $(sum "$@") calls, each begin and end as \
expected; no event lost$" "$out/stdout" && [ ! -s "$out/stderr" ]
}

for source in bpf ptrace; do
	if ! can $source; then
		for i in 1 2 3 4; do
			ok 0 "by $source # SKIP ${why#sigpact exercise: }"
		done
		continue
	fi
	exact $source
	ok $? "$source: each family"
	exact $source --repeat 1000 --threads 8
	ok $? "$source: 8 threads, 1,000 rounds"
	LD_PRELOAD=$BUILD/tests/libextra.so run 60 \
		"${exercise[@]}" --verify=$source alarm process
	[ $? -eq 1 ] && [ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -q "$source saw kill begin 4 times and end 4 times, \
instead of 3 and 3\$" "$out/stderr"
	ok $? "$source: a call too many is told: status 1"
	run 60 bash -c 'ulimit -i 0 && exec "$@"' bash "${exercise[@]}" \
		--verify=$source
	[ $? -eq 1 ] && grep -q 'tgkill: Resource temporarily unavailable' \
		"$out/stderr"
	ok $? "$source: a workload that fails is not verified: status 1"
done

names=$("${exercise[@]}" --expect | grep -oE '"calls":.*' |
	grep -oE '[a-z_0-9]+":[0-9]' | sed 's/".*//' | paste -sd ,)
if can bpf && [ -x "$(command -v strace)" ] &&
	strace -f -qq -o "$out/probe" true 2>"$out/stderr"; then
	# the tracer itself makes no such calls
	run 300 strace -f --seccomp-bpf -qq -e signal=none -e trace="$names" \
		-o "$out/trace" "${exercise[@]}" --verify=bpf --threads 4 \
		--repeat 20 &&
		[ "$(grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$out/trace")" -eq \
			"$(sum --threads 4 --repeat 20)" ]
	ok $? "strace, on the same run, sees as many"
else
	ok 0 "strace on the same run # SKIP ${why:-no strace}"
fi

run 60 "${exercise[@]}" --verify=perf
[ $? -eq 2 ] && grep -q -- '--verify: expected bpf or ptrace$' "$out/stderr"
ok $? "refused: another tracer"
run 60 "${exercise[@]}" --verify --wait 5
[ $? -eq 2 ] && grep -q -- 'expected without --wait$' "$out/stderr"
ok $? "refused: --verify with --wait"
finish
