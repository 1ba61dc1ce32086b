#!/usr/bin/python3
"""SIGHUP under load: each route answers with its own function, always."""
import collections
import os
import shutil
import signal
import subprocess
import threading

from daemon import Daemon, config, folder, module, modules, program, until
from lib import done, ok, same

EXPECTED = {"/hello": (200, b"Hello, world!\n"), "/empty": (200, b""),
            "/fibonacci?n=10": (200, b"55\n"), "/echo": (200, b""),
            "/trap?divide": (500, None)}
names = [p[1:].split("?")[0] for p in EXPECTED]
path = config({"a": {"/" + n: module(n) for n in names}})
server = Daemon("--config", path)


def failures():
    """What was not as expected."""
    wrong = collections.Counter()
    for p, (status, body) in EXPECTED.items():
        got = server.ask(p)
        if got[0] != status or body not in (None, got[2]):
            wrong[p, got[0], got[2][:60]] += 1
    return wrong


class Load:
    def __enter__(self):
        self.stop, self.wrong, self.rounds = threading.Event(), [], 0
        self.threads = [threading.Thread(target=self.run) for _ in range(4)]
        for t in self.threads:
            t.start()
        return self

    def run(self):
        while not self.stop.is_set():
            self.wrong += failures()
            self.rounds += 1

    def more(self):
        before = self.rounds
        until(lambda: self.rounds > before + 4)

    def __exit__(self, *_):
        self.stop.set()
        for t in self.threads:
            t.join()


def reloads():
    return server.said().count(": reloaded ")


def reload():
    before = reloads()
    server.tell(signal.SIGHUP)
    return until(lambda: reloads() > before or "not reloaded" in server.said())


def held():
    """Descriptors and mappings."""
    with open(f"/proc/{server.pid}/maps") as f:
        return len(os.listdir(f"/proc/{server.pid}/fd")), len(f.readlines())


with Load() as load:
    for _ in range(30):
        reload()
        load.more()
same((load.wrong, reloads()), ([], 30),
     "30 reloads under load: no answer is lost, or another's")
before = held()
with Load() as load:
    for _ in range(30):
        reload()
        load.more()
after = held()
same(load.wrong, [], "and 30 more")
ok(after[0] <= before[0] + 8 and after[1] <= before[1] + 64,
   "descriptors and mappings level out")
print(f"# {before} {after}")

# One path, another object each time.
built = {n: subprocess.check_output([program, "--build", module(n)],
                                    text=True).strip()
         for n in ("hello", "empty", "fibonacci")}
answers = {"hello": b"Hello, world!\n", "empty": b"", "fibonacci": b"0\n"}


def put(name, to):
    shutil.copy(built[name], to + ".new")
    os.replace(to + ".new", to)


a, b = folder + "/a.so", folder + "/b.so"
put("hello", a)
put("empty", b)
config({"a": {**{"/" + n: module(n) for n in names}, "/a": a, "/b": b}})
reload()
wrong = []
with Load() as load:
    for n in range(30):
        one, two = list(built)[n % 3], list(built)[(n + n // 7) % 3]
        put(one, a)
        put(two, b)
        reload()
        got = server.ask("/a")[2], server.ask("/b")[2]
        if got != (answers[one], answers[two]):
            wrong.append((n, one, two, got))
same((wrong, load.wrong), ([], []),
     "an object that is replaced is taken, and only that, 30 times")

# Tenants and routes come and go.
config({"a": {"/hello": module("hello")}, "new": {"/new": module("hello")}})
reload()
same((server.ask("/hello")[0], server.ask("/empty")[0]), (200, 404),
     "a route that is gone: 404")
ok("from the next start" not in server.said(), "no key is said to wait")
config({"a": {"/hello": module("hello")}}, scheduler="sjf", **{"slice-us": 100})
reload()
same([line for line in server.said().split("\n") if "next start" in line],
     [f"sigpact-serve: {k}: counts from the next start"
      for k in ("scheduler", "slice-us")], "but those that do are told")
with open(path, "w") as f:
    f.write('{"tenants": [], "tenant": 1}')
server.tell(signal.SIGHUP)
ok(server.says("not reloaded: ") and server.ask("/hello")[0] == 200,
   "a configuration with a mistake changes nothing")
ok(f"not reloaded: {path}:1: tenant" in server.said(), "and is told by its line")
same(server.end(), 0, "exit status")
done()
