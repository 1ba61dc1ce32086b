#!/usr/bin/env bash
# A process without a conflict pays nothing: the kernel is asked what it is
# asked bare, and no entry routine is put before a handler.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 7
if ! strace -qq -o "$out/probe" true 2>/dev/null; then
	skip_rest "strace cannot trace here"
fi

# calls FILE COMMAND...: what each process asked, without what differs from run
# to run; FILE.all: the same as a sum and lines for each, in no order.
calls() {
	local file=$1 each
	shift
	rm -f "$out"/calls.*
	run 120 strace -ff --seccomp-bpf -qq -e signal=none \
		-e trace=rt_sigaction,sigaltstack -o "$out/calls" "$@" ||
		return
	# strace tells of calls that there are not, with what the registers held
	for each in "$out"/calls.*; do
		sed -E -i '/^syscall_/d; s/0x[0-9a-f]{6,}/ADDRESS/g' "$each"
	done
	find "$out" -name 'calls.*' -empty -delete
	cat "$out"/calls.* >"$file"
	for each in "$out"/calls.*; do
		echo "$(md5sum <"$each") $(wc -l <"$each")"
	done | sort >"$file.all"
	[ "$(wc -l <"$file")" -gt 20 ]
}

# same NAME COMMAND...
same() {
	local name=$1
	shift
	calls "$out/bare" "$@" && calls "$out/with" "$sigpact" run -- "$@" &&
		cmp -s "$out/bare.all" "$out/with.all"
	local status=$?
	if [ "$status" -ne 0 ]; then
		diff "$out/bare.all" "$out/with.all" | comment
		diff -U 4 "$out/bare" "$out/with" | head -n 40 | comment
	fi
	ok "$status" "the same calls: $name"
}

# Where this build's libc is not that of the programs around.
same_if_glibc() {
	if readelf -d "$BUILD/libsigpact.so.0" | grep -q 'NEEDED.*libc\.so\.6'
	then
		same "$@"
	else
		ok 0 "the same calls: $1 # SKIP it has another libc"
	fi
}

same "transcript" "$BUILD/tests/transcript" -q -s

same_if_glibc "python3" python3 -c '
import signal, subprocess, threading, os, sqlite3, ctypes
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
signal.siginterrupt(signal.SIGUSR1, False)
t = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1))
t.start()
t.join()
subprocess.run(["/bin/true"], check=True)
subprocess.run("trap : USR1; kill -USR1 $$; exit 0", shell=True, check=True)
'

# shellcheck disable=SC2016 # for the other bash
same_if_glibc "bash" bash -c '
trap "echo usr1" USR1
trap "" PIPE
kill -USR1 $$
(trap "echo exit" EXIT; kill -USR1 $BASHPID; true)
echo "$(trap)" | cat
for i in 1 2 3; do sleep 0 & wait $!; done
'

handlers=$BUILD/tests/handlers
run 60 "$sigpact" run -- "$handlers" && ! grep -q libsigpact "$out/stdout"
ok $? "no handler lies in libsigpact"

run 60 env LD_PRELOAD="$BUILD/libsigpact.so.0" "$handlers" &&
	! grep -q libsigpact "$out/stdout"
ok $? "nor without rules"

run 60 "$sigpact" run --stats -- "$handlers" &&
	[ "$(grep -c libsigpact "$out/stdout")" -gt 50 ]
ok $? "with --stats they do: this test can fail"

calls "$out/bare" "$handlers" &&
	calls "$out/with" "$sigpact" run --stats -- "$handlers" &&
	! cmp -s "$out/bare.all" "$out/with.all"
ok $? "and the calls are not the same"
finish
