#!/usr/bin/env python3
"""Drain, stop, listeners that come and go."""
import socket

from lib import Client, Server, chunked, done, get, ok, post, same


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


server = Server(workers=2)
idle, working, large, body = (Client(server.port, room=r)
                              for r in (None, None, 4096, None))
head = Client(server.port)
fresh = Client(server.port)
idle.send(get("/empty")).answer()
large.send(get("/sized?5000000"))
while not large.bytes:
    large.more()
working.send(get("/sleep?1000"))
body.send(post("/echo", b"abc")[:-1])
head.send(get("/empty")[:-1])
server.until(connections=6, requests=3)
server.tell("drain")
same(idle.closed(), True, "drain: an idle connection is closed")
same(fresh.closed(), True, "drain: a fresh one is closed")
status, headers, _ = head.send("\n").answer()
ok((status, headers["Connection"]) == (503, "close") and head.closed(),
   "drain: 503 for a request that has begun")
late = Client(server.port)
status, headers, said = late.send(get("/empty")).answer()
same((status, headers["Connection"], said),
     (503, "close",
      b'{"status":503,"error":"the server is being stopped"}\n'),
     "drain: 503 for a new one")
late = Client(server.port)
same(late.send(get("/anytime")).status(), 200, "drain: what goes on anytime")
late = Client(server.port)
same(late.send(get("/nothing")).status(), 404, "drain: 404 is still that")
status, headers, said = body.send("c").answer()
same((status, headers["Connection"], said), (200, "close", b"abc"),
     "drain: a body that was under way is waited for")
status, headers, said = working.answer()
same((status, headers["Connection"], said), (200, "close", b"here"),
     "drain: a request at work is answered")
same(len(large.answer()[2]), 5000000, "drain: and read to the end")
same(server.process.wait(60), 0, "drained: it ends")
ok(refuses(server.port), "drained: nobody listens")

server = Server()
server.tell("drain")
same(server.process.wait(60), 0, "drained at once with nothing to do")

server = Server()
clients = [Client(server.port) for _ in range(50)]
for i, client in enumerate(clients):
    client.send([get("/sleep?20"), get("/empty")[:-1], "",
                 chunked("/echo", b"abc", [1])[:-1]][i % 4])
server.until(connections=50)
same(server.end(), 0, "stop: it ends, whatever is open")
ok(all(c.closed() or c.bytes for c in clients), "stop: all are closed")

server = Server()
files = server.files()
for i in range(100):
    port = int(server.ask("listen"))
    idle, working, fresh = (Client(port) for _ in range(3))
    who = idle.send(get("/ask")).answer()[2].split()[6]
    working.send(get("/sleep?20"))
    first = Client(server.port)
    first.send(get("/empty")).answer()
    server.until(connections=4, requests=4 * i + 3)
    server.ask("unlisten")
    good = who == b"other" and idle.closed() and fresh.closed() and \
        working.status() == 200 and working.closed() and refuses(port) and \
        first.send(get("/empty")).status() == 200
    for client in idle, working, fresh, first:
        client.close()
    if not good:
        break
ok(good, "100 listeners come and go, the first one stays")
server.until(connections=0)
same(server.files(), files, "no descriptor is left")
same(server.end(), 0, "it ends")
done()
