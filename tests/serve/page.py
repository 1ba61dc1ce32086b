#!/usr/bin/python3
"""The page at /, in a headless Chromium: each function with its latency and traps,
and nothing of a name is run."""
import html
import re
import shutil
import subprocess

from daemon import Daemon, config, folder, module
from lib import done, ok, same, skip

if not shutil.which("chromium"):
    skip("the page", "no chromium")
    done()

MARKUP = "/<img/src=x/onerror=document.title='run'>&amp;\"'"
server = Daemon("--config", config({
    "</script><b>t": {"/hello": module("hello"), "/trap": module("trap"),
                      MARKUP: module("hello"), "/none": module("empty"),
                      "/late": {"path": module("work"),
                                "relative-deadline-us": 1}},
    "two": {"/endless": {"path": module("endless"), "budget-us": 30000}}}))


def rows():
    """What the table says once its script has run; and the whole page."""
    page = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--incognito", f"--user-data-dir={folder}/profile",
         "--virtual-time-budget=3000", "--dump-dom",
         f"http://127.0.0.1:{server.port}/"],
        capture_output=True, text=True, timeout=120).stdout
    body = re.search(r'<tbody id="list">(.*?)</tbody>', page, re.S)
    return {cells[1]: cells for cells in (
        [html.unescape(re.sub("<.*?>", "", c)).strip()
         for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", body[1], re.S))}, page


first, page = rows()
ok("https://" not in page and not re.search(
    r'(src|href)="(?!/-/|http://127\.0\.0\.1:)', page.split("<tbody")[0]),
   "it needs nothing from elsewhere")
same(set(first), {"/hello", "/trap", MARKUP, "/none", "/late", "/endless"},
     "each function, by its name")
same(first["/hello"][2:], ["0"] + ["–"] * 4 + ["0", ""],
     "without a call: no time, no trap")
for path in ["/hello"] * 3 + ["/trap?divide", "/trap?divide",
                              "/trap?unreachable", "/trap?exit", "/late"]:
    server.ask(path)
server.ask("/endless", port=server.ports["two"])
second, page = rows()
same([second[r][2] for r in ("/hello", "/trap", "/none", "/endless")],
     ["3", "4", "0", "1"], "calls")
TIME = r"\d+(\.\d)? (µs|ms|s)"
ok(all(re.fullmatch(TIME, c) for r in ("/hello", "/trap", "/endless")
       for c in second[r][3:7]), "latency and time to run")
unit = {"µs": 1e-6, "ms": 1e-3, "s": 1}
times = [float(n) * unit[u] for n, u in (c.split() for c in second["/endless"][3:7])]
ok(all(0.03 <= t < 60 for t in times), "of the right size: a function that was "
                                       "stopped after 30 ms")
same([re.sub(r"\s+", " ", second[r][8]) for r in ("/trap", "/endless", "/hello")],
     ["divide 2 unreachable 1 exit 1", "stopped 1", ""], "traps, and stops")
same([second[r][7] for r in ("/late", "/none")], ["1", "0"], "missed deadlines")
ok("<title>sigpact-serve</title>" in page and "<img" not in page and
   "<b>" not in page and second[MARKUP][0] == "</script><b>t",
   "a name that is markup is text")
ok(f'href="http://127.0.0.1:{server.ports["two"]}/endless"' in page,
   "a link leads to the tenant's port")
done()
