#!/usr/bin/env bash
# What a signal handler may run is kept apart by the tools that link, include
# and disassemble.  Each gate is first shown a breach, which it must report.
#
#	BUILD		the meson build directory
#	BINUTILS	prefix of its tools, when it is a cross build
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

binutils=${BINUTILS-}
routine=$("${binutils}nm" "$BUILD/libsigpact.so" | grep -c ' sigpact__thunks$')
handler=$BUILD/src/serve/libserve_handler.a
serves=$([ ! -e "$handler" ] || echo 2)
plan $((20 + routine * 5 + serves))

core=$(commands libcore.a.p/src_core_process.c.o)
host=$(commands libhost.a.p/src_host_rules.c.o)
preload=$(commands 'libsigpact.so.[0-9.]*p/src_preload_sigaction.c.o')
cli=$(commands sigpact.p/src_cli_main.c.o)

# as LAYER [FLAG...]: compiles stdin with a layer's own command.
as() {
	local command=${1% -c *}
	shift
	(cd "$BUILD" && eval "$command \"\$@\" -x c -") >"$out/stdout" \
		2>"$out/stderr"
}

# undefined [OBJECT...]: what core, linked with these, wants from elsewhere.
# The linker itself makes the bounds of the routine's section and the GOT.
undefined() {
	"${binutils}ld" -r --whole-archive "$BUILD/libcore.a" "$@" \
		-o "$out/core.o" || return
	{
		"${binutils}nm" -u "$out/core.o" | sed 's/.* //'
		"${binutils}readelf" -rW "$out/core.o" |
			grep -o 'R_[A-Z0-9_]*TLSDESC_CALL' | sort -u
	} | grep -vxE 'mem(cpy|set|move|cmp)|_GLOBAL_OFFSET_TABLE_|'\
'__(start|stop)_sigpact_text'
}

# reports_undefined NAME PATTERN: stdin, put into core.
reports_undefined() {
	as "$core" -c -o "$out/breach.o" &&
		undefined "$out/breach.o" | grep -qxE "$2"
	ok $? "linker gate: reports $1"
}

linker_gate() {
	reports_undefined malloc malloc <<-C
		#include <stdlib.h>
		void *breach(void) { return malloc(1); }
	C
	reports_undefined 'a lock' pthread_mutex_lock <<-C
		#include <pthread.h>
		int breach(pthread_mutex_t *m) { return pthread_mutex_lock(m); }
	C
	reports_undefined errno __errno_location <<-C
		#include <errno.h>
		void breach(void) { errno = 0; }
	C
	reports_undefined 'dynamic thread-local storage' \
		'__tls_get_addr|R_AARCH64_TLSDESC_CALL' <<-C
		extern __thread int x;
		__attribute__((tls_model("global-dynamic"))) __thread int y;
		int *breach(void) { return &x; }
		int *breach2(void) { return &y; }
	C
	reports_undefined 'the host layer' sigpact__log <<-C
		void sigpact__log(const char *, ...);
		void breach(void) { sigpact__log(""); }
	C
	undefined >"$out/stdout"
	[ -s "$out/core.o" ] && [ ! -s "$out/stdout" ]
	ok $? "linker gate: core needs nothing but mem{cpy,set,move,cmp}"
}

# What the tick of sigpact-serve runs is held to the same.
serve_gate() {
	as "$core" -c -o "$out/breach.o" <<-C
		void *malloc(unsigned long);
		void *breach(void) { return malloc(1); }
	C
	undefined "$handler" "$out/breach.o" | grep -qx malloc
	ok $? "linker gate: reports malloc in a tick of sigpact-serve"
	undefined "$handler" >"$out/stdout"
	[ -s "$out/core.o" ] && [ ! -s "$out/stdout" ]
	ok $? "linker gate: the tick of sigpact-serve needs core and no more"
}

# includes LAYER HEADER
includes() {
	echo "#include \"$2\"" | as "$1" -fsyntax-only
}

# refuses NAME LAYER HEADER: not found, for no other reason.
refuses() {
	! includes "$2" "$3" && grep -q "$3.*\(No such file\|not found\)" \
		"$out/stderr"
	ok $? "include paths: $1 cannot include $3"
}

include_paths() {
	local one
	includes "$core" core.h && includes "$host" host.h &&
		includes "$preload" preload.h && includes "$cli" cli.h
	ok $? "include paths: each layer includes its own header"
	for one in host.h preload.h cli.h src/host/host.h; do
		refuses core "$core" "$one"
	done
	for one in preload.h cli.h src/preload/preload.h; do
		refuses host "$host" "$one"
	done
	refuses preload "$preload" cli.h
	refuses cli "$cli" preload.h
}

