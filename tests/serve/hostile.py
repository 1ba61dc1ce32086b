#!/usr/bin/env python3
"""Clients that are slow, gone, too many, or never read."""
import resource
import socket
import struct
import sys

from lib import Client, Server, done, get, ok, post, same, skip

IDLE = 10000
SANITIZED = sys.argv[1:2] not in ([], ["none"])  # its memory is another's


def reset(client):
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
    client.close()


# Time-outs: each ends by itself, and another client is served all along.
server = Server("header_ms=300", "body_ms=300", "idle_ms=300",
                "write_ms=300")
files = server.files()
silent = Client(server.port)
same(silent.closed(), True, "idle from the start: closed, without a word")
used = Client(server.port)
used.send(get("/empty")).answer()
same(used.closed(), True, "idle after an answer: the same")
for what, data in ("a header", get("/empty")[:-1]), ("a byte", "G"), \
        ("a body", post("/echo", b"abc")[:-1]), \
        ("a chunk", get("/echo", "Transfer-Encoding: chunked\r\n", "POST") +
         "3\r\nab"):
    late = Client(server.port)
    status = late.send(data).status()
    ok(status == 408 and late.closed(), f"408: {what} that does not end")
loris = [Client(server.port) for _ in range(100)]
for byte in get("/empty", "X: y\r\n")[:20]:
    for client in loris:
        client.send(byte)
other = Client(server.port)
same(other.send(get("/empty")).status(), 200, "another among slow ones")
same([c.status() for c in loris], [408] * 100, "408: 100 slow ones")
busy = Client(server.port)
same(busy.send(get("/sleep?1500")).status(), 200,
     "work that takes longer than all time-outs")
same(busy.send(get("/empty")).status(), 200, "and the idle time starts after")
deaf = Client(server.port, room=4096)
deaf.send(get("/sized?8000000"))
before = server.counts()["timed_out"]
server.until(timed_out=before + 1)
ok(True, "one that does not read is closed")
for client in [silent, used, late, other, busy, deaf, *loris]:
    client.close()
server.until(connections=0)
same(server.files(), files, "no descriptor is left")
server.end()

# Gone before, during and after.
server = Server()
files = server.files()
for path in "/empty", "/sleep?1", "/sized?5000000", "/nothing":
    for leave in reset, Client.close:
        for _ in range(50):
            client = Client(server.port)
            client.send(get(path))
            leave(client)
    for _ in range(50):
        client = Client(server.port)
        client.send(get(path)[:-2])
        reset(client)
for _ in range(50):
    client = Client(server.port)
    client.send(get("/empty")).answer()
    reset(client)
server.until(connections=0)
same(server.files(), files, "450 resets and 200 closes: nothing is left")
client = Client(server.port)
same(client.send(get("/sized?5000000")).half().answer()[2][:3], b"abc",
     "half-closed: its answer, large")
client = Client(server.port)
client.send(get("/sleep?50") + get("/empty") * 20).half()
same([client.status() for _ in range(21)], [200] * 21,
     "half-closed: all answers")
ok(client.closed(), "and then the end")
slow = Client(server.port, room=4096)
slow.send(get("/sized?5000000") + get("/sized?3"))
answers = slow.answer(), slow.answer()
same([len(a[2]) for a in answers], [5000000, 3],
     "a slow reader gets all, and the next answer")
server.until(connections=1)
for client in client, slow:
    client.close()
gone = Client(server.port)
other = Client(server.port)
gone.send(get("/sleep?300"))
other.send(get("/sleep?0"))
reset(gone)
same(other.answer()[2], b"here", "behind one that is gone")
same(server.end(), 0, "it ends")

# Limits.
server = Server("connections=10")
clients = [Client(server.port) for _ in range(15)]
for client in clients:
    client.send(get("/empty"))
same([c.status() for c in clients[:10]], [200] * 10, "as many as may be")
same(server.counts()["connections"], 10, "and no more")
for client in clients[:10]:
    client.close()
same([c.status() for c in clients[10:]], [200] * 5, "others wait for them")
for client in clients:
    client.close()
server.end()

server = Server(wrap=["prlimit", "--nofile=30"])
clients = [Client(server.port) for _ in range(60)]
for client in clients:
    client.send(get("/empty"))
for client in clients:
    if client.status() != 200:
        break
    client.close()
else:
    ok(True, "60 clients, with 30 descriptors")
    server.until(connections=0)
ok(server.counts()["paused"] > 0, "accepting has waited")
server.end()

# Idle ones.
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
n = min(IDLE, hard - 100)
server = Server("connections=20000", "idle_ms=600000")
files = server.files()
used = Client(server.port)
used.send(get("/empty")).answer()
before = server.memory()
clients = [Client(server.port, source=f"127.0.0.{2 + i % 8}")
           for i in range(n)]
server.until(connections=n + 1)
each = (server.memory() - before) / n
print(f"# {each:.0f} bytes for each of {n} idle connections")
what = f"{n} idle connections, 512 bytes each at most"
if n < IDLE or SANITIZED:
    skip(what, "sanitized" if SANITIZED else
         f"no more than {hard} descriptors here")
else:
    ok(each <= 512, what)
same(used.send(get("/empty")).status(), 200, "another among them")
for client in clients:
    client.send(get("/empty"))
same(sum(client.status() == 200 for client in clients), n, "all are served")
while not SANITIZED:  # within a second or so
    each = (server.memory() - before) / n
    if each <= 1024:
        print(f"# {each:.0f} bytes for each when they are idle again")
        ok(True, "the memory of their requests is given back")
        break
for client in [used, *clients]:
    client.close()
server.until(connections=0)
same(server.files(), files, "no descriptor is left")
same(server.end(), 0, "it ends")
done()
