#!/usr/bin/env python3
"""All kinds of requests at once, by 64 connections (mixed.c): each is answered as
it must be, whatever the others do, and nothing is left of them.

	mixed.py MODULES [LIBRARY]

LIBRARY is loaded into the server.  SERVE_ROUNDS (1) times SERVE_REQUESTS (4000)
requests for each case."""
import os
import subprocess
import sys

from lib import done, ok
from served import Served, route, tenant

rounds = int(os.environ.get("SERVE_ROUNDS", 1))
requests = int(os.environ.get("SERVE_REQUESTS", 4000))
client = os.environ["BUILD"] + "/tests/serve-mixed"
load = ["--load", sys.argv[2]] if len(sys.argv) > 2 else []
loaded = " with Go" if load else ""


def routes():
    return [route("/recursion", relative_deadline_us=20000),
            route("/trap", relative_deadline_us=5000),
            route("/deep", relative_deadline_us=30000),
            route("/wide", relative_deadline_us=40000),
            route("/endless", relative_deadline_us=1000000, budget_us=2000),
            route("/work", relative_deadline_us=50000, budget_us=3600000000),
            route("/empty", relative_deadline_us=1000),
            route("/echo", relative_deadline_us=10000)]


def measured(said, when):
    for line in said.splitlines():
        if line.startswith(when):
            word = line.split()
            return int(word[1]), int(word[3])
    return 0, 0


def case(workers, slice_us):
    what = f"{workers} worker{'s'[:workers - 1]}, {slice_us} us{loaded}"
    server = Served(tenant("all", *routes()), arguments=load, workers=workers,
                    slice_us=slice_us)
    good = True
    for i in range(rounds):
        r = subprocess.run([client, str(server.port), str(server.pid),
                            str(requests), str(i + 1)], capture_output=True,
                           text=True, check=False)
        good = good and r.returncode == 0
        if r.returncode:
            print("#", f"round {i + 1}: status {r.returncode}: ",
                  r.stderr.replace("\n", "\n# "))
        if i == rounds // 2:
            before = measured(r.stdout, "half")
        print("#", r.stdout.replace("\n", " "))
    after = measured(r.stdout, "end")
    ok(server.metric("preemptions") > requests / 100,
       f"{what}: with preemptions")
    ok(good, f"{what}: {rounds} x {requests} answers")
    if not ok(after[0] <= before[0] * 1.05 + 8192 and
              after[1] <= before[1] + 32, f"{what}: memory levels out"):
        print(f"# {before} KiB, mappings half way; {after}")
    if not ok(server.end() == 0, f"{what}: ends well"):
        print("#", server.process.returncode, server.lines)


for workers in 1, 2:
    for slice_us in 1000, 50:
        case(workers, slice_us)
done()
