#!/usr/bin/env python3
"""What sigpact-serve refuses to serve, and the one line that says why: file, line,
key, what was found, what was expected."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from lib import done, ok, same

program = os.environ["BUILD"] + "/src/serve/sigpact-serve"
folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
os.mkdir("empty")
for name in "a", "b", "c", "a.wasm":  # looked for when it is named
    open(name, "w", encoding="ascii").close()


def run(*arguments):
    r = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=60, check=False)
    return r.returncode, r.stdout, r.stderr


def check(text):
    with open("c.json", "w", encoding="latin-1") as f:
        f.write(text)
    return run("--config", "c.json", "--check")


def refused(text, expected):
    """expected: behind the file's name."""
    name = expected if len(expected) < 70 else expected[:67] + "..."
    same(check(text), (2, "", f"sigpact-serve: c.json:{expected}\n"), name)


def route(more="", start='"route":"/a","path":"a.wasm"'):
    """Lines 5 and 6 are the route's."""
    return ('{"tenants": [\n {"name": "t",\n  "port": 80,\n  "routes": [\n'
            f'   {{{start}{"," if start and more else ""}\n{more}}}\n ]}}]}}\n')


def tenant(more, routes=True):
    """Line 2 is the tenant's."""
    served = ', "routes": [{"route": "/a", "path": "a"}]' if routes else ""
    return '{"tenants": [\n{' + more + served + '}]}\n'


def server(more):
    """Lines from 2 on."""
    return ('{"tenants": [{"name":"t","port":80,"routes":[{"route":"/a",'
            '"path":"a"}]}],\n' + more + '}\n')


# JSON
refused("{", "1: string or '}' expected near end of file")
refused('{"tenants": [\n{"name" "t"}\n]}', "2: ':' expected near '\"t\"'")
refused('{"workers": 1,\n "workers": 2}',
        "2: duplicate object key near '\"workers\"'")
refused("[1, 2", "1: ']' expected near end of file")
refused("tenants", "1: '[' or '{' expected near 'tenants'")
refused(server('"user": "\xff"'), "2: unable to decode byte 0xff near '\"'")
refused("", " no text in it; expected JSON")
refused("{}\0{}", " a NUL byte in it; expected JSON")

# the whole
refused("{}", '1: "tenants" is missing')
refused('{"tenants": []}', "1: tenants: []; expected a list of one or more "
        "objects")
refused('{"tenants": {"name": "t"}}', '1: tenants: {"name":"t"}; expected a '
        "list of one or more objects")
refused("[]", "1: tenants: []; expected a list of one or more objects")
refused('{"tenants":\n[7]}', "2: tenants[0]: 7; expected an object")
refused(server('"sheduler": "edf"'), "2: sheduler: no such key; scheduler?")
refused(server('"turbo": 1'),
        "2: turbo: no such key; sigpact-serve(1) lists them")
refused(server('"scheduler": "MTDS"'),
        '2: scheduler: "MTDS"; expected one of "edf", "fifo", "sjf"')
refused(server('\n\n"workers": 257'),
        "4: workers: 257; expected a number from 1 to 256")
refused(server('"workers": "2"'),
        '2: workers: "2"; expected a number from 1 to 256')
refused(server('"workers": -1'),
        "2: workers: -1; expected a number from 1 to 256")
refused(server('"workers": 1.5'),
        "2: workers: 1.5; expected a number from 1 to 256")
refused(server('"slice-us": 10'),
        "2: slice-us: 10; expected a number from 20 to 1000000")
refused(server('"header-size": 99'),
        "2: header-size: 99; expected a number from 256 to 1048576")
refused(server('"drain-ms": 3600001'),
        "2: drain-ms: 3600001; expected a number from 1 to 3600000")
refused(server('"no-preemption": true'),
        "2: no-preemption: true; expected a number from 0 to 1")
refused(server('"access-log": 1'),
        "2: access-log: 1; expected text in one line")
refused(server('"user": ""'), '2: user: ""; expected text in one line')
refused(server('"user": "a\\nb"'),
        '2: user: "a\\nb"; expected text in one line')
