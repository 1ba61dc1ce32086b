#!/usr/bin/python3
"""What the server itself answers: health, readiness, metrics, functions."""
import http.client
import json
import signal

from daemon import Daemon, config, module, samples, until, value
from lib import Client, done, get, ok, same

PATHS = ("/", "/-/healthz", "/-/readyz", "/-/metrics", "/-/functions.json")
TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


server = Daemon("--config", config(
    {'t"\\en': {"/hello": module("hello"), "/trap": module("trap"),
                "/work": {"path": module("work"), "relative-deadline-us": 1},
                "/endless": {"path": module("endless"), "budget-us": 20000}},
     "two": {"/hello": module("hello")}},
    **{"drain-delay-ms": 3600000, "workers": 2}))

for path, type_, body in (("/-/healthz", "text/plain", b"alive\n"),
                          ("/-/readyz", "text/plain", b"ready\n")):
    status, headers, said = server.ask(path)
    same((status, headers["Content-Type"], headers["Cache-Control"], said),
         (200, type_, "no-store", body), path)
status, headers, text = server.ask("/-/metrics")
ok((status, headers["Content-Type"]) == (200, TYPE) and
   text.endswith(b"\n# EOF\n") and text.count(b"# EOF") == 1,
   "/-/metrics: its content type, and # EOF at its end")
for path in PATHS:
    whole, head = server.ask(path), server.ask(path, "HEAD")
    ok(whole[0] == head[0] == 200 and head[2] == b"" and
       whole[1]["Content-Type"] == head[1]["Content-Type"] and
       abs(int(head[1]["Content-Length"]) - len(whole[2])) < 50,
       f"HEAD {path}")
    status, headers, body = server.ask(path, "POST", b"x")
    same((status, headers["Allow"], json.loads(body)["status"]),
         (405, "GET, HEAD", 405), f"POST {path}")
same([server.ask(p)[0] for p in ("/-/none", "/-/", "/-/metrics/", "/-/x?y")],
     [404] * 4, "404 for what is not there")

before = samples(server)
server.ask("/hello")
server.ask("/hello", port=server.ports["two"])
server.ask("/trap?divide")
server.ask("/trap?unreachable")
server.ask("/trap?unreachable")
server.ask("/endless")
server.ask("/work")
server.ask("/none")
after = until(lambda: (a := samples(server)) and not  # a worker answers first,
              value(a, "sandboxes", state="taken") and a)  # and then gives back


def grown(name, **labels):
    return value(after, name, **labels) - value(before, name, **labels)


same([grown("requests_total", outcome=o) for o in ("ok", "trap", "stopped")],
     [3, 3, 1], "requests, by how they ended")
same([grown("requests_total", tenant=t, route="/hello")
      for t in ('t"\\en', "two")], [1, 1], "and by route and tenant")
same([grown("traps_total", trap=t) for t in ("divide", "unreachable", "fault")],
     [1, 2, 0], "traps, by kind")
ok(grown("deadline_misses_total", route="/work") == 1 ==
   grown("latency_seconds_count", route="/work") and
   grown("deadline_misses_total", route="/hello") == 0, "missed deadlines")
ok(0.02 <= grown("run_seconds_sum", route="/endless") < 5 and
   0.02 <= grown("latency_seconds_sum", route="/endless") < 60,
   "time that calls ran and took")
buckets = sorted((float(dict(k[1])["le"]), v) for k, v in after.items()
                 if k[0] == "sigpact_serve_latency_seconds_bucket" and
                 dict(k[1])["route"] == "/endless")
ok([v for le, v in buckets] == sorted(v for le, v in buckets) and
   buckets[-1] == (float("inf"), 1) and
   all(v == 0 for le, v in buckets if le < 0.02), "as a histogram")
ok(value(after, "workers") == 2 and value(after, "draining") == 0 and
   value(after, "connections") >= 1 and value(after, "queue") == 0 and
   grown("http_requests_total") >= 7 and grown("http_refused_total") == 1 and
   value(after, "sandboxes", state="taken") == 0 and
   value(after, "sandboxes", state="idle") > 0, "what the server has")
same({f["route"]: (f["calls"], f["traps"], f["stopped"])
      for f in json.loads(server.ask("/-/functions.json")[2])
      if f["tenant"] != "two"},
     {"/hello": (1, {}, 0), "/trap": (3, {"divide": 1, "unreachable": 2}, 0),
      "/work": (1, {}, 0), "/endless": (1, {}, 1)}, "/-/functions.json")

# A drain with a delay: not ready, but all else goes on.
kept = http.client.HTTPConnection("127.0.0.1", server.port)
kept.request("GET", "/hello")
kept.getresponse().read()
server.tell(signal.SIGTERM)
status, headers, body = until(lambda: (r := server.ask("/-/readyz"))[0] != 200
                              and r)
same((status, body), (503, b"draining\n"), "draining: /-/readyz says 503")
same((server.ask("/-/healthz")[0], server.ask("/hello")[0],
      value(samples(server), "draining")), (200, 200, 1),
     "and until its delay is over, a function answers a new connection")
kept.request("GET", "/hello")
same(kept.getresponse().read(), b"Hello, world!\n", "and one that was kept")
same((server.end(), "told twice" in server.said()), (0, True),
     "a second signal ends it at once")

# Without one: what has begun is answered, what comes is refused.
server = Daemon(module("hello"))
begun = Client(server.port).send(
    get("/hello", "Content-Length: 1\r\nExpect: 100-continue\r\n", "POST"))
same(begun.status(), 100, "a request whose body is to come")
server.tell(signal.SIGTERM)
until(lambda: server.ask("/-/readyz")[0] == 503)
status, headers, body = server.ask("/hello")
same((status, json.loads(body)["error"]), (503, "the server is being stopped"),
     "without a delay: 503 for what comes")
same((begun.send("x").status(), server.wait()), (200, 0),
     "what has begun is answered, and that is the end")

server = Daemon("--config", config({"a": {"/endless": {
    "path": module("endless"), "budget-us": 3600000000}}}, **{"drain-ms": 200}))
running = Client(server.port).send(get("/endless"))
until(lambda: value(samples(server), "queue") == 1)
same((server.end(), server.says("1 requests are left, and dropped")), (0, True),
     "what does not end within drain-ms is dropped")
done()
