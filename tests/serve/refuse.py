#!/usr/bin/env python3
"""What is refused: the status, its JSON, and whether the connection goes on."""
import json

from lib import Client, Server, chunked, done, get, ok, post, same

server = Server("header_size=1000", "headers=10", "url_size=100",
                "body_size=1000")
TE = "Transfer-Encoding: chunked\r\n"
START = "POST /echo HTTP/1.1\r\nHost: a\r\n"


def refused(status, what, data, kept=False, method="GET"):
    """Whole, byte by byte, and behind a request that is served."""
    if isinstance(data, str):
        data = data.encode("latin-1")
    for step, before in (None, b""), (1, b""), (None, get("/empty").encode()):
        client = Client(server.port)
        client.send(before + data, step)
        first = client.status() if before else 200
        got, headers, body = client.answer(method) or (0, {}, b"")
        good = first == 200 and got == status
        if method != "HEAD":
            said = json.loads(body or b"{}")
            good = good and said.get("status") == status and said["error"]
        if kept:
            good = good and client.send(get("/empty")).status() == 200
        else:
            good = good and headers.get("Connection") == "close" and \
                client.closed()
        client.close()
        if not good:
            print(f"# step {step}, behind {before}: {got} {headers} {body}")
            break
    ok(good, f"{status}: {what}")
    return headers


