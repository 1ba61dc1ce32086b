#!/usr/bin/python3
"""sigpact-serve(1) and deploy/ against what the program takes, answers and counts."""
import json
import os
import re
import shutil
import subprocess

from daemon import (Daemon, config, fails, folder, module, modules, program,
                    samples, top)
from lib import done, ok, same, skip

os.environ["PATH"] += ":/usr/sbin"


def read(path):
    with open(f"{top}/{path}") as f:
        return f.read()


page = read("man/sigpact-serve.1")


def section(name):
    return re.search(rf"^\.S[hs] {name}\n(.*?)(?=^\.S[hs] |\Z)", page,
                     re.M | re.S)[1]


def items(text):
    """What each .It of a page has in its columns."""
    return [[c.strip() for c in line.split(" Ta ")]
            for line in re.findall(r"^\.It (.*)", text, re.M)]


help_ = subprocess.check_output([program, "--help"], text=True)
options = set(re.findall(r"--([a-z-]+)", re.search(
    r"\n\n(.*?)\n\n", help_, re.S)[1]))
source = read("src/serve/options.c")
same(set(re.findall(r"\.It Fl -([a-z-]+)", section("DESCRIPTION"))), options,
     "options: the page and --help")
same(set(re.findall(r'^\t\{ "([a-z-]+)",', source, re.M)), options,
     "and what it takes")

# Keys: what config.c has, with the range that an error tells.
source = read("src/serve/config/config.c")
tables = {name: body for name, body in re.findall(
    r"struct config_key (\w+)_keys\[\] = \{(.*?)\n\};", source, re.S)}
names = {t: re.findall(r'(?:NUMBER|OF)\("([a-z-]+)"|\.name = "([a-z-]+)"', body)
         for t, body in tables.items()}
taken = {(t, a or b) for t, all_ in names.items() for a, b in all_}
ignored = {n for body in tables.values()
           for n in re.findall(r'IGNORED\("([a-z-]+)"', body)}
described = {}
for table in re.findall(r"^\.Pp\nKeys of (?:the |a )(\w+):\n(.*?)^\.El", section(
        "CONFIGURATION"), re.M | re.S):
    for row in items(table[1])[1:]:
        described[table[0], row[0].split()[-1]] = row[1:]
same(set(described), taken, "keys: the page and the parser")
same(set(re.findall(r"[a-z]+(?:-[a-z]+)+|preprocess", section(
    "CONFIGURATION").split("These are told, and ignored:")[1])), ignored,
     "ignored keys")


def range_of(where, key):
    tenant = {"name": "a", "port": 0, "routes": [
        {"route": "/a", "path": module("hello")}]}
    whole = {"tenants": [tenant]}
    {"server": whole, "tenant": tenant, "route": tenant["routes"][0]}[
        where][key] = 1 << 60
    with open(folder + "/range.json", "w") as f:
        json.dump(whole, f)
    return re.search(r"expected a number from (\d+ to \d+)", fails(
        "--check", "--config", folder + "/range.json")[1])


numbers = {k: v[0] for k, v in described.items() if " to " in v[0]}
same({k: (m := range_of(*k)) and m[1] for k in numbers}, numbers,
     f"ranges of {len(numbers)} numbers, as errors tell them")
defaults = {}
for t, body in tables.items():
    for key, value in re.findall(
            r'NUMBER\("([a-z-]+)",\s*\w+,\s*\w+,[^,]+,[^,]+,\s*([^)]*)\)', body):
        defaults[t, key] = str(eval(value.replace("ull", "")))
same({k: described[k][1] for k in defaults}, defaults, "and their defaults")

same(set(re.findall(r"^\.It Li (\w+)", section("MODULES"), re.M)) |
     set(re.findall(r"^\.Li (\w+_\w+) ?[,.]?$", section("MODULES").split(
         "These fail")[1], re.M)),
     set(re.findall(r"(?:HOST|FIXED)\((\w+),", read(
         "src/serve/sandbox/abi.h"))) - {"name"} | {"proc_exit"}, "imports")
same(set(re.findall(r"^\.It Li (\S+)$", section("ANSWERS"), re.M)),
     set(re.findall(r'\[TRAP_\w+\] = "([a-z-]+)"', read(
         "src/serve/sandbox/trap.c"))) - {"none"} | {"exit"}, "traps")

