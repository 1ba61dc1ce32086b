#!/bin/sh
# Prints how many requests a second the HTTP part of sigpact-serve answers on this
# machine, from a worker thread, beside nginx with a file of the same size: the
# medians and extremes of ROUNDS interleaved runs.  They gate nothing.
#
#	bench/http.sh [BUILD [ROUNDS [SECONDS]]]
#
# Each server has one core, wrk the other (64 connections).  nginx logs nothing; the
# second one keeps its files open, too.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-9}
seconds=${3:-2}

[ "$rounds" -ge 1 ]
PATH=$PATH:/usr/sbin
for program in nginx wrk taskset curl; do
	command -v "$program" >/dev/null || {
		echo "bench/http.sh: no $program here" \
			"(Debian: nginx-light, wrk, util-linux, curl)" >&2
		exit 2
	}
done
ninja -C "$build" tests/http-server >&2
out=$(mktemp -d)
pids=''
# shellcheck disable=SC2086 # one word a process
trap '[ -z "$pids" ] || kill $pids 2>/dev/null; wait; rm -rf "$out"' EXIT

mkfifo "$out/commands"
exec 3<>"$out/commands"
taskset -c 0 "$build/tests/http-server" 1 <"$out/commands" >"$out/port" &
server=$!
pids="$pids $server"

: >"$out/0"
head -c 1024 /dev/zero >"$out/1024"
head -c 102400 /dev/zero >"$out/102400"
chmod -R a+rX "$out"

# start_nginx PORT MORE: its process is $!
start_nginx() {
	cat >"$out/$1.conf" <<-END
	daemon off; master_process off; pid $out/$1.pid; error_log stderr error;
	events { worker_connections 1024; }
	http {
		access_log off; sendfile on; keepalive_requests 1000000000; $2
		default_type text/plain;
		client_body_temp_path $out; proxy_temp_path $out;
		fastcgi_temp_path $out; uwsgi_temp_path $out;
		scgi_temp_path $out;
		server { listen 127.0.0.1:$1; root $out; }
	}
	END
	taskset -c 0 nginx -p "$out" -c "$out/$1.conf" &
	pids="$pids $!"
}

plain_port=$((20000 + $$ % 10000))
open_port=$((plain_port + 1))
start_nginx "$plain_port" ''
plain=$!
start_nginx "$open_port" 'open_file_cache max=16;'
open=$!
until [ -s "$out/port" ] && curl -sf "http://127.0.0.1:$plain_port/0" \
	"http://127.0.0.1:$open_port/0"; do
	sleep 0.1
done
ours=$(cat "$out/port")

# ticks PID: of CPU time
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# load PID PORT PATH: requests a second, and the microseconds of CPU time that
# the server had for each, which others on the machine hardly change.  All were
# answered with 200.
load() {
	before=$(ticks "$1")
	taskset -c 1 wrk -t1 -c64 -d"$seconds" "http://127.0.0.1:$2$3" \
		>"$out/said"
	if grep -E 'Socket errors|Non-2xx' "$out/said" >&2; then
		echo "bench/http.sh: http://127.0.0.1:$2$3 (ours: port $ours)" >&2
		return 1
	fi
	awk -v ticks="$(($(ticks "$1") - before))" -v hz="$(getconf CLK_TCK)" '
		/ requests in / { n = $1 }
		/^Requests\/sec/ { print $2, ticks * 1e6 / hz / n }' "$out/said"
}

# figure NAME FILE THEIRS OURS: the median and the extremes of ours / theirs,
# which are columns of FILE; of CPU time, theirs / ours.
figure() {
	awk -v a="$3" -v b="$4" '{
		print $a ? (a % 2 ? $b / $a : $a / $b) : 0, $b
	}' "$2" | sort -n | awk -v name="$1" '{ v[NR] = $1; w[NR] = $2 } END {
		m = (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2
		printf "%-44s %6.2f  %5.2f - %5.2f %10.1f\n", name, m, v[1],
			v[NR], w[int((NR + 1) / 2)] }'
}

round=0
while [ "$round" -lt "$rounds" ]; do
	for size in 0 1024 102400; do
		a=$(load "$plain" "$plain_port" "/$size")
		b=$(load "$server" "$ours" "/sized?$size")
		c=$(load "$open" "$open_port" "/$size")
		echo "$a $b $c" >>"$out/size-$size"
	done
	round=$((round + 1))
done
printf '%-44s %6s  %13s %10s\n' 'ours / nginx' median extremes ours
for size in 0 1024 102400; do
	file=$out/size-$size
	figure "$size bytes: requests a second" "$file" 1 3
	figure "  the same, nginx keeps the file open" "$file" 5 3
	figure "  requests for CPU time (us each)" "$file" 2 4
	figure "  the same, nginx keeps the file open" "$file" 6 4
done
echo "aim: 1.4 for 0 bytes"
