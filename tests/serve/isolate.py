#!/usr/bin/env python3
"""What one request leaves in a sandbox, the next one does not find: in memory, in
globals, in the answer; however the first one ended."""
import os
import threading

from lib import Client, done, ok, post, same
from served import Served, route, tenant

WAYS = {"return": 200, "divide": 500, "exit": 500, "flood": 500, "loops": 504}
CLEAN = (200, b"0 not a secret\n")


def keep(client, way):
    """What was kept, and whether it was answered as it should be."""
    secret = os.urandom(32)
    status, headers, body = client.send(post(f"/secret?{way}", secret)).answer()
    good = status == WAYS[way] and ("Sigpact-Trap" in headers) == (status == 500)
    if way == "return":
        good = good and {body[i:i + 32]
                         for i in range(0, len(body), 32)} == {secret}
    else:
        good = good and secret not in body
    if not good:
        print(f"# {way}: {status} {headers} {body[:100]}")
    return secret, good


def look(client, secret):
    status, _, body = client.send(
        post("/secret?look", bytes(b ^ 0xff for b in secret))).answer()
    return status, body


def served(workers, **keys):
    return Served(tenant("t", route("/secret", budget_us=50000),
                         route("/poison")), workers=workers, **keys)


server = served(1)
client = Client(server.port)
for way in WAYS:
    good, found = True, set()
    for _ in range(20):
        secret, as_it_should = keep(client, way)
        good = good and as_it_should
        found.add(look(client, secret))
    ok(good, f"{way}: {WAYS[way]}")
    same(found, {CLEAN}, f"{way}: nothing is left")
same(server.gauge("sandboxes", "/secret"), 1, "… all in one sandbox")
for _ in range(20):
    answer = client.send(post("/poison", b"")).answer()
same(answer[2].split()[0], b"0", "no mark is left anywhere in a memory")
server.end()


def mingle(port, number, wrong):
    client = Client(port)
    ways = list(WAYS)[:-1]
    for i in range(40):
        secret, good = keep(client, ways[(i + number) % len(ways)])
        if not good or look(client, secret) != CLEAN:
            wrong.append(number)


server = served(2, slice_us=200)
wrong = []
threads = [threading.Thread(target=mingle, args=(server.port, i, wrong))
           for i in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
same(wrong, [], "nor among twelve who ask at once, of two workers")
ok(server.metric("preemptions", "/secret") > 100, "… who are preempted")
server.end()
done()
