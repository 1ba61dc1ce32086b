# shellcheck shell=bash
# What the tests of heal share: victims, and what a process has now.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../inspect/lib.sh"

# What was started here ends here.
started=()
end_all() {
	local pid
	for pid in "${started[@]}"; do
		kill -CONT "$pid" 2>/dev/null
		kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$out"
}
trap end_all EXIT

# start COMMAND...: in the background until it says "ready"; $victim.
start() {
	local line
	rm -f "$out/fifo"
	mkfifo "$out/fifo" || return
	"$@" >"$out/fifo" 2>"$out/stderr" &
	victim=$!
	started+=("$victim")
	disown "$victim"
	read -r line <"$out/fifo"
	[ "$line" = ready ]
}

# heal STATUS [ARGUMENT]...: is that how it ends?
heal() {
	local expected=$1 status=0
	shift
	"$sigpact" heal "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
	[ "$status" -eq "$expected" ] || {
		echo "status $status" >>"$out/stderr"
		return 1
	}
}

# state PID: all that heal might change.
state() {
	"$sigpact" inspect --way=ptrace --json "$1" 2>"$out/stderr" | "$python" -c '
import json, sys
p, = json.load(sys.stdin)["processes"]
for a in p["actions"]:
    print(a["signal"], a["handler"], a["flags"], a["mask"], a["restorer"])
for t in p["threads"]:
    s = t.get("alternate_stack") or {}
    print(t["tid"], t.get("excluded"), s.get("base"), s.get("size"))
print([m["path"] for m in p["maps"] if "libsigpact" in m["path"]])'
}

skip() {
	case_number=$((case_number + 1))
	echo "ok $case_number - $1 # SKIP $2"
}
