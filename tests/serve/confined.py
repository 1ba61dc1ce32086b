#!/usr/bin/env python3
"""What the process that serves may not do any more, in threads that a native
library started before it gave that up, too; and another user, where root may."""
import errno
import os
import shutil
import tempfile
import time

from lib import Client, done, get, ok, same, skip
from served import Served, modules, route, tenant

library = os.environ["BUILD"] + "/tests/libintruder.so"
refused = ("kill", "ptrace", "execve", "setuid", "unshare", "bpf")


def status(pid, key):
    with open(f"/proc/{pid}/status") as f:
        return next(line.split()[1:] for line in f
                    if line.startswith(key + ":"))


def tasks(pid):
    return [int(t) for t in os.listdir(f"/proc/{pid}/task")]


def tried(*arguments):
    """What each call came to, by name."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        os.environ["INTRUDER"] = folder
        server = Served(tenant("t", route("/hello")), workers=1,
                        arguments=["--load", library, *arguments])
        open(folder + "/go", "w").close()
        while not os.path.exists(folder + "/done"):
            if server.process.poll() is not None:
                return server, {}
            time.sleep(0.01)
        with open(folder + "/said") as f:
            return server, {w: int(n) for w, n in map(str.split, f)}


server, said = tried()
for call in refused:
    same(said.get(call), errno.EPERM, f"{call}: refused")
same({status(t, "Seccomp")[0] for t in tasks(server.pid)}, {"2"},
     "all threads have the filter")
same(status(server.pid, "NoNewPrivs"), ["1"], "no new privileges")
same(Client(server.port).send(get("/hello")).answer()[0], 200, "it serves")
same(server.end(), 0, "and ends")

server, said = tried("--no-confine")
same((said.get("kill"), said.get("execve")), (0, errno.ENOENT),
     "--no-confine: that alone was what refused it")
server.end()

if os.geteuid():
    skip("--user", "not root")
else:
    os.environ.pop("INTRUDER")
    folder = tempfile.TemporaryDirectory()
    os.chmod(folder.name, 0o777)
    os.environ["XDG_CACHE_HOME"] = folder.name
    shutil.copy(modules + "/hello.wasm", folder.name)
    server = Served(tenant("t", {"route": "/hello",
                                 "path": folder.name + "/hello.wasm"}),
                    workers=1, arguments=["--user", "nobody"])
    same({u for t in tasks(server.pid) for u in status(t, "Uid")}, {"65534"},
         "--user: each thread")
    same(status(server.pid, "CapEff"), ["0" * 16], "--user: no capability")
    same(Client(server.port).send(get("/hello")).answer()[0], 200,
         "--user: it serves")
    server.end()
done()
