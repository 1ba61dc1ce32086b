#!/usr/bin/env python3
"""Who runs first: by deadline, by arrival, by length; tenants and their budgets;
who is not let in.  One worker; what ended when is read from the access log."""
import json
import select
import tempfile
import threading

from lib import Client, done, get, ok, same
from served import Served, route, tenant

logs = tempfile.TemporaryDirectory()


def ask(port, target):
    return Client(port).send(get(target))


def settle(server):
    """All that was sent has arrived: one thread reads, in order."""
    Client(server.port).send(get("/-/healthz")).answer()


def begin(server, path):
    while not server.gauge("sandboxes", f'route="{path}",state="taken"'):
        pass


def waits(client):
    return not select.select([client.socket], [], [], 0)[0]


def work(path, deadline_us, length_us=1000, **keys):
    return route(path, "work", relative_deadline_us=deadline_us,
                 expected_execution_us=length_us, budget_us=60000000, **keys)


def ends(targets, *routes, **keys):
    """Asks for the others while the first runs; the order in which they end."""
    while True:
        log = tempfile.NamedTemporaryFile(dir=logs.name)
        server = Served(tenant("t", *routes), workers=1, access_log=log.name,
                        **keys)
        clients = [ask(server.port, targets[0])]
        begin(server, targets[0].split("?")[0])
        early = False
        for target in targets[1:]:
            early = waits(clients[0])
            clients.append(ask(server.port, target))
        for client in clients:
            client.answer()
            client.close()
        server.end()
        if early:
            lines = [json.loads(line) for line in log]
            return [line["route"] for line in lines if "route" in line]


# None goes before the first, by any of the three.
three = [work("/first", 1, 1), work("/late", 30000000, 1000),
         work("/middle", 20000000, 3000), work("/early", 10000000, 2000)]
asked = ["/first?units=60", "/late", "/middle", "/early"]
same(ends(asked, *three), ["/first", "/early", "/middle", "/late"],
     "edf: by deadline")
same(ends(asked, *three, scheduler="fifo", slice_us=1000000),
     ["/first", "/late", "/middle", "/early"], "fifo: as they came")
same(ends(asked, *three, scheduler="sjf", slice_us=1000000),
     ["/first", "/late", "/early", "/middle"], "sjf: by length")
asked = ["/late?units=60", "/early"]
same(ends(asked, *three, slice_us=1000000), ["/early", "/late"],
     "edf: what is urgent does not wait for what runs")
same(ends(asked, *three, slice_us=1000000, no_preemption=1),
     ["/late", "/early"], "edf without preemption: it does")
same(ends(asked, *three, slice_us=1000, no_preemption=1), ["/early", "/late"],
     "… but to the end of the slice")


class Flood:
    """Asks without end, by several connections, twenty times each at once."""

    def __init__(self, port, target, connections):
        self.count, self.stop = 0, False
        self.threads = [threading.Thread(target=self.run, args=(port, target))
                        for _ in range(connections)]
        for thread in self.threads:
            thread.start()

    def run(self, port, target):
        client = Client(port)
        while not self.stop:
            client.send(get(target) * 20)
            for _ in range(20):
                if client.status() != 200:
                    return
                self.count += 1

    def until(self, more):
        """Waits for so many more answers; False: there are none."""
        wanted, alive = self.count + more, True
        while self.count < wanted and alive:
            alive = any(t.is_alive() for t in self.threads)
            self.threads[0].join(0.001)
        return alive

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join()


def tenants(**budget):
    """One asks for what is always more urgent."""
    server = Served(tenant("good", work("/work", 2000000)),
                    tenant("flood", work("/work", 1), **budget), workers=1)
    flood = Flood(server.ports["flood"], "/work?units=4", 16)
    flood.until(16)
    return server, flood


server, flood = tenants()
client = ask(server.port, "/work")
ok(flood.until(100) and waits(client),
   "a tenant without a budget keeps others waiting")
flood.end()
same(client.status(), 200, "… until it has enough")
server.end()

server, flood = tenants(replenishment_period_us=20000, max_budget_us=2000)
client = Client(server.port)
good = [client.send(get("/work")).status() for _ in range(50)]
ok(good == [200] * 50 and flood.until(50), "with a budget, both are served")
flood.end()
same(server.metric("deadline_misses", 'tenant="good"'), 0,
     "… and no deadline of the other's is missed")
ok(server.metric("deadline_misses", 'tenant="flood"') > 50, "… but its own")
server.end()

# Half of the worker each: one, and no second one beside it.
server = Served(tenant("t", work("/half", 20000, 10000,
                                 admissions_percentile=70)), workers=1)
one = ask(server.port, "/half?units=1000")
settle(server)
two = Client(server.port)
answer = two.send(get("/half")).answer()
ok(waits(one), "admission: the first one runs")
status, headers, body = answer
same((status, headers.get("Retry-After"), headers["Content-Type"], body),
     (429, "1", "application/json",
      b'{"status":429,"error":"no time for this before its deadline"}\n'),
     "admission: 429 for a second one")
same(one.status(), 200, "admission: the first one is answered")
same(two.send(get("/half")).status(), 200, "admission: then the second one is")
same(server.metric("refused", 'reason="admission"'), 1, "admission: counted")
server.end()

server = Served(tenant("t", work("/short", 1000000, 900000,
                                 admissions_percentile=90),
                       work("/first", 1)), workers=1)
clients = [ask(server.port, "/first?units=400")]
clients += [ask(server.port, "/short") for _ in range(2)]
same(sorted(c.status() for c in clients), [200, 200, 429],
     "admission: by what was expected, at first")
for _ in range(70):
    one = ask(server.port, "/short").answer()
clients = [ask(server.port, "/first?units=400")]
clients += [ask(server.port, "/short") for _ in range(20)]
same([c.status() for c in clients], [200] * 21,
     "admission: then by what was measured")
server.end()

server = Served(tenant("t", work("/work", 1000000), queue=3), workers=1)
clients = [ask(server.port, "/work?units=1000")]
clients += [ask(server.port, "/work") for _ in range(2)]
settle(server)
status, headers, body = ask(server.port, "/work").answer()
ok(all(waits(c) for c in clients), "queue: three are in it")
same((status, headers.get("Retry-After"), body),
     (429, "1", b'{"status":429,"error":"too many requests wait"}\n'),
     "queue: 429 for a fourth one")
same([c.status() for c in clients], [200] * 3, "queue: the three are answered")
same(ask(server.port, "/work").status(), 200, "queue: then there is room")
same(server.metric("refused", 'reason="queue"'), 1, "queue: counted")
server.end()
done()
