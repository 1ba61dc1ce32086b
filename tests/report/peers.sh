#!/usr/bin/env bash
# sigpact run --report beside runtimes with handlers of their own: those go on, and
# what they do not handle is reported.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 5
peer go bun
ulimit -S -c 0
mkdir "$out/reports"

# shellcheck disable=SC2317 # by all
domains() {
	rm -f "$out"/reports/*
	run 60 "$sigpact" run --report="$out/reports" -- \
		"$BUILD/tests/domain-go" "$peers/libpeer.so" &&
		! grep -q '^not ok' "$out/stdout" &&
		grep -q '^ok 12' "$out/stdout" &&
		[ "$(cat "$out"/reports/* | grep -c '^sigpact report:')" -eq 1 ]
}
all 10 domains
ok $? "Go and domains: both have their faults, the one outside is reported"

all 10 alive 60 "$sigpact" run --report="$out/reports" -- "$peers/bun" \
	"$top/examples/bun/main.js" "$peers/libpeer.so"
ok $? "Bun and Go: alive 10 of 10"

cat >"$out/crash.c" <<-C
	#include <dlfcn.h>
	#include <pthread.h>
	#include <string.h>
	static volatile int never;
	static int recurse(volatile char *above)
	{
		volatile char here[128];
		here[0] = *above;
		return never ? 0 : recurse(here) + here[0];
	}
	static void *overflow(void *arg)
	{
		volatile char top = 0;
		never = recurse(&top);
		return arg;
	}
	__attribute__((noinline)) static void null_write(void)
	{
		*(volatile int *)8 = 1;
	}
	int main(int argc, char **argv)
	{
		void *go = dlopen(argv[1], RTLD_NOW);
		int (*recovers)(void) = go ? dlsym(go, "Recovers") : 0;
		pthread_t id;
		if (!recovers || argc < 3)
			return 99;
		recovers();
		if (!strcmp(argv[2], "overflow") &&
		    !pthread_create(&id, 0, overflow, 0))
			pthread_join(id, 0);
		null_write();
	}
C
cc -g -O1 -pthread -fno-optimize-sibling-calls -o "$out/crash" "$out/crash.c"

# crashes CASE AT
crashes() {
	local bare=0 status=0
	rm -f "$out"/reports/*
	run 60 "$out/crash" "$peers/libpeer.so" "$1" || bare=$?
	run 60 "$sigpact" run --report="$out/reports" -- "$out/crash" \
		"$peers/libpeer.so" "$1" || status=$?
	[ $status -eq $bare ] && grep -q "^  at  *$2, " "$out"/reports/*
}
crashes null null_write
ok $? "a fault in C after Go took SIGSEGV"
crashes overflow recurse
ok $? "an overflow in a thread that Go does not know"

rm -f "$out"/reports/*
if cc -g -fsanitize=address -o "$out/asan" "$out/crash.c" 2>/dev/null; then
	ASAN_OPTIONS='' run 60 "$sigpact" run --report="$out/reports" -- \
		"$out/asan" "$peers/libpeer.so" null
	[ $? -eq 1 ] && grep -q 'AddressSanitizer: SEGV' "$out/stderr" &&
		[ -z "$(ls "$out/reports")" ]
	ok $? "AddressSanitizer tells and ends the process itself"
else
	case_number=$((case_number + 1))
	echo "ok $case_number - AddressSanitizer # SKIP no cc with it"
fi
finish