refused(server('"load": "x.so"'), '2: load: "x.so"; expected a list of text')
refused(server('"load": ["x.so",\n 3]'),
        "3: load[1]: 3; expected text in one line")

# tenants
refused(tenant('"port": 1'), '2: tenants[0]: "name" is missing')
refused(tenant('"name": "t"'), '2: tenants[0]: "port" is missing')
refused(tenant('"name": "t", "port": 1', routes=False),
        '2: tenants[0]: "routes" is missing')
refused(tenant('"name": "t", "port": 65536'),
        "2: tenants[0].port: 65536; expected a number from 0 to 65535")
refused(tenant('"name": "t", "port": 1, "queue": 1000001'),
        "2: tenants[0].queue: 1000001; expected a number from 1 to 1000000")
refused(tenant('"name": "t", "port": 1, "max-budget-us": 5'),
        "2: tenants[0].max-budget-us: needs replenishment-period-us beside it, "
        "or both 0")
refused(tenant('"name": "t", "port": 1, "replenishment-period-us": 5'),
        "2: tenants[0].replenishment-period-us: needs max-budget-us beside it, "
        "or both 0")
two = ('[\n{"name": "%s", "port": %d, "routes": [{"route":"/","path":"a"}]},\n'
       '{"name": "%s",\n "port": %d, "routes": [{"route":"/","path":"a"}]}]')
refused(two % ("a", 1, "a", 2), '3: [1].name: "a" is tenants[0] already')
refused(two % ("a", 1, "b", 1), "4: [1].port: 1 is tenants[0]'s already")

# routes
refused(tenant('"name":"t","port":1,"routes":\n[]', routes=False),
        "3: tenants[0].routes: []; expected a list of one or more objects")
refused(route(start=""), '5: tenants[0].routes[0]: "route" is missing')
refused(route(start='"route":"/a"'),
        '5: tenants[0].routes[0]: "path" is missing')
for bad in "a", "/a?b", "/a b", "/%41", "/a/../b", "/-/x", "/a#b":
    refused(route(start=f'"path":"a","route":"{bad}"'),
            f'5: tenants[0].routes[0].route: "{bad}"; expected a path as '
            '"/name", without ?, #, %, ".." and not below /-/')
refused(route(start='"route":"/a","path":7'),
        "5: tenants[0].routes[0].path: 7; expected text in one line")
refused(route('"relative-deadline": 5'),
        "6: tenants[0].routes[0].relative-deadline: no such key; "
        "relative-deadline-us?")
refused(route('"budget-uz": 5'),
        "6: tenants[0].routes[0].budget-uz: no such key; budget-us?")
refused(route('"relative-deadline-us": 3600000001'),
        "6: tenants[0].routes[0].relative-deadline-us: 3600000001; expected a "
        "number from 1 to 3600000000")
refused(route('"admissions-percentile": 100'),
        "6: tenants[0].routes[0].admissions-percentile: 100; expected a number "
        "from 50 to 99")
refused(route('"stack-size": 1000'),
        "6: tenants[0].routes[0].stack-size: 1000; expected a number from 65536 "
        "to 1073741824")
refused(route('"memory-limit": 4294967297'),
        "6: tenants[0].routes[0].memory-limit: 4294967297; expected a number "
        "from 65536 to 4294901760")
refused(route('"http-resp-content-type": "a\\r\\nSet-Cookie: b"'),
        '6: tenants[0].routes[0].http-resp-content-type: "a\\r\\nSet-Cookie: '
        'b"; expected text in one line')
refused(route('"arguments": ["n", ""]'),
        '6: tenants[0].routes[0].arguments[1]: ""; expected text in one line')
refused(route('"headers": [null]'),
        "6: tenants[0].routes[0].headers[0]: null; expected text in one line")
refused(route('"budget-us": 0},\n{"route": "/b", "path": "b"},\n{"path": "c",'
              '\n "route": "/a"'),
        '9: tenants[0].routes[2].route: "/a" has a route already, routes[0]')

