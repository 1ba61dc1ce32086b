"""A server of serve_http, clients by raw sockets, and TAP."""
import os
import socket
import subprocess
import sys

count = failed = 0


def ok(good, what):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {what}", flush=True)
    return good


def same(got, expected, what):
    if not ok(got == expected, what):
        print(f"# got      {str(got)[:300]}\n# expected {str(expected)[:300]}")


def skip(what, why):
    global count
    count += 1
    print(f"ok {count} - {what} # SKIP {why}", flush=True)


def done():
    print(f"1..{count}")
    sys.exit(failed != 0)


class Server:
    """limits as words: header_ms=200; started by command, run as a child."""

    def __init__(self, *limits, workers=1, wrap=()):
        program = os.environ["BUILD"] + "/tests/http-server"
        self.process = subprocess.Popen(
            [*wrap, program, str(workers), *limits],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def ask(self, command):
        self.tell(command)
        return self.process.stdout.readline().strip()

    def counts(self):
        names = "connections accepted requests refused timed_out paused"
        return dict(zip(names.split(), map(int, self.ask("counts").split())))

    def until(self, **wanted):
        """Waits until the counts are so."""
        while True:
            counts = self.counts()
            if all(counts[k] == v for k, v in wanted.items()):
                return counts

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            for line in f:
                if line.startswith("Private_Dirty:"):
                    return int(line.split()[1]) * 1024

    def end(self, command="stop"):
        """Ends it; 0 when it ended well."""
        self.tell(command)
        status = self.process.wait(60)
        self.process.stdin.close()
        self.process.stdout.close()
        return status


class Client:
    def __init__(self, port, host="127.0.0.1", source=None, room=None):
        self.socket = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET)
        if room:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect((host, port))
        self.bytes = b""

    def send(self, data, step=None):
        """At once, or in pieces of step bytes, a packet each."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        try:
            for at in range(0, len(data), step or len(data) or 1):
                self.socket.sendall(data[at:at + (step or len(data))])
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before its end: the answer is read next
        return self

    def more(self):
        try:
            piece = self.socket.recv(1 << 18)
        except ConnectionResetError:
            self.reset = True
            return False
        self.bytes += piece
        return bool(piece)

    def answer(self, method="GET"):
        """(status, headers, body); None: closed."""
        while b"\r\n\r\n" not in self.bytes:
            if not self.more():
                return None
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            headers[name] = value
        status = int(lines[0].split()[1])
        size = int(headers.get("Content-Length", 0))
        if method == "HEAD" or status < 200 or status in (204, 304):
            size = 0
        while len(self.bytes) < size:
            if not self.more():
                return None
        body, self.bytes = self.bytes[:size], self.bytes[size:]
        return status, headers, body

    def status(self, method="GET"):
        answer = self.answer(method)
        return answer and answer[0]

    def closed(self):
        """Nothing comes any more."""
        return not self.bytes and not self.more()

    def half(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def close(self):
        self.socket.close()


def get(path, more="", method="GET"):
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n"


def post(path, body, more=""):
    return get(path, f"Content-Length: {len(body)}\r\n{more}",
               "POST").encode() + body


def chunked(path, body, sizes, more="", trailer=""):
    """The body in chunks of these sizes, again and again."""
    parts = [get(path, "Transfer-Encoding: chunked\r\n" + more,
                 "POST").encode()]
    at = k = 0
    while at < len(body):
        chunk = body[at:at + sizes[k % len(sizes)]]
        parts.append(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        at += len(chunk)
        k += 1
    parts.append(b"0\r\n" + trailer.encode() + b"\r\n")
    return b"".join(parts)
