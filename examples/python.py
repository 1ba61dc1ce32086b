#!/usr/bin/env python3
"""sigpact from Python, by ctypes.

    python3 examples/python.py build/libsigpact.so.0

faulthandler arms an alternate stack for the main thread, and Python installs
its handlers with SA_ONSTACK.  The main thread then says that SIGPWR, a garbage
collector's signal, is not to be delivered there.
"""
import ctypes
import errno
import faulthandler
import os
import signal
import sys


class Counts(ctypes.Structure):
    """struct sigpact_counts"""
    _fields_ = [(name, ctypes.c_uint64) for name in (
        "delivered", "relocated", "kept_nested", "kept_foreign", "kept_room",
        "kept_unknown", "kept_shadow_stack")]


def call(what, result):
    """sigpact returns 0 or a positive value, or -errno."""
    if result < 0:
        sys.exit(f"python.py: {what}: {os.strerror(-result)}")
    return result


if len(sys.argv) > 2:
    sys.exit("usage: python.py [LIBSIGPACT]")
sigpact = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libsigpact.so.0")
sigpact.sigpact_version.restype = ctypes.c_char_p
backends = {1: "the kernel", 2: "relocation"}

# Loaded by dlopen, libsigpact takes over a handler that is there already.
received = []
faulthandler.enable()
signal.signal(signal.SIGPWR, lambda number, frame: received.append(number))
backend = call("sigpact_backend_get", sigpact.sigpact_backend_get())
call("sigpact_exclude_set", sigpact.sigpact_exclude_set(signal.SIGPWR))
excluded = call("sigpact_exclude_test",
                sigpact.sigpact_exclude_test(signal.SIGPWR))
refused = sigpact.sigpact_exclude_set(signal.SIGKILL)

print(f"sigpact {sigpact.sigpact_version().decode()}, by {backends[backend]}")
print(f"SIGPWR excluded: {excluded}")
print(f"SIGKILL: {errno.errorcode.get(-refused, refused)}")

signal.raise_signal(signal.SIGPWR)
print(f"SIGPWR received: {len(received)}")
if backend == 2:  # the kernel does not count
    counts = Counts()
    call("sigpact_counts_get",
         sigpact.sigpact_counts_get(signal.SIGPWR, ctypes.byref(counts)))
    print(f"moved off the alternate stack: {counts.relocated}")

call("sigpact_exclude_clear", sigpact.sigpact_exclude_clear(signal.SIGPWR))
print("SIGPWR excluded:", sigpact.sigpact_exclude_test(signal.SIGPWR))