# Metrics, of a server with a tenant that has a budget.
path = config({"a": {"/hello": module("hello")}})
with open(path) as f:
    whole = json.load(f)
whole["tenants"][0].update({"replenishment-period-us": 1000000,
                            "max-budget-us": 500000})
with open(path, "w") as f:
    json.dump(whole, f)
server = Daemon("--config", path)
have = {n for n, _ in samples(server)}
families = {re.sub("_(bucket|count|sum)$", "", n) for n in have}
same(set(re.findall(r"sigpact_serve_\w+", section("Metrics"))), families,
     "metrics: the page and /-/metrics")
named = {f: set(re.findall(r"sigpact_serve_\w+", read("deploy/" + f)))
         for f in ("grafana.json", "alerts.yml")}
same((named["grafana.json"] | named["alerts.yml"]) - have, set(),
     "each metric that the dashboard and the alerts name is there")
ok(len(named["grafana.json"]) > 15 and len(named["alerts.yml"]) > 4,
   "and they name some")
server.end()

# The examples, as one types them, but for the port and a bare program.
blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section("EXAMPLES"),
                    re.M | re.S)
os.mkdir(folder + "/functions")
for name in os.listdir(top + "/examples/functions"):
    shutil.copy(module(name[:-2]), folder + "/functions")
server = Daemon(folder + "/functions")
said = [subprocess.run(line.replace("8080", str(server.port)), shell=True,
                       capture_output=True, text=True).stdout
        for line in blocks[1].strip().split("\n")]
ok(said[0] == "Hello, you!\n" and "500 " in said[1] and
   "Sigpact-Trap: stack-overflow" in said[1] and said[2].startswith(
       "HTTP/1.1 504 ") and said[3].endswith("# EOF\n"),
   "the examples: a function, an overflow, one without end, metrics")
server.end()
readme = read("README.md")
ok(all(line in readme for line in blocks[0].strip().split("\n")),
   "and README's two commands are the page's")
shutil.copy(module("hello"), folder + "/hello.wasm")
for text in (blocks[3], read("deploy/functions.json").replace(
        '"functions/', f'"{modules}/')):
    with open(folder + "/example.json", "w") as f:
        f.write(text)
    same(fails("--check", "--config", folder + "/example.json"), (0, ""),
         "--check takes the configuration")

# What the programs say that read deploy/.


def tried(what, *command):
    if not shutil.which(command[0]):
        skip(what, f"no {command[0]}")
        return
    r = subprocess.run(command, capture_output=True, text=True,
                       cwd=top + "/deploy")
    if not ok(r.returncode == 0 and not r.stderr, what):
        print("# " + (r.stdout + r.stderr).replace("\n", "\n# "))


tried("haproxy takes its configuration", "haproxy", "-c", "-f", "haproxy.cfg")
tried("promtool takes Prometheus's", "promtool", "check", "config",
      "prometheus.yml")
unit = re.sub("^Documentation=.*\n", "", read("deploy/sigpact-serve@.service"),
              flags=re.M).replace("/usr/local/bin/sigpact-serve", program)
with open(folder + "/sigpact-serve@8081.service", "w") as f:
    f.write(unit)
tried("systemd takes the unit", "systemd-analyze", "verify",
      folder + "/sigpact-serve@8081.service")
calls = set(re.findall(r'"(\w+)"', re.search(
    r"calls\[\] = \{(.*?)\}", read("src/serve/confine.c"), re.S)[1]))


def expanded(name):
    text = subprocess.check_output(
        ["systemd-analyze", "syscall-filter", name], text=True)
    return {c for word in re.findall(r"^ +([@\w-]+)", text, re.M)
            for c in (expanded(word) if word[0] == "@" else {word})}


if shutil.which("systemd-analyze"):
    words = re.search("^SystemCallFilter=(.*)", unit, re.M)[1].split()
    same(calls - set().union(*(expanded(w) if w[0] == "@" else {w}
                               for w in words)), set(),
         "its filter lets all pass that the server keeps")
else:
    skip("its filter", "no systemd-analyze")
json.loads(read("deploy/grafana.json"))
done()
