"""sigpact-serve as a child, from a configuration, on ports that were free."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

program = os.environ["BUILD"] + "/src/serve/sigpact-serve"
modules = sys.argv[1] if len(sys.argv) > 1 else ""


def route(path, module=None, **keys):
    """keys with _ for -; module: of the tests' own, by name."""
    return {"route": path, "path": f"{modules}/{module or path[1:]}.wasm",
            **{k.replace("_", "-"): v for k, v in keys.items()}}


def tenant(name, *routes, **keys):
    return {"name": name, "port": 0, "routes": list(routes),
            **{k.replace("_", "-"): v for k, v in keys.items()}}


class Served:
    """keys: the server's, with _ for -; arguments: more of the command's."""

    def __init__(self, *tenants, arguments=(), wrap=(), **keys):
        self.folder = tempfile.TemporaryDirectory()
        self.file = self.folder.name + "/serve.json"
        self.configure(*tenants, **keys)
        self.process = subprocess.Popen(
            [*wrap, program, "--config", self.file, *arguments],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.ports = {}
        self.said = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()
        for t in tenants:
            name = re.escape(t["name"])
            line = self.line(rf"sigpact-serve: {name}: .*:(\d+)/$")
            if not line:
                raise RuntimeError("not started: " + " ".join(self.lines))
            self.ports[t["name"]] = int(line.group(1))
        self.port = self.ports[tenants[0]["name"]]
        self.pid = self.process.pid

    def configure(self, *tenants, **keys):
        config = {k.replace("_", "-"): v for k, v in keys.items()}
        self.write(json.dumps({**config, "tenants": tenants}, indent=1))

    def write(self, text):
        with open(self.file, "w") as f:
            f.write(text)

    def listen(self):
        for line in self.process.stderr:
            with self.said:
                self.lines.append(line.rstrip("\n"))
                self.said.notify_all()
        with self.said:
            self.lines.append(None)
            self.said.notify_all()

    def line(self, pattern, after=0):
        """Waits for a line of stderr like this; None: it ended without."""
        with self.said:
            while True:
                for line in self.lines[after:]:
                    if line is None:
                        return None
                    match = re.search(pattern, line)
                    if match:
                        return match
                after = len(self.lines)
                self.said.wait()

    def hang_up(self, pattern):
        """SIGHUP, and the line that answers it."""
        after = len(self.lines)
        self.process.send_signal(signal.SIGHUP)
        return self.line(pattern, after)

    def gauge(self, name, label=""):
        """The sum of the values of those with this in their labels."""
        url = f"http://127.0.0.1:{self.port}/-/metrics"
        with urllib.request.urlopen(url) as answer:
            text = answer.read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if re.match(rf"sigpact_serve_{name}[{{ ]", line)
                   and label in line)

    def metric(self, name, label=""):
        return self.gauge(name + "_total", label)

    def end(self, *signals):
        """Ends it by SIGTERM, or as told; its status."""
        for s in signals or [signal.SIGTERM]:
            self.process.send_signal(s)
        status = self.process.wait(90)
        self.folder.cleanup()
        return status