# read_by OBJECTS LAYERS: which files of higher layers the compiler opened, by
# whatever name, for what is in the build now.
read_by() {
	ninja -C "$BUILD" -t deps | awk -v objects="^$1" \
		-v higher="/src/($2)/" '
		/^[^ ]/ { mine = $0 ~ objects; seen += mine; next }
		mine && $0 ~ higher { print }
		END { if (!seen) print "no such objects" }'
}

headers_read() {
	local layers=(libcore.a.p:'host|preload|cli|trace|serve'
		libhost.a.p:'preload|cli|trace|serve'
		libsigpact.so:'cli|trace|serve' sigpact.p:'preload|trace|serve')
	for one in "${layers[@]}"; do
		read_by "${one%%:*}" "${one#*:}" >"$out/stdout"
		[ ! -s "$out/stdout" ]
		ok $? "headers: ${one%%.*} read none of a higher layer"
	done
}

# breaches LIBRARY: instructions of the section sigpact_text that leave it, but
# for the handler, the choice of the copy and one call of the log's hook; vector
# registers in what is not entry.S; relocations in it.
breaches() {
	local low high bounds asm
	bounds=$("${binutils}readelf" -SW "$1" | sed -n \
		's/.* sigpact_text *PROGBITS *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\) .*/\1 \2/p')
	low=${bounds% *}
	high=$(printf %016x $((0x$low + 0x${bounds#* })))
	asm=$("${binutils}nm" "$1" | awk '
		$3 == "sigpact__thunks" { from = $1 }
		$3 == "sigpact__asm_end" { to = $1 }
		END { print from, to }')
	"${binutils}objdump" -d --no-show-raw-insn -j sigpact_text "$1" |
		awk -v low="$low" -v high="$high" -v asm="$asm" '
		function pad(hex) {
			return substr("0000000000000000", length(hex) + 1) hex
		}
		BEGIN { split(asm, within) }
		!/^ *[0-9a-f]+:/ { next }
		{
			at = pad(substr($1, 1, length($1) - 1))
			for (i = 2; $i ~ /^(lock|rep|repn?z|bnd|notrack|[cd]s|data16)$/;)
				i++
			to = $(i + 1)
			seen++
		}
		$i ~ /^(call|j|loop|xbegin)/ && to ~ /^\*/ {
			if ($i == "jmp" && to == "*(%r11)")
				handlers++
			else if ($i != "jmp" || !/<sigpact__fast>$/)
				print "indirect: " $0
		}
		$i ~ /^(call|j|loop|xbegin)/ && to !~ /^\*/ {
			if ((pad(to) < low || pad(to) >= high) &&
			    !($i == "call" && /<sigpact__kept_call>$/))
				print "outside: " $0
		}
		(at < within[1] || at >= within[2]) &&
			/%([xyz]?mm[0-9]|st|k[0-7])/ { print "vector: " $0 }
		END {
			if (!seen || handlers != 1)
				print seen " instructions, " handlers + 0 \
					" jumps to a handler"
		}'
	"${binutils}readelf" -rW "$1" | awk -v low="$low" -v high="$high" '
		$1 ~ /^[0-9a-f]+$/ && $1 >= low && $1 < high {
			print "relocation: " $0
		}'
}

# reports_breach KIND: stdin, linked with core.
reports_breach() {
	as "$core" -c -fPIC -o "$out/breach.o" &&
		"${binutils}ld" -shared --whole-archive "$BUILD/libcore.a" \
			"$out/breach.o" -o "$out/breach.so" 2>"$out/stderr" &&
		breaches "$out/breach.so" >"$out/stdout" &&
		grep -q "^$1: " "$out/stdout"
	ok $? "routine: reports ${1/outside/code outside}"
}

routine_gate() {
	reports_breach outside <<-C
		#include "core.h"
		__attribute__((noinline)) void far(void) { __asm__(""); }
		SIGPACT_ROUTINE void breach(void) { far(); }
	C
	reports_breach indirect <<-C
		#include "core.h"
		void (*hook)(void);
		SIGPACT_ROUTINE void breach(void) { hook(); }
	C
	reports_breach vector <<-C
		#include "core.h"
		SIGPACT_ROUTINE void breach(void) { __asm__("pxor %xmm1,%xmm1"); }
	C
	reports_breach relocation <<-C
		__asm__(".section sigpact_text,\"ax\"\n.quad sigpact__thunks");
	C
	breaches "$BUILD/libsigpact.so" >"$out/stdout"
	[ ! -s "$out/stdout" ]
	ok $? "routine: leaves its section for a handler and the log alone"
}

linker_gate
if [ "${serves:-0}" -ne 0 ]; then
	serve_gate
fi
include_paths
headers_read
if [ "$routine" -eq 1 ]; then
	routine_gate
fi
finish
