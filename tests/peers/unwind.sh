#!/usr/bin/env bash
# libgcc and gdb walk through a relocated frame as through the kernel's.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/lib.sh"

plan 4
mkdir -p "$peers"
g++ -O1 -g -Wall -Wextra -fnon-call-exceptions -I"$top/include" \
	-o "$peers/unwind" "$here/unwind.cc" -L"$BUILD" -lsigpact \
	-Wl,-rpath,"$BUILD" 2>"$out/stderr" || {
	comment <"$out/stderr"
	echo "Bail out! unwind.cc does not compile"
	exit 1
}

for mode in native relocated; do
	alive 60 "$peers/unwind" $mode
	ok $? "$mode: exceptions from the handler, libgcc's walk"
done

if ! command -v gdb >/dev/null; then
	skip_rest "no gdb"
fi
# frames MODE: the functions that gdb sees, down to main.
frames() {
	run 120 gdb -nx -batch -ex 'handle SIGSEGV nostop noprint pass' \
		-ex run -ex bt --args "$peers/unwind" "$1" stop
	sed -n 's/^#[0-9]* *\(0x[0-9a-f]* in \)\?//p' "$out/stdout" |
		sed 's/ (.*//' | sed -n '/^handler/,$p' | tr '\n' ' '
}
native=$(frames native)
echo "# gdb: $native"
[[ $native = "handler <signal handler called> interrupted caller "*main* ]]
ok $? "native: gdb sees handler, interrupted code and main"
[ "$(frames relocated)" = "$native" ]
ok $? "relocated: gdb sees the same"
finish
