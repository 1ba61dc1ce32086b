#!/usr/bin/env bash
# Programs that a Go library stops for ever: in its first twenty lines sigpact
# trace names who added SA_ONSTACK, the delivery on the wrong
# stack, and the storm with both threads.  Under sigpact it tells of none.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 4
peer host go bun
victim=
stop() {
	[ -z "$victim" ] || { kill -KILL "$victim"; wait "$victim"; } 2>/dev/null
	victim=
}
trap 'stop; rm -rf "$out"' EXIT

# named OWNER: in the lines up to that of the storm, which is found when it is a
# tenth of a second old.
# shellcheck disable=SC2317 # `all` calls these
named() {
	local owner=$1 at='\+0x[0-9a-f]+' thread='thread [0-9]+ \(.+\)'
	sed '/ SP013 /q' "$out/trace" | grep '^\[' >"$out/first"
	[ "$(wc -l <"$out/first")" -le 20 ] &&
		grep -qE "action +SIGPWR flags \+SA_ONSTACK, handler unchanged \($owner$at\) by libpeer.so$at" \
			"$out/first" &&
		grep -qE "SP001 wrong-stack-delivery, SIGPWR: handler $owner$at runs on the alternate stack of $thread, for libpeer.so$at added SA_ONSTACK" \
			"$out/first" &&
		grep -qE "SP013 storm, SIGPWR: [0-9]+ deliveries in [0-9]+ ms, from $thread to $thread, never acknowledged" \
			"$out/first" &&
		grep -qE "storm +SIGPWR from $thread: [0-9]+ a second" \
			"$out/trace"
}

# until_storm ARGUMENT...: traces until a second of a storm was told; a machine
# that does other things besides takes its time.
until_storm() {
	rm -f "$out/trace"
	"$sigpact" trace --duration=60 -o "$out/trace" "$@" \
		>"$out/stdout" 2>"$out/stderr" &
	local tracer=$!
	for _ in {1..600}; do
		grep -q '  storm  ' "$out/trace" 2>"$out/none" && break
		kill -0 $tracer 2>"$out/none" || break
		sleep 0.1
	done
	kill -TERM $tracer
	wait $tracer
}

# tells SOURCE OWNER COMMAND...: it hangs, is traced from its start, and killed.
# shellcheck disable=SC2317
tells() {
	local source=$1 owner=$2
	shift 2
	until_storm --source="$source" -- "$@"
	victim=$(sed -nE 's/^\[[^]]*\] ([0-9]+)\/.* SP001 .*/\1/p' "$out/trace" |
		head -n 1)
	[ -z "$victim" ] || kill -KILL "$victim"
	victim=
	cp "$out/trace" "$out/stdout"
	named "$owner"
}

for source in bpf ptrace; do
	if ! run 20 "$sigpact" trace --source=$source -- true; then
		case_number=$((case_number + 1))
		echo "ok $case_number - Bun, by $source # SKIP not to be had"
		continue
	fi
	all 5 tells $source bun "$peers/bun" "$top/examples/bun/main.js" \
		"$peers/libpeer.so"
	ok $? "Bun, which hangs in WebAssembly: module, stack and storm; $source"
done

run 60 "$sigpact" trace --format=jsonl -o "$out/trace" -- "$sigpact" run -- \
	"$peers/host" "$peers/libpeer.so" &&
	grep -q alive "$out/stdout" && ! grep -q '"told":"finding"' "$out/trace" &&
	[ "$(grep -c '"told":"relocated"' "$out/trace")" -ge 100 ]
ok $? "under sigpact: handlers are moved, and nothing is wrong"

"$peers/host" "$peers/libpeer.so" >"$out/host" 2>&1 &
victim=$!
sleep 1
until_storm -p "$victim"
[ $? -eq 1 ] && grep -q 'SP001 wrong-stack-delivery, SIGPWR: .*Go (libpeer.so)' \
	"$out/trace" &&
	grep -q 'SP013 storm, SIGPWR: .* from thread .* to thread ' "$out/trace" &&
	[ "$(sed '/ SP013 /q' "$out/trace" | grep -c '^\[')" -le 20 ]
ok $? "attached to while it hangs: the same, and who is known to add the flag"
stop
finish
