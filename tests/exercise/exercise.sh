#!/usr/bin/env bash
# sigpact exercise: the calls that it says it will make are those that strace
# sees, one by one; it does not hang; what it refuses and how it says so.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 24
exercise=("$sigpact" exercise)

# expected ARGUMENT...: "call count" of what is not 0.
expected() {
	"${exercise[@]}" --expect "$@" | tr '{},' '\n' |
		sed -nE 's/^"([a-z_0-9]+)":([1-9][0-9]*)$/\1 \2/p' |
		grep -vE '^(repeat|threads) ' | sort
}

# seen FILE: the same of what strace wrote: a call begins, and it ends, which an
# interrupted one does on another line.
seen() {
	awk '
	{ sub(/^[0-9]+ +/, "") }
	/^<\.\.\. / { ends[$2]++; next }
	/^[a-z_0-9]+\(/ {
		name = $0
		sub(/\(.*/, "", name)
		begins[name]++
		if (!/<unfinished \.\.\.>$/)
			ends[name]++
	}
	END {
		for (name in begins)
			print name, begins[name] == ends[name] ? begins[name] \
				: begins[name] " begun, " ends[name] + 0 " ended"
	}' "$1" | sort
}

mapfile -t names < <("${exercise[@]}" --expect | tr '{},' '\n' |
	sed -nE 's/^"([a-z_0-9]+)":[0-9]+$/\1/p' | grep -vE '^(repeat|threads)$')
traced=$(IFS=,; echo "${names[*]}")

# same [ARGUMENT...]: strace counts what was said before.
same() {
	rm -f "$out/trace"
	expected "$@" >"$out/expected"
	run 300 strace "${options[@]}" -f -qq -e signal=none -e trace="$traced" \
		-o "$out/trace" "${exercise[@]}" "$@" || return
	seen "$out/trace" >"$out/seen"
	[ -s "$out/expected" ] && diff "$out/expected" "$out/seen" >"$out/stdout"
}

[ "${#names[@]}" -eq 22 ] && run 60 "${exercise[@]}" --expect &&
	{ ! command -v python3 >"$out/which" ||
		python3 -m json.tool <"$out/stdout" >"$out/json"; }
ok $? "--expect: JSON, of 22 calls"

expected | wc -l >"$out/stdout" && [ "$(cat "$out/stdout")" -eq 22 ]
ok $? "without a family it makes all of them"

if [ -x "$(command -v strace)" ] &&
	strace -f -qq -o "$out/probe" true 2>"$out/stderr"; then
	options=()
	same
	ok $? "strace -f sees what --expect says"
	same --repeat 25 --threads 8
	ok $? "of 8 threads, 25 rounds each"
	options=(--seccomp-bpf)
	same --repeat 200 --threads 2
	ok $? "of 2 threads, 200 rounds each, by --seccomp-bpf"
	options=()
	each() {
		local family
		for family in $("${exercise[@]}" --list | grep -oE '^[a-z]+'); do
			same "$family" || return
		done
	}
	each
	ok $? "of each family alone"
	same alarm action alarm && ! grep -q kill "$out/seen"
	ok $? "of two, one of them named twice"

	# By its own -c too: a tracer that attaches, and one that counts itself.
	run 300 strace -f -c -o "$out/counts" -e trace="$traced" \
		"${exercise[@]}" --repeat 3 &&
		awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { print $NF, $4 }' \
			"$out/counts" | sort >"$out/seen" &&
		expected --repeat 3 | diff - "$out/seen" >"$out/stdout"
	ok $? "strace -c counts the same"

	attached() {
		local pid tracer status
		: >"$out/said"
		"${exercise[@]}" --wait 60 --threads 2 >"$out/said" 2>&1 &
		pid=$!
		until grep -q "^PID $pid waits" "$out/said"; do
			kill -0 $pid || return
			sleep 0.02
		done
		strace -f -qq -p "$pid" -e signal=none -e trace="$traced" \
			-o "$out/trace" 2>"$out/stderr" &
		tracer=$!
		wait $pid
		status=$?
		wait $tracer
		cp "$out/said" "$out/stdout"
		seen "$out/trace" | diff <(expected --threads 2) - \
			>"$out/stderr" && return $status
	}
	attached
	ok $? "--wait: a tracer that attaches sees the same"
else
	for i in 3 4 5 6 7 8 9; do
		ok 0 "counted by strace # SKIP strace cannot trace here"
	done
fi

run 300 "${exercise[@]}" --repeat 1000 --threads 8 &&
	grep -q '^[0-9]* calls, as expected; 19 families, 8 threads, 1000 rounds$' \
		"$out/stdout"
ok $? "8 threads, 1,000 rounds each, end"
run 120 "${exercise[@]}" --threads 24
ok $? "24 threads"
run 60 "$sigpact" run -- "${exercise[@]}" --threads 2
ok $? "under sigpact run"

run 60 bash -c 'ulimit -i 0 && exec "$@"' bash "${exercise[@]}"
[ $? -eq 1 ] && grep -q 'tgkill: Resource temporarily unavailable instead' \
	"$out/stderr"
ok $? "no room in the queue: status 1, and which call"

# shellcheck disable=SC2016 # for the other bash
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>"$out/stderr"; then
	run 60 unshare -m bash -c 'umount -l /proc && exec "$@"' bash \
		"${exercise[@]}" pause
	ok $? "without /proc it still ends a pause"
else
	ok 0 "without /proc # SKIP needs root"
fi

python3 -c '
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {64})
os.kill(os.getpid(), 64)
os.execv(sys.argv[1], sys.argv[1:])' "${exercise[@]}" \
	>"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'signal 64 is pending already' "$out/stderr"
ok $? "a signal that is pending already: status 2"

# The room's own rule: threads without libc call nothing of it.
ld -r --whole-archive "$BUILD/libexercise.a" -o "$out/whole.o" \
	2>"$out/stderr" && nm -u "$out/whole.o" | sed 's/.* //' |
	grep -vxE 'mem(cpy|set|move|cmp)|bcmp|mmap(64)?|munmap|_GLOBAL_OFFSET_TABLE_' \
	>"$out/stdout"
[ -s "$out/whole.o" ] && [ ! -s "$out/stdout" ]
ok $? "it calls libc for memory alone"

# refused TEXT ARGUMENT...: one line, status 2, nothing done.
refused() {
	local text=$1
	shift
	run 60 "${exercise[@]}" "$@"
	[ $? -eq 2 ] && [ ! -s "$out/stdout" ] &&
		[ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -qF -- "sigpact exercise: $text" "$out/stderr"
	ok $? "refused: ${*//$'\n'/?}"
}
refused "'fork' is no family; expected action, mask, " fork
refused "'a?b' is no family" $'a\nb'
refused "--repeat: expected a number from 1 to" --repeat 0
refused "--repeat: expected a number from 1 to" --repeat 99999999999999999999
refused "--threads: expected a number from 1 to 24" --threads=25
refused "--wait: expected a number" --wait -1
refused "--repeat needs a number" --repeat
refused "--frobnicate is no option" --frobnicate
finish
