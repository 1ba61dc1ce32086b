#!/usr/bin/env bash
# libsigpact from Python, which loads it by dlopen: the example, and a handler
# in Python that sees where its own signal frame lies.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 4
library=$BUILD/libsigpact.so.0
command -v python3 >/dev/null || skip_rest "no python3"

cat >"$out/expected" <<EOF
$("$sigpact" --version), by relocation
SIGPWR excluded: 1
SIGKILL: EINVAL
SIGPWR received: 1
moved off the alternate stack: 1
SIGPWR excluded: 0
EOF
run 60 python3 "$top/examples/python.py" "$library"
status=$?
if grep -q 'by the kernel' "$out/stdout"; then # which does not count
	sed -i 's/by relocation/by the kernel/; /^moved/d' "$out/expected"
fi
[ "$status" -eq 0 ] && diff "$out/expected" "$out/stdout" >"$out/stderr"
ok $? "examples/python.py"

! run 60 python3 "$top/examples/python.py" "$library.none" &&
	grep -q "$library.none" "$out/stderr"
ok $? "and without the library it fails, and names it"

# The handler gets the address of its siginfo, which lies in the frame.  ctypes
# lets go of Python's lock in raise(), and takes it again in the handler.
cat >"$out/where.py" <<'EOF'
import ctypes, signal, sys

class Stack(ctypes.Structure):
    _fields_ = [("sp", ctypes.c_void_p), ("flags", ctypes.c_int),
                ("size", ctypes.c_size_t)]

class Action(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_ulong * 16),
                ("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]

SA_SIGINFO, SA_ONSTACK = 4, 0x08000000
libc = ctypes.CDLL(None)
sigpact = ctypes.CDLL(sys.argv[1])
assert sigpact.sigpact_altstack_arm(ctypes.c_size_t(1 << 20)) == 0
stack = Stack()
assert libc.sigaltstack(None, ctypes.byref(stack)) == 0

@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def handler(number, info, context):
    there = stack.sp <= info < stack.sp + stack.size
    print(when, "alternate" if there else "native")

action = Action(ctypes.cast(handler, ctypes.c_void_p).value)
action.flags = SA_SIGINFO | SA_ONSTACK
assert libc.sigaction(signal.SIGUSR1, ctypes.byref(action), None) == 0
when = "before"
libc.raise_ = libc["raise"]
libc.raise_(signal.SIGUSR1)
if "exclude" in sys.argv:
    assert sigpact.sigpact_exclude_set(signal.SIGUSR1) == 0
when = "after"
libc.raise_(signal.SIGUSR1)
EOF
run 60 python3 "$out/where.py" "$library" exclude &&
	[ "$(xargs <"$out/stdout")" = "before alternate after native" ]
ok $? "an excluded signal's handler in Python is off the alternate stack"

run 60 python3 "$out/where.py" "$library" &&
	[ "$(xargs <"$out/stdout")" = "before alternate after alternate" ]
ok $? "one that is not excluded stays there"
finish
