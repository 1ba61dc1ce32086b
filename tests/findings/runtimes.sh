#!/usr/bin/env bash
# Each runtime that is to be had here is recognised: by a file's name, and where
# it is linked into a program of whatever name, by what that says of itself.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 16
pid=
ended() {
	[ -n "$pid" ] || return 0
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	pid=
}
trap 'ended; rm -rf "$out"' EXIT

# runtimes: of the process, a line each, sorted.
runtimes() {
	"$sigpact" inspect --json "$pid" 2>"$out/stderr" | python3 -c '
import json, sys
for r in json.load(sys.stdin)["processes"][0]["runtimes"]:
    print(r["name"])' | sort >"$out/stdout"
}

# has NAMES COMMAND...: exactly these, by commas, once it says "ready".
has() {
	local names=$1 line=
	shift
	rm -f "$out/fifo"
	mkfifo "$out/fifo"
	"$@" >"$out/fifo" 2>"$out/stderr" &
	pid=$!
	read -r line <"$out/fifo"
	runtimes
	[ "$line" = ready ] && [ ! -s "$out/stderr" ] &&
		[ "$(paste -sd, "$out/stdout")" = "$names" ]
	ok $? "${names:-none}: $(basename "$1")"
	ended
}

# with COMMAND NAMES COMMAND...: skipped where there is no such command.
with() {
	local need=$1
	shift
	if command -v "$need" >/dev/null; then
		has "$@"
	else
		case_number=$((case_number + 1))
		echo "ok $case_number - $1 # SKIP no $need"
	fi
}

cat >"$out/main.c" <<'C'
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
C
cat >"$out/main.go" <<'GO'
package main

import "time"

func main() {
	print("ready\n")
	time.Sleep(time.Hour)
}
GO
cat >"$out/Ready.java" <<'JAVA'
public class Ready {
	public static void main(String[] a) throws Exception {
		System.out.println("ready");
		Thread.sleep(3600000);
	}
}
JAVA

# built NAME COMPILER FLAG...
built() {
	local name=$1 compiler=$2
	shift 2
	"$compiler" -o "$out/$name" "$out/main.c" "$@" 2>"$out/stderr"
}
go_built() {
	local name=$1
	shift
	GOCACHE=$peers/go-cache GO111MODULE=off CGO_ENABLED=0 \
		go build -o "$out/$name" "$@" "$out/main.go"
}
# Go's print goes to stderr.
# shellcheck disable=SC2317 # called by name
go_victim() {
	exec "$1" 2>&1
}

peer go bun
waits='import time; print("ready", flush=True); time.sleep(600)'
built plain gcc
has '' "$out/plain"
has Python python3 -c "$waits"
has Go "$BUILD/tests/findings-victim" SP002 good "$peers/libpeer.so"
go_built main && go_built stripped -ldflags='-s -w -buildid='
has Go go_victim "$out/main"
has Go go_victim "$out/stripped"
has JavaScriptCore "$peers/bun" -e \
	'console.log("ready"); setInterval(() => {}, 1000)'
with java HotSpot java "$out/Ready.java"
with node V8 node -e 'console.log("ready"); setInterval(() => {}, 1000)'
cp "$(readlink -f "$(command -v node)")" "$out/renamed"
has V8 "$out/renamed" -e 'console.log("ready"); setInterval(() => {}, 1000)'
with perl Perl perl -e '$| = 1; print "ready\n"; sleep 600'
built collected gcc -Wl,--no-as-needed -lgc
has libgc "$out/collected"
built asan gcc -fsanitize=address
has AddressSanitizer "$out/asan"
built asan-inside clang -fsanitize=address
has AddressSanitizer "$out/asan-inside"
built tsan-inside clang -fsanitize=thread
has ThreadSanitizer "$out/tsan-inside"
built undefined-inside clang -fsanitize=undefined
has UBSan "$out/undefined-inside"
built undefined gcc -fsanitize=undefined -Wl,--no-as-needed
has UBSan "$out/undefined"
finish
