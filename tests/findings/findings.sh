#!/usr/bin/env bash
# Each finding, by `sigpact inspect --json`: a process that shows it, and one
# that differs in this alone and does not.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

victim=$BUILD/tests/findings-victim
rounds=(SP001:SIGPWR SP002:SIGUSR1 SP003:0 SP004:0 SP005:0 SP006:0
	SP007:SIGSEGV SP008:SIGSEGV SP009:SIGUSR1 SP012:SIGUSR1 SP014:0
	SP015:0 SP011:SIGCHLD)
plan $((${#rounds[@]} * 2 + 4))
pid=

# ended: the victim, by its pid alone.
ended() {
	[ -n "$pid" ] || return 0
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	pid=
}
trap 'ended; rm -rf "$out"' EXIT

# started COMMAND...: in the background, until it says "ready".
started() {
	local line
	rm -f "$out/fifo"
	mkfifo "$out/fifo" || return
	"$@" >"$out/fifo" 2>"$out/stderr" &
	pid=$!
	read -r line <"$out/fifo"
	[ "$line" = ready ]
}

# found ID SIGNAL: in the victim, of this signal, on a thread of its own when
# it names one, with evidence and a cure; 1 not found, 2 cannot be told.
found() {
	"$sigpact" inspect --json "$pid" >"$out/stdout" 2>"$out/stderr"
	[ $? -le 1 ] || return 2
	python3 - "$out/stdout" "$pid" "$1" "$2" <<-'PY'
		import json, os, signal, sys
		path, pid, id, sig = sys.argv[1:]
		process, = json.load(open(path))["processes"]
		sig = int(getattr(signal, sig)) if sig != "0" else 0
		tids = set(map(int, os.listdir(f"/proc/{pid}/task"))) | {0}
		found = [f for f in process["findings"] if f["id"] == id]
		for f in found:
		    number = f.get("signal") or 0
		    if isinstance(number, dict):
		        number = number["number"]
		    if isinstance(number, str):
		        number = int(getattr(signal, number.split("+")[0]))
		    if number != sig or (f.get("thread") or 0) not in tids or \
		            not f["evidence"] or not f["cure"] or not f["name"]:
		        print("wrong:", f)
		        sys.exit(2)
		sys.exit(not found)
	PY
}

# shown ID SIGNAL NAME COMMAND...
shown() {
	local id=$1 sig=$2 name=$3
	shift 3
	started "$@" && found "$id" "$sig"
	ok $? "$id: shown by $name"
	ended
}

silent() {
	local id=$1 sig=$2 name=$3 status
	shift 3
	started "$@" && {
		found "$id" "$sig"
		status=$?
	}
	[ "${status-2}" -eq 1 ]
	ok $? "$id: not shown by $name"
	ended
}

both() {
	shown "$1" "$2" "its victim" "$victim" "$1" bad "$peers/libpeer.so"
	silent "$1" "$2" "its like" "$victim" "$1" good "$peers/libpeer.so"
}

# Bun, a Go library and WebAssembly: it hangs, and says nothing any more.
bun_loads() {
	local i
	"$peers/bun" "$top/examples/bun/main.js" "$peers/libpeer.so" \
		>"$out/bun" 2>&1 &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		found SP001 SIGPWR && return
		sleep 0.1
	done
	return 1
}

peer go bun
for round in "${rounds[@]}"; do
	if [ "${round%:*}" != SP011 ]; then
		both "${round%:*}" "${round#*:}"
	fi
done
export PYTHONDONTWRITEBYTECODE=1
ignoring=(python3 -c 'import signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)')
shown SP011 SIGCHLD "Python that ignores SIGCHLD" "${ignoring[@]}"
silent SP011 SIGCHLD "Python that does not" \
	"${ignoring[@]/SIG_IGN/SIG_DFL}"

bun_loads
ok $? "SP001: Bun and a Go library"
found SP010 SIGPIPE
ok $? "SP010: Bun and a Go library"
ended
plain=("$peers/bun" -e 'console.log("ready"); setInterval(() => {}, 1000)')
silent SP001 SIGPWR "Bun alone" "${plain[@]}"
silent SP010 SIGPIPE "Bun alone" "${plain[@]}"
finish
