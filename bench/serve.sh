#!/usr/bin/env bash
# Prints what sigpact-serve does on this machine beside others, the server on CPU
# 0 and wrk on CPU 1: medians of ROUNDS interleaved runs of two seconds.  They
# gate nothing.
#
#	bench/serve.sh [BUILD [ROUNDS]]
#
# Needs wrk; nginx, node and bun (examples/build.sh DIR bun) are left out where
# they are not.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-5}

[ "$rounds" -ge 1 ]
# shellcheck source=bench/build.sh
. "$here/build.sh"
command -v wrk >/dev/null || {
	echo "bench/serve.sh: no wrk; type: apt-get install wrk" >&2
	exit 2
}
"$here/../examples/build.sh" "$build/bench" functions >&2
modules=$build/bench/functions
out=$(mktemp -d)
pids=()
finish() {
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	wait
	rm -rf "$out"
}
trap finish EXIT
export XDG_CACHE_HOME=$build/bench

cat >"$out/serve.json" <<END
{ "workers": 1, "tenants": [ { "name": "bench", "port": 18081, "routes": [
{ "route": "/empty", "path": "$modules/empty.wasm",
  "relative-deadline-us": 5000 },
{ "route": "/busy", "path": "$modules/work.wasm",
  "relative-deadline-us": 1000000, "budget-us": 10000000 },
{ "route": "/recursion", "path": "$modules/recursion.wasm",
  "relative-deadline-us": 5000 } ] } ] }
END
cat >"$out/nginx.conf" <<END
worker_processes 1; daemon off; pid $out/nginx.pid; error_log /dev/null;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000;
server { listen 127.0.0.1:18082; location / { root $out; } } }
END
: >"$out/empty"
cat >"$out/mixed.lua" <<'END'
local n = 0
function request()
	n = n + 1
	return wrk.format("GET", n % 4 == 0 and "/recursion" or "/empty")
end
END

# start COMMAND...: on CPU 0
start() {
	taskset -c 0 "$@" >>"$out/log" 2>&1 &
	pids+=($!)
}

# up PORT: waits until it answers
up() {
	for _ in $(seq 200); do
		! curl -s -o "$out/answer" "http://127.0.0.1:$1/empty" ||
			return 0
		sleep 0.05
	done
	echo "bench/serve.sh: nothing answers at port $1" >&2
	cat "$out/log" >&2
	exit 1
}

# wrk_at PORT OPTION...: its report
wrk_at() {
	port=$1
	shift
	taskset -c 1 wrk -t1 "$@" "http://127.0.0.1:$port${path:-/empty}"
}

# rate NAME PORT: requests a second, into a file of that name
rate() {
	wrk_at "$2" -c64 -d2 | awk '$1 == "Requests/sec:" { print $2 }' \
		>>"$out/rate.$1"
}

# p99 NAME: of wrk's report, in microseconds
p99() {
	awk '$1 == "99%" { t = $2 + 0
		print t * ($2 ~ /us$/ ? 1 : $2 ~ /ms$/ ? 1000 : 1e6) }' \
		>>"$out/p99.$1"
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END {
		printf "%.1f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# ratio TEXT FILE OVER AIM
ratio() {
	[ -f "$out/$3" ] || {
		printf '%-58s left out: it is not here\n' "$1"
		return
	}
	echo "$(median "$out/$2") $(median "$out/$3")" | awk -v text="$1" \
		-v aim="$4" '{ printf "%-58s %8.2f  (%s)   %.0f, %.0f\n", text,
			$1 / $2, aim, $1, $2 }'
}

start "$build/src/serve/sigpact-serve" --config "$out/serve.json"
names=(serve:18081)
if command -v nginx >/dev/null; then
	start nginx -c "$out/nginx.conf"
	names+=(nginx:18082)
fi
if command -v node >/dev/null; then
	start node "$here/serve/instances.mjs" 18083 "$modules/empty.wasm"
	names+=(node:18083)
fi
if "$here/../examples/build.sh" "$build/bench" bun >>"$out/log" 2>&1; then
	start "$build/bench/bun" "$here/serve/instances.mjs" 18084 \
		"$modules/empty.wasm"
	names+=(bun:18084)
fi
start "$build/bench/forks" 18085 "$modules/empty.wasm"
names+=(forks:18085)
for name in "${names[@]}"; do
	up "${name#*:}"
done

for _ in $(seq "$rounds"); do
	for name in "${names[@]}"; do
		rate "${name%:*}" "${name#*:}"
	done
	wrk_at 18081 -c1 -d2 --latency | p99 alone
	path='/busy?units=30' wrk_at 18081 -c4 -d3 >"$out/busy" &
	busy=$!
	sleep 0.5
	wrk_at 18081 -c1 -d2 --latency | p99 behind
	wait $busy
	wrk_at 18081 -c64 -d2 --latency | p99 without
	wrk_at 18081 -c64 -d2 --latency -s "$out/mixed.lua" | p99 with
done

ratio "requests a second, /empty / nginx, a static file" rate.serve \
	rate.nginx ">= 1"
ratio "  / node, an instance for each request" rate.serve rate.node ">= 5"
ratio "  / bun, an instance for each request" rate.serve rate.bun ">= 15"
ratio "  / a fork for each request" rate.serve rate.forks ">= 25"
ratio "p99, 5 ms deadline, behind four busy / alone" p99.behind p99.alone \
	"<= 3"
ratio "p99, a quarter overflows its stack / none does" p99.with p99.without \
	"<= 1.5"
