#!/usr/bin/env bash
# Programs that a Go library stopped for ever come back to life by heal: with
# the flag cleared, or with libsigpact loaded and the flag as it was.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 8
peer host go bun
bun=$peers/bun
server=$top/examples/bun/server.js
victim=

stop() {
	[ -z "$victim" ] || { kill -KILL "$victim"; wait "$victim"; } 2>/dev/null
	victim=
}
trap 'stop; rm -rf "$out"' EXIT

# host_lives OPTION...: hangs, is healed, and says that it is alive.
# shellcheck disable=SC2317 # `all` calls these
host_lives() {
	"$peers/host" "$peers/libpeer.so" >"$out/host" 2>&1 &
	victim=$!
	sleep 0.5
	if [ -s "$out/host" ]; then
		echo "# it did not hang"
		return 1
	fi
	run 60 "$sigpact" heal "$victim" --yes "$@" SP001 || return
	timeout 20 tail --pid="$victim" -f /dev/null || return
	wait "$victim" && grep -q '^alive ' "$out/host"
}

for option in --no-load --load; do
	all 20 host_lives $option
	ok $? "a C program that hangs, heal $option: alive 20 of 20"
	stop
done

# get PATH [SECONDS]: what the server answers within them.
get() {
	# shellcheck disable=SC2016 # the other bash's
	{ timeout "${2:-5}" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"
		printf "GET %s HTTP/1.1\r\nHost: victim\r\n" "$2" >&3
		printf "Connection: close\r\n\r\n" >&3; cat <&3' get \
		"$port" "$1"; } 2>/dev/null
}

serve() {
	stop
	"$bun" "$server" "$peers/libpeer.so" >"$out/port" 2>"$out/bun" &
	victim=$!
	for _ in {1..100}; do
		port=$(cat "$out/port")
		[ -n "$port" ] && break
		sleep 0.1
	done
	get / | grep -q alive
}

# The call may still be answered; the thread that it is compiled by then asks
# the others to stop.
# shellcheck disable=SC2317
hangs_after_calls() {
	for _ in {1..10}; do
		get /sum 0.5 | grep -q alive || break
	done
	! get / 0.5 | grep -q alive
}

# Now and then it hangs before it has begun to serve: another, then.
# shellcheck disable=SC2317
hangs() {
	for _ in {1..5}; do
		serve && break
	done
	hangs_after_calls
}

# shellcheck disable=SC2317
server_lives() {
	hangs || { echo "# the server did not hang"; return 1; }
	run 60 "$sigpact" heal "$victim" --yes "$@" SP001 || return
	cp "$out/stdout" "$out/journal"
	get / | grep -q alive && get /sum | grep -q alive
}

hangs
ok $? "a Bun server hangs"

run 60 "$sigpact" inspect "$victim"
[ $? -eq 1 ] && grep -q 'SP001 wrong-stack-delivery, SIGPWR, thread' \
	"$out/stdout" && grep -q 'Go (libpeer.so)' "$out/stdout"
ok $? "inspect names SIGPWR, the library and the thread"

all 20 server_lives --no-load
ok $? "heal --no-load, and the next request is answered: 20 of 20"

run 60 "$sigpact" heal "$victim" --undo="$out/journal" &&
	hangs_after_calls
ok $? "heal --undo, and it hangs as before"

all 20 server_lives --load
ok $? "heal --load, and the next request is answered: 20 of 20"

"$sigpact" inspect --json "$victim" >"$out/stdout" 2>"$out/stderr"
python3 - "$out/stdout" >>"$out/stderr" 2>&1 <<'PY'
import json, sys
p = json.load(open(sys.argv[1]))["processes"][0]
act = [a for a in p["actions"] if a["name"] == "SIGPWR"][0]
assert "SA_ONSTACK" in act["flag_names"], act
assert any("SIGPWR" in (t.get("excluded") or []) for t in p["threads"]), \
    p["threads"][0]
assert not any(f["id"] == "SP001" for f in p["findings"]), p["findings"]
PY
ok $? "SA_ONSTACK is still set, inspect shows the exclusion and no SP001"
stop
finish
