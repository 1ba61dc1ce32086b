#!/usr/bin/env python3
"""Requests that are served: whole, byte by byte, many at once."""
import re

from lib import Client, Server, chunked, done, get, ok, post, same

server = Server("idle_ms=600000")
files = server.files()
client = Client(server.port)


def asked(request, step=None):
    """What the server understood: the first line, and the headers."""
    lines = client.send(request, step).answer()[2].decode().split("\n")
    return lines[0], lines[1:-1]


def check(what, data, expected, step):
    got = client.send(data, step).answer()
    same(got and (got[0], got[2]), expected, what)


for step in None, 1:
    how = "byte by byte: " if step else ""
    same(asked(get("/ask?a=b&c=%20", "X-One:  1 2 \t\r\nX-TWO:\r\n"), step),
         ("GET /ask a=b&c=%20 1 1 0 127.0.0.1 first",
          ["host=a", "x-one=1 2", "x-two="]), how + "line and headers")
    same(asked("\r\n\r\n" + get("/%61s%6B"), step)[0],
         "GET /ask  1 1 0 127.0.0.1 first", how + "a path is decoded")
    same(asked(get("http://user@host:1/ask?q#f"), step)[0],
         "GET /ask q 1 1 0 127.0.0.1 first", how + "absolute form")
    for method in "DELETE", "PATCH", "PUT", "OPTIONS":
        same(asked(get("/ask", method=method), step)[0],
             f"{method} /ask  1 1 0 127.0.0.1 first", how + method)
    same(asked(get("/ask", "Upgrade: h2c\r\nConnection: Upgrade\r\n"),
               step)[0],
         "GET /ask  1 1 0 127.0.0.1 first", how + "an upgrade is not taken")
    check(how + "a body", post("/echo", b"hello\0\r\n\r\n"),
          (200, b"hello\0\r\n\r\n"), step)
    check(how + "an empty body", post("/echo", b""), (200, b""), step)
    check(how + "a body from the I/O thread", get("/now"), (200, b""), step)
    check(how + "chunks", chunked("/echo", b"hello world", [1, 3, 2]),
          (200, b"hello world"), step)
    check(how + "no chunks", chunked("/echo", b"", [1]), (200, b""), step)
    check(how + "chunks, extensions and a trailer", get(
        "/echo", "Transfer-Encoding: Chunked\r\n", "POST") +
        "3;a=b\r\nabc\r\n0\r\nX-T: y\r\n\r\n", (200, b"abc"), step)
    check(how + "a lone empty line is passed over", "\r\n" + get("/empty"),
          (200, b""), step)

head = get("/sized?5", method="HEAD")
status, headers, body = client.send(head).answer("HEAD")
same((status, headers["Content-Length"]), (200, "5"), "HEAD: its size")
client.send(head + get("/sized?3"))
same((client.answer("HEAD")[0], client.answer()[2]), (200, b"abc"),
     "HEAD: and no body")
date = client.send(get("/empty")).answer()[1]["Date"]
ok(re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
                r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) 20\d\d "
                r"\d\d:\d\d:\d\d GMT", date), "Date")

big = bytes(i * 7 % 251 for i in range(1 << 20))
check("1 MiB", post("/echo", big), (200, big), None)
check("1 MiB, in odd chunks", chunked("/echo", big, [1, 4097, 13, 65537, 2]),
      (200, big), None)
check("1 MiB, in odd chunks, sent in odd pieces",
      chunked("/echo", big, [10007, 1, 77777]), (200, big), 4999)
check("64 KiB byte by byte, chunks of a byte",
      chunked("/echo", big[:65536], [1]), (200, big[:65536]), 1 << 16)
check("small after large: nothing of it is left", post("/echo", b"x"),
      (200, b"x"), None)
check("and none at all", get("/echo"), (200, b""), None)

client.send(get("/echo", "Expect: 100-continue\r\nContent-Length: 2\r\n",
                "POST"))
same(client.status(), 100, "Expect: 100")
same(client.send("ab").answer()[2], b"ab", "and then the answer")
client.send(chunked("/echo", b"ab", [1], "Expect: 100-Continue\r\n"))
same(client.answer()[2], b"ab", "Expect with its body: no 100")
client.send(get("/empty", "Expect: 100-continue\r\n"))
same(client.status(), 200, "Expect without a body: no 100")

for path in "/sized?10", "/now", "/sleep?0":
    client.send(get(path) * 1000)
    same([client.status() for _ in range(1000)], [200] * 1000,
         f"1,000 requests in one write: {path}")
client.send(b"".join(post("/echo", b"%d" % i) for i in range(1000)))
same([client.answer()[2] for _ in range(1000)],
     [b"%d" % i for i in range(1000)], "1,000 bodies, in order")
same(client.send(b"".join(chunked("/echo", b"%d" % i, [1])
                          for i in range(300)), 7) and
     [client.answer()[2] for _ in range(300)],
     [b"%d" % i for i in range(300)], "300 in chunks, in pieces of 7 bytes")

client.send("GET /ask HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
status, headers, body = client.answer()
same((status, headers.get("Connection"), body.split()[2:4]),
     (200, "keep-alive", [b"0", b"1"]), "HTTP/1.0, kept")
status, headers, body = client.send("GET /empty HTTP/1.0\r\n\r\n").answer()
ok(status == 200 and headers["Connection"] == "close" and client.closed(),
   "HTTP/1.0: closed")
client.close()

client = Client(server.port)
status, headers, body = client.send(
    get("/empty", "Connection: close\r\n") + get("/empty")).answer()
ok(status == 200 and headers["Connection"] == "close" and client.closed(),
   "Connection: close, and what comes behind is not answered")
client = Client(server.port, "::1")
same(asked(get("/ask"))[0], "GET /ask  1 1 0 ::1 first", "by IPv6")
client.close()

for _ in range(200):
    client = Client(server.port)
    client.send(get("/empty")).answer()
    client.close()
server.until(connections=0)
same(server.files(), files, "no descriptor is left")
same(server.end(), 0, "it ends")

# Several workers: each connection has its answers in order all the same.
server = Server(workers=4)
clients = [Client(server.port) for _ in range(16)]
for turn in range(5):
    for k, client in enumerate(clients):
        client.send(b"".join(post("/echo", b"%d %d" % (k, i))
                             for i in range(200)), [None, 1009, 77][k % 3])
    good = [[c.answer()[2] for _ in range(200)] for c in clients] == \
        [[b"%d %d" % (k, i) for i in range(200)] for k in range(16)]
    if not good:
        break
ok(good, "16 clients, 4 workers, 16,000 requests: in order")
same(server.end(), 0, "it ends")
done()
