#!/usr/bin/python3
"""The access log: a JSON object a line whatever is asked, and its rotation."""
import json
import os
import re
import signal
import threading

from daemon import (Daemon, config, fails, folder, module, samples, until,
                    value)
from lib import Client, done, get, ok, same

SEEN = {"time", "client", "method", "path", "status", "bytes"}
RAN = SEEN | {"tenant", "route", "run_us", "latency_us", "late"}


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, "rb") as f:
        return [json.loads(line) for line in f if line.endswith(b"\n")]


def logged(path, count):
    """Waits until it has so many; they are written once a second."""
    return until(lambda: len(lines(path)) >= count) and lines(path)


log = folder + "/log"
path = config({"a": {"/hello": module("hello"), "/trap": module("trap"),
                     "/endless": {"path": module("endless"),
                                  "budget-us": 20000},
                     "/resize": module("resize"),
                     '/quo"te\u00e9': module("hello")}})
server = Daemon("--config", path, "--access-log", log)
server.ask("/hello?name=you")
server.ask("/trap?unreachable")
server.ask("/endless")
server.ask("/none")
server.ask("/hello", "PUT", b"")
all_ = logged(log, 5)
same([(o["status"], set(o)) for o in all_],
     [(200, RAN), (500, RAN | {"trap"}), (504, RAN), (404, SEEN), (405, SEEN)],
     "a line for each request, with its fields")
same({k: all_[0][k] for k in ("client", "method", "path", "bytes", "tenant",
                              "route", "late")},
     {"client": "127.0.0.1", "method": "GET", "path": "/hello", "bytes": 12,
      "tenant": "a", "route": "/hello", "late": False}, "and what they tell")
ok(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", o["time"])
       for o in all_), "the time in UTC, with milliseconds")
ok(all_[1]["trap"] == "unreachable" and 20000 <= all_[2]["run_us"] <=
   all_[2]["latency_us"] < 10**7, "traps, and times in microseconds")

for name in ("%22%5c", "%0a%0d%09%1b", "%ff%fe", "%c3%a9", "%e2%80%a8", "'<b>"):
    server.ask("/" + name)
server.ask("/quo%22te%c3%a9")
Client(server.port).send("GARBAGE\r\n\r\n").answer()
same([o.get("path") for o in logged(log, 13)[5:]],
     ['/"\\', "/\n\r\t\x1b", "/??", "/\u00e9", "/\u2028", "/'<b>",
      '/quo"te\u00e9', None],
     "a path with quotes, newlines, bytes that are no UTF-8; what is no request")

server.ask("/resize", "POST", b"no image")
said = logged(log, 15)[13:]
same([(set(o), o.get("stderr"), o.get("route")) for o in said],
     [({"time", "tenant", "route", "stderr"}, said[0].get("stderr"), "/resize"),
      (RAN | {"trap"}, None, "/resize")],
     "what a function writes to stderr, before its own line")
ok(said[0]["stderr"].startswith("resize: ") and said[1]["trap"] == "exit",
   "each line of it")

same([server.ask(p)[0] for p in ("/", "/-/healthz", "/-/readyz", "/-/metrics")],
     [200] * 4, "the server's own paths")
server.ask("/hello")
same([o["path"] for o in logged(log, 16)[15:]], ["/hello"], "are not logged")

# Rotation, while requests come: none is missing, and none is there twice.
done_ = threading.Event()
sent = []


def ask_on():
    while not done_.is_set():
        sent.append(server.ask("/hello")[0])


threads = [threading.Thread(target=ask_on) for _ in range(4)]
for t in threads:
    t.start()
for n in range(1, 6):
    before = len(sent)
    until(lambda: len(sent) > before + 50)
    os.rename(log, f"{log}.{n}")
    server.tell(signal.SIGHUP)
    until(lambda: os.path.exists(log))
done_.set()
for t in threads:
    t.join()
rotated = [f"{log}.{n}" for n in range(1, 6)] + [log]
until(lambda: sum(len(lines(p)) for p in rotated) >= 16 + len(sent))
same((sum(len(lines(p)) for p in rotated), set(sent)), (16 + len(sent), {200}),
     "SIGHUP: a new file of that name, five times under load; no line is lost")
ok(until(lambda: sent.append(server.ask("/hello")[0]) or lines(log)) and
   lines(rotated[0]), "and what comes later is in the last one")

# copytruncate; all that was written before is there
until(lambda: sum(len(lines(p)) for p in rotated) == 16 + len(sent))
with open(log, "wb"):
    pass
server.ask("/trap?divide")
same([o["trap"] for o in logged(log, 1)], ["divide"],
     "a file that is cut off is written from its start")

os.unlink(log)
os.mkdir(log)
server.tell(signal.SIGHUP)
ok(server.says("the access log goes on in the old file: Is a directory"),
   "a file that cannot be opened is told")
same((server.ask("/hello")[0], server.end()), (200, 0), "and harms nobody")

server = Daemon("--config", path, "--access-log", "-")
server.ask("/hello")
server.end()
same([o["status"] for o in lines(server.output)], [200],
     "-: standard output; what is left is written at the end")

# Lines of 3 KiB, more than pipe and memory have room for.


def many(server):
    """1500 requests that are logged, each answered."""
    client = Client(server.port)
    answers = 0
    for _ in range(30):
        client.send(get("/" + "x" * 3000) * 50)
        answers += sum(client.status() == 404 for _ in range(50))
    return answers


def dropped(server):
    return value(samples(server), "log_lines_dropped_total")


server = Daemon("--config", path, "--access-log", "-", pipe=True)
ok(many(server) == 1500 and server.ask("/-/readyz")[0] == 200 and
   dropped(server) > 100, "a pipe that nobody reads stops nobody; lines are "
                          "dropped and counted")
same(server.end(), 0, "nor the end")
server.process.stdout.close()
server = Daemon("--config", path, "--access-log", "/dev/full")
server.ask("/hello")
ok(server.says("lines of the access log are lost: No space left on device") and
   until(lambda: dropped(server) == 1), "a full disk is told, and counted")
same((server.ask("/hello")[0], server.end()), (200, 0), "and stops nobody")

server = Daemon("--config", path)
server.ask("/resize", "POST", b"no image")
server.end()
same([json.loads(line)["stderr"].split(":")[0]
      for line in server.said().split("\n") if line.startswith("{")], ["resize"],
     "without a log, stderr of functions goes to the server's")
same(fails("--config", path, "--access-log", folder + "/no/log"),
     (2, f"sigpact-serve: access log {folder}/no/log: No such file or "
         "directory\n"), "a folder that is not there")
done()
