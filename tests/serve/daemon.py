"""sigpact-serve as an operator runs it: started, asked, told, ended by its PID."""
import atexit
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from prometheus_client.openmetrics.parser import text_string_to_metric_families

program = os.environ["BUILD"] + "/src/serve/sigpact-serve"
top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
modules = sys.argv[1] if len(sys.argv) > 1 else ""
folder = tempfile.mkdtemp()
os.environ.setdefault("XDG_CACHE_HOME", os.environ["BUILD"] + "/serve-cache")
running = []


def clean():
    for p in running:
        if p.poll() is None:
            p.kill()
            p.wait()
    shutil.rmtree(folder)


atexit.register(clean)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def until(condition, seconds=60):
    """What it returns once that is true; what it returned last."""
    end = time.monotonic() + seconds
    while not (got := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return got


def module(name):
    return f"{modules}/{name}.wasm"


def config(tenants, name="config.json", **keys):
    """Written to a file: tenants {name: {"/route": module or {key: value}}}; any
    port, but where a tenant has the key "port"."""
    path = f"{folder}/{name}"
    whole = {**keys, "tenants": [
        {"name": tenant, "port": routes.get("port", 0),
         "routes": [{"route": route, **(value if isinstance(value, dict)
                                        else {"path": value})}
                    for route, value in routes.items() if route[0] == "/"]}
        for tenant, routes in tenants.items()]}
    with open(path, "w") as f:
        json.dump(whole, f, indent=1)
    return path


class Daemon:
    """Runs until end(); one port for each tenant, in ports."""

    def __init__(self, *arguments, wrap=(), pipe=False, **environment):
        self.errors = tempfile.NamedTemporaryFile("r", dir=folder, delete=False)
        if "--config" not in arguments:
            arguments = ("--listen", "127.0.0.1:0", *arguments)
        self.output = self.errors.name + ".out"
        with (open(self.errors.name, "w") as stderr,
              open(self.output, "w") as stdout):
            self.process = subprocess.Popen(
                [*wrap, program, *arguments], stderr=stderr,
                stdout=subprocess.PIPE if pipe else stdout,
                env={**os.environ, **environment})
        running.append(self.process)
        self.pid = self.process.pid
        self.ports = {}
        until(lambda: self.look() or self.process.poll() is not None)
        self.port = next(iter(self.ports.values()), None)

    def said(self):
        with open(self.errors.name) as f:
            return f.read()

    def look(self):
        self.ports = {name: int(port) for name, port in re.findall(
            r"^sigpact-serve: (\S+): \d+ functions? at http://\S+:(\d+)/$",
            self.said(), re.M)}
        return self.ports

    def says(self, text, seconds=60):
        """Waits for it on stderr."""
        return until(lambda: text in self.said(), seconds)

    def ask(self, path, method="GET", body=None, headers={}, port=None):
        """(status, headers, body)."""
        c = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        c.request(method, path, body, headers)
        answer = c.getresponse()
        got = answer.status, answer.headers, answer.read()
        c.close()
        return got

    def tell(self, number):
        os.kill(self.pid, number)

    def wait(self):
        return self.process.wait(60)

    def end(self, number=signal.SIGTERM):
        """Its exit status."""
        self.tell(number)
        return self.wait()


def fails(*arguments, **environment):
    """(exit status, stderr) of a start that must not succeed."""
    r = subprocess.run([program, *arguments], capture_output=True, text=True,
                       timeout=60, env={**os.environ, **environment})
    return r.returncode, r.stderr


def samples(server):
    """{(name, labels): value}"""
    text = server.ask("/-/metrics")[2].decode()
    return {(s.name, frozenset(s.labels.items())): s.value
            for family in text_string_to_metric_families(text)
            for s in family.samples}


def value(all_, name, **labels):
    """The sum over what has these labels."""
    return sum(v for (n, have), v in all_.items()
               if n == "sigpact_serve_" + name and labels.items() <= dict(have).items())
