#!/usr/bin/python3
"""What a service manager is told, by a socket as systemd's."""
import os
import signal
import socket
import time

from daemon import Daemon, config, folder, module
from lib import done, ok, same


def listens(name):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(name)
    s.settimeout(60)
    return s


def told(s):
    return dict(line.split("=", 1) for line in s.recv(4096).decode().split("\n"))


def silent(s):
    s.setblocking(False)
    try:
        return s.recv(4096)
    except BlockingIOError:
        return b""


path = folder + "/notify"
manager = listens(path)
server = Daemon("--config", config({"a": {"/hello": module("hello")}},
                                   **{"drain-delay-ms": 300}),
                NOTIFY_SOCKET=path)
same(told(manager), {"READY": "1", "STATUS": "functions: 1, tenants: 1"},
     "READY=1 once it serves")
same(server.ask("/hello")[0], 200, "and it does")

before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
server.tell(signal.SIGHUP)
reloading = told(manager)
after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
ok(reloading["RELOADING"] == "1" and
   before <= int(reloading["MONOTONIC_USEC"]) <= after,
   "RELOADING=1, and when")
same(told(manager)["READY"], "1", "READY=1 after it")

with open(folder + "/config.json", "w") as f:
    f.write("{")
server.tell(signal.SIGHUP)
ok(told(manager).get("RELOADING") == "1" and told(manager)["READY"] == "1" and
   server.says("not reloaded: "), "and after one that failed")
same(server.ask("/hello")[0], 200, "which changed nothing")

server.tell(signal.SIGTERM)
same(told(manager), {"STOPPING": "1"}, "STOPPING=1")
same((server.wait(), silent(manager)), (0, b""), "nothing more; exit status 0")

# In the abstract namespace; a SIGHUP that has nothing to read ends as well.
name = f"@sigpact-{os.getpid()}"
manager = listens("\0" + name[1:])
server = Daemon(module("hello"), NOTIFY_SOCKET=name)
same(told(manager)["READY"], "1", "a socket in the abstract namespace")
server.tell(signal.SIGHUP)
ok(told(manager).get("RELOADING") == "1" and told(manager)["READY"] == "1",
   "SIGHUP without --config: RELOADING=1, READY=1")
same((server.end(signal.SIGINT), told(manager)), (0, {"STOPPING": "1"}),
     "SIGINT ends it, too")

server = Daemon(module("hello"), NOTIFY_SOCKET=folder + "/none")
same((server.ask("/hello")[0], server.end()), (200, 0),
     "a manager that is gone does no harm")
done()