# what is served all the same
shutil.copy(sys.argv[1] + "/empty.wasm", "a.wasm")
run("--build", "a.wasm", "--output", "fibonacci.wasm.so")
status, said, wrote = check(route('"budget-us": 0'))
same((status, said, wrote), (0, "", ""), "a good one: nothing is said")
sledge = """[
  {
    "name": "GWU",
    "port": 10010,
    "replenishment-period-us": 0,
    "max-budget-us": 0,
    "reservation-percentile": 0,
    "routes": [
      {
        "route": "/fib",
        "path": "fibonacci.wasm.so",
        "admissions-percentile": 70,
        "expected-execution-us": 4000,
        "relative-deadline-us": 16000,
        "n-resas": 1,
        "group-id": 1,
        "model-type": "none",
        "http-resp-size": 1024,
        "http-resp-content-type": "text/plain"
      }
    ]
  }
]
"""
status, said, wrote = check(sledge)
same((status, said, wrote.splitlines()),
     (0, "",
      [f"sigpact-serve: c.json:{line}: [0].{key}: ignored: it means nothing "
       "here" for line, key in ((7, "reservation-percentile"),
                                (15, "routes[0].n-resas"),
                                (16, "routes[0].group-id"),
                                (17, "routes[0].model-type"))]),
     "SLEdge's list of tenants; what is ignored is named")

# arguments
with open("two.json", "w", encoding="ascii") as f:
    json.dump({"tenants": [{"name": name, "port": port, "routes":
                            [{"route": "/a", "path": "a.wasm"}]}
                           for name, port in (("s", 1), ("t", 2))]}, f)
for arguments, expected in (
        ([], "nothing to serve; give a folder of .wasm files, modules, or "
         "--config FILE"),
        (["--config", "none.json"], "none.json: No such file or directory"),
        (["--config", "/"], "/: Is a directory"),
        (["--config", "c.json", "a.wasm"],
         "--config and modules: expected one of the two"),
        (["--config", "two.json", "--listen", ":80"],
         "--listen 0.0.0.0:80: there are 2 tenants, each with its "
         '"address" and "port"'),
        (["--workers", "0", "a.wasm"],
         "--workers 0: expected a number from 1 to 256"),
        (["--workers", "2x", "a.wasm"],
         "--workers 2x: expected a number from 1 to 256"),
        (["--listen", "80", "."],
         "--listen 80: expected ADDRESS:PORT, as 127.0.0.1:8080"),
        (["--listen", "a:b", "."],
         "--listen a:b: expected ADDRESS:PORT, as 127.0.0.1:8080"),
        (["--listen", ":65536", "."],
         "--listen :65536: expected ADDRESS:PORT, as 127.0.0.1:8080"),
        (["--output", "x.so", "a.wasm"], "--output is for --build"),
        (["--build", "a.wasm", "b.wasm"],
         "--build builds one module, and serves none"),
        (["--build", "none.wasm"],
         "cannot read none.wasm: No such file or directory"),
        (["none.wasm"], "none.wasm: No such file or directory"),
        (["empty"], "empty: no .wasm file in it; give a folder that has some, or a "
         "module"),
        (["c.json"], "c.json: expected a folder, or a module that ends in "
         ".wasm or .so")):
    same(run(*arguments), (2, "", f"sigpact-serve: {expected}\n"),
         " ".join(a.replace(folder.name, ".") for a in arguments) or
         "no argument")
status, said, wrote = run("--turbo")
ok(status == 2 and "unrecognized option '--turbo'" in wrote, "--turbo")
status, said, wrote = run("--config")
ok(status == 2 and "requires an argument" in wrote, "--config without a file")
status, said, wrote = run("--help")
ok((status, wrote) == (0, "") and said.startswith("Usage: sigpact-serve ") and
   all(len(line) < 80 for line in said.splitlines()), "--help")
status, said, wrote = run("--version")
ok((status, wrote) == (0, "") and said.startswith("sigpact-serve "),
   "--version")
done()
