#!/usr/bin/env bash
# A fuzzer from its seeds, a fixed number of runs, always the same ones.
#
#	tests/fuzz.sh rules|frame|elf|proc|wasm|http
#
#	BUILD	the meson build directory, of clang
#	RUNS	how many, default 200000
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

name=$1
fuzzer=$BUILD/tests/fuzz-$name
mkdir "$out/seeds" "$out/found"
cd "$out" || exit 1

# Each line a file, its end not part of it, with escapes for http; or frames and what /proc says, as
# they were a moment ago: they differ between machines, so none is kept.
seeds() {
	local line count=0 format=%s
	[ "$name" != http ] || format=%b
	if [ "$name" = frame ]; then
		"$BUILD/tests/fuzz-capture" "$out/seeds/kernel" \
			"$out/seeds/relocated"
		return
	fi
	if [ "$name" = elf ]; then
		clang -shared -nostdlib -o "$out/seeds/library" \
			"$here/../fuzz/elf-seed.c" 2>"$out/stderr"
		return
	fi
	if [ "$name" = wasm ]; then
		printf '%s' '(module (import "wasi_snapshot_preview1" "fd_close"' \
			'(func (param i32) (result i32))) (table 2 funcref)' \
			'(memory (export "memory") 1) (global (mut i32)' \
			'(i32.const 64)) (elem (i32.const 0) 0)' \
			'(func (export "_start") (local i64) (drop (call 0' \
			'(i32.load8_u offset=70000 (i32.const 1)))) (block' \
			'(br_table 0 0 (i32.const 3))) (drop (f64.const 2))' \
			'(memory.fill (i32.const 0) (i32.const 0)' \
			'(i32.const 9))) (data (i32.const 128) "abc"))' \
			>"$out/seed.wat"
		wat2wasm -o "$out/seeds/module" "$out/seed.wat" 2>"$out/stderr"
		return
	fi
	if [ "$name" = proc ]; then
		for line in stat status maps syscall limits cmdline; do
			cat "/proc/self/$line" >"$out/seeds/$line" || return
		done
		printf '1 (a) R 1\n(b) S) R %s' "$(seq -s ' ' 4 52)" \
			>"$out/seeds/name"
		return
	fi
	while read -r line; do
		count=$((count + 1))
		# shellcheck disable=SC2059 # one of two
		printf "$format" "$line" >"$out/seeds/$count"
	done <"$here/../fuzz/$name.txt"
}

# fuzz [ARGUMENT...]: ends well, and some input went all the way.
fuzz() {
	run 600 "$fuzzer" -seed=1 "$@" &&
		grep -q '^accepted [1-9]' "$out/stderr"
}

plan 2
seeds && fuzz "$out"/seeds/*
ok $? "$name: each seed"
fuzz -runs="${RUNS:-200000}" "$out/found" "$out/seeds"
ok $? "$name: ${RUNS:-200000} runs: $(grep '^accepted ' "$out/stderr")"
finish
