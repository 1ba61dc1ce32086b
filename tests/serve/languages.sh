#!/usr/bin/env bash
# What compilers of other languages make runs too: C++ and Rust, each with its
# library; and the image that the example makes is the one that it makes natively.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"
# shellcheck source=tests/serve/modules.sh
. "$(dirname "$0")/modules.sh"

plan 8
modules_build
languages=$top/tests/serve/languages
caller=$BUILD/tests/serve-call

# says STATUS OUTPUT MODULE [ARGUMENT...]
says() {
	local status=$1 output=$2
	shift 2
	run 300 "$caller" "$@"
	[ $? -eq "$status" ] && [ "$(cat "$out/stdout")" = "$output" ]
}

# image SEED WIDTH HEIGHT: a PPM.
image() {
	awk -v seed="$1" -v w="$2" -v h="$3" 'BEGIN {
		srand(seed)
		printf "P6\n# made for a test\n%d %d\n255\n", w, h
		for (i = 0; i < w * h * 3; i++)
			printf "%c", 1 + int(rand() * 126)
	}'
}
image 1 301 97 >"$out/image.ppm"
gcc -O2 -o "$out/resize" "$top/examples/functions/resize.c"

# resizes ARGUMENT...: the same, natively and in a sandbox, and an image.
resizes() {
	"$out/resize" "$@" <"$out/image.ppm" >"$out/native" &&
		[ -s "$out/native" ] &&
		run 60 "$caller" "$modules/resize.wasm" "$@" \
			<"$out/image.ppm" && cmp -s "$out/native" "$out/stdout"
}
resizes width=100 && resizes width=33 height=200
ok $? "an image is made smaller, and taller"
resizes height=300 format=bmp &&
	run 60 "$caller" "$modules/resize.wasm" height=300 format=ppm \
		<"$out/native" && cp "$out/stdout" "$out/back" &&
	resizes height=300 && cmp -s "$out/native" "$out/back"
ok $? "… larger, and as BMP and back"
resizes width=301 && cmp -s <(tail -c 87591 "$out/image.ppm") \
	<(tail -c 87591 "$out/native")
ok $? "… and no other size is the image itself"
says 1 "expected width=… or height=…" "$modules/resize.wasm" \
	<"$out/image.ppm" &&
	says 1 "expected an image in the body" "$modules/resize.wasm" </dev/null
ok $? "… what is wrong is told"

skip_two() {
	for name; do
		case_number=$((case_number + 1))
		echo "ok $case_number - $name # SKIP no libc++ for wasm32-wasi"
	done
}
if [ -e /usr/lib/llvm-14/lib/wasm32-wasi/libc++.a ]; then
	[ "$modules/shapes.wasm" -nt "$languages/shapes.cc" ] ||
		clang++ --target=wasm32-wasi -O2 -std=c++17 -fno-exceptions \
			-Wl,--stack-first -o "$modules/shapes.wasm" \
			"$languages/shapes.cc" 2>"$out/stderr"
	says 0 "one;rectangle=20;square=9;" "$modules/shapes.wasm" one </dev/null
	ok $? "C++"
	says 1 "fail;rectangle=20;square=9;" "$modules/shapes.wasm" fail </dev/null
	ok $? "… and its status"
else
	skip_two "C++" "… and its status"
fi
if [ ! -x /usr/bin/rustc ] || [ ! -d /usr/lib/rustlib/wasm32-wasi ]; then
	skip_rest "no Rust for wasm32-wasi"
fi
[ "$modules/sum.wasm" -nt "$languages/sum.rs" ] ||
	/usr/bin/rustc --target wasm32-wasi -O -C link-arg=--stack-first \
		-o "$modules/sum.wasm" "$languages/sum.rs" 2>"$out/stderr"
says 0 "42 a+b" "$modules/sum.wasm" a b <<<"40 2"
ok $? "Rust"
says 99 "" "$modules/sum.wasm" <<<"40 two" &&
	grep -q '^unreachable$' "$out/stderr" && grep -q 'a number' "$out/stderr"
ok $? "… whose panic is logged, and traps"
finish