refused(400, "garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
refused(400, "no method", " / HTTP/1.1\r\n\r\n")
refused(400, "a word, and a line's end", "GET\r\n\r\n")
refused(400, "no Host", "GET /empty HTTP/1.1\r\n\r\n")
refused(400, "two Hosts", get("/empty", "Host: b\r\n"))
refused(400, "a header without a name", get("/empty", ": x\r\n"))
refused(400, "space before a colon", get("/empty", "X : x\r\n"))
refused(400, "space in a name", get("/empty", "X y: x\r\n"))
refused(400, "no colon", get("/empty", "X\r\n"))
refused(400, "a header that goes on in the next line",
        get("/empty", "X: a\r\n b\r\n"))
refused(400, "an empty one that does", get("/empty", "X:\r\n\tb\r\n"))
refused(400, "space before the first header",
        "GET /empty HTTP/1.1\r\n Host: a\r\n\r\n")
refused(400, "NUL in a value", get("/empty", "X: a\0b\r\n"))
refused(400, "NUL in a name", get("/empty", "X\0: a\r\n"))
refused(400, "NUL in the path", get("/em\0pty"))
refused(400, "NUL, encoded", get("/em%00pty"))
refused(400, "% without digits", get("/em%2"))
refused(400, "% without hexadecimal digits", get("/em%2gpty"))
refused(400, "..", get("/a/../empty"))
refused(400, "../", get("/.."))
refused(400, ".., encoded", get("/a/%2e%2E/empty"))
refused(400, ".", get("/./empty"))
refused(400, "a path that starts with no /", get("empty"))
refused(400, "* for GET", get("*"))
refused(400, "bytes above 127 in the path", get("/\xff"))
refused(400, "a control character", get("/empty", "X: \x01\r\n"))
refused(400, "lines that end with LF", "GET /empty HTTP/1.1\nHost: a\n\n")
refused(400, "a first line that does",
        "GET /empty HTTP/1.1\nHost: a\r\n\r\n")
refused(400, "a header line that does", get("/empty", "X: y\n"))
refused(400, "an empty line that does",
        "GET /empty HTTP/1.1\r\nHost: a\r\n\n")
refused(400, "CR within a line", get("/empty", "X: a\rb\r\n"))
refused(400, "HTTX/1.1", "GET /empty HTTX/1.1\r\nHost: a\r\n\r\n")

for more in "Content-Length: 3\r\n" + TE, TE + "Content-Length: 3\r\n":
    refused(400, "both " + more.replace("\r\n", ", "), START + more +
            "\r\n0\r\n\r\n")
for value in "3\r\nContent-Length: 3", "3\r\nContent-Length: 4", "3, 3", "+3", \
        "-3", "3 3", "0x3", "", "99999999999999999999", "3;":
    refused(400, f"Content-Length: {value!r}",
            START + f"Content-Length: {value}\r\n\r\nabc")
for value in "xchunked", "chunked, identity", "", "identity", \
        "chunked\r\nTransfer-Encoding: chunked", "\x0bchunked":
    refused(400, f"Transfer-Encoding: {value!r}",
            START + f"Transfer-Encoding: {value}\r\n\r\n0\r\n\r\n")
refused(400, "chunks from HTTP/1.0",
        "POST /echo HTTP/1.0\r\n" + TE + "\r\n0\r\n\r\n")
for frames in "3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabcd\r\n0", \
        " 3\r\nabc\r\n", "-3\r\nabc\r\n", "0x3\r\nabc\r\n", "\r\n", \
        "3;a\nb\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\n", \
        "0\r\nX: y\n\r\n", "0\r\nX: y\r\n z\r\n\r\n", "0\r\n: y\0\r\n\r\n":
    refused(400, f"chunks {frames!r}", START + TE + "\r\n" + frames)

refused(404, "a path that there is not", get("/nothing"), True)
refused(404, "with a body", post("/nothing", b"abc"), True)
refused(404, "for HEAD", get("/nothing", method="HEAD"), True, "HEAD")
refused(404, "* for OPTIONS", get("*", method="OPTIONS"), True)
same(refused(405, "POST where only GET is", post("/sized?1", b"abc"),
             True).get("Allow"), "GET, HEAD", "405: Allow")
same(refused(429, "with Retry-After", get("/busy"), True).get("Retry-After"),
     "7", "429: Retry-After")
refused(404, "with a body that is too large to pass over",
        START.replace("echo", "no") + "Content-Length: 65537\r\n\r\n")
refused(404, "with chunks", chunked("/no", b"abc", [3]))
client = Client(server.port)
client.send(START.replace("echo", "no") + "Content-Length: 65536\r\n\r\n")
same((client.status(), client.send("x" * 65536 + get("/empty")).status()),
     (404, 200), "404: before the body comes")
client.close()
refused(404, "Expect: the body is not wanted", get(
    "/no", "Expect: 100-continue\r\nContent-Length: 9\r\n", "POST"))

refused(413, "a body, by its size", START + "Content-Length: 1001\r\n\r\n")
refused(413, "by its size, and it comes", post("/echo", b"x" * 1001))
refused(413, "a size that is out of all bounds",
        START + "Content-Length: 18446744073709551615\r\n\r\n")
refused(413, "a chunk, by its size", START + TE + "\r\n3e9\r\n")
refused(413, "many chunks", chunked("/echo", b"x" * 1001, [10]))
refused(413, "chunks that are mostly frames", START + TE + "\r\n" +
        "1;" + "x" * 9000 + "\r\n")
refused(413, "a trailer without end", START + TE + "\r\n0\r\n" +
        "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 300)
refused(413, "above what the path allows", post("/small", b"x" * 17))
refused(413, "the same, in chunks", chunked("/small", b"x" * 17, [3]))
refused(413, "Expect, too large",
        START + "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
refused(414, "a long path", get("/" + "x" * 100))
refused(414, "a path without end", "GET /" + "x" * 5000)
refused(417, "Expect: 200-ok", get("/empty", "Expect: 200-ok\r\n"))
refused(431, "a large header", get("/empty", "X: " + "y" * 1000 + "\r\n"))
refused(431, "a header without end", START + "X: " + "y" * 70000)
refused(431, "headers without end", START + "X: y\r\n" * 1000)
refused(431, "too many headers", get("/empty", "X: y\r\n" * 10))
refused(431, "space without end", START + "X:" + " " * 5000)
refused(501, "an unknown method", get("/empty", method="FETCH"))
refused(501, "a method in small letters", get("/empty", method="get"))
refused(501, "TRACE", get("/empty", method="TRACE"))
refused(501, "CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n")
refused(501, "a coding that is not known",
        START + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
for version in "0.9", "1.2", "2.0", "3.0", "11.1":
    refused(505, f"HTTP/{version}",
            f"GET /empty HTTP/{version}\r\nHost: a\r\n\r\n")
refused(505, "the start of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
refused(505, "the start of HTTP/0.9", "GET /empty\r\n\r\n")

client = Client(server.port)
same(client.send(get("/empty", "X: y\r\n" * 9)).status(), 200,
     "as many headers as may be")
exact = get("/empty", "X: %s\r\n")
client.send(exact % ("y" * (1002 - len(exact))))
same(client.status(), 200, "a header as large as may be")
client.send(get("/echo?" + "x" * 94))
same(client.status(), 200, "a path as long as may be")
same(client.send(post("/echo", b"x" * 1000)).status(), 200,
     "a body as large as may be")
same(client.send(chunked("/small", b"x" * 16, [1])).status(), 200,
     "the same, in chunks")
client.close()

for what, data in ("a head", get("/empty")[:-2]), \
        ("a body", post("/echo", b"abc")[:-1]), \
        ("a chunk", chunked("/echo", b"abc", [9])[:-7]):
    client = Client(server.port)
    status = client.send(data).half().status()
    ok(status == 400 and client.closed(), f"400: {what} that ends too early")
    client.close()

server.until(connections=0)
same(server.end(), 0, "it ends")
done()
