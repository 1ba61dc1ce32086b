"""same.py SAID: is standard input, of `sigpact inspect --json`, what the victim
(victim.c) said of itself in the file SAID?  Says where not, and exits with 1."""
import json
import sys

bad = []
LIBC = (32, 33)  # its own signals


def same(what, seen, said):
    if seen != said:
        bad.append("%s: seen %r, said %r" % (what, seen, said))


def names(signals, actions):
    return [a["name"] for a in actions if signals >> (a["signal"] - 1) & 1]


def actions(process, said):
    seen = process["actions"]
    for action, words in zip(seen, said):
        same("action", [action[k] for k in ("signal", "handler", "flags",
                                            "restorer", "mask")],
             [int(words[0])] + ["0x" + w.replace("0x", "") for w in words[1:4]]
             + [names(int(words[4]), seen)])
        if action["disposition"] != "handler" or action["signal"] in LIBC:
            continue
        same("symbol", action.get("symbol"), "on_signal")
        same("offset", action.get("offset"), "0x0")
        same("owner", action.get("owner"), process["program"])
    same("handled", [a["name"] for a in seen if a["disposition"] == "handler"],
         process["caught"])


def threads(process, said, every):
    seen = {t["tid"]: t for t in process["threads"]}
    same("threads", sorted(seen), sorted(int(w[0]) for w in said))
    for tid, blocked, base, size in said:
        thread = seen[int(tid)]
        same("blocked", thread["blocked"], names(int(blocked), every))
        same("pending", thread["pending"],
             [] if thread["tid"] == process["pid"] else ["SIGUSR1"])
        if "actions" not in process:
            same("alternate stack", "alternate_stack" in thread, False)
            continue
        stack = thread["alternate_stack"]
        if size == "0":
            same("no stack", stack, None)
            continue
        same("stack", [stack[k] for k in ("base", "size", "mapped",
                                          "writable", "guard")],
             [base, int(size), True, True, thread["tid"] == process["pid"]])
        # its first byte from the top, and no other page, was touched
        same("used", stack.get("used"), 4096)


def main():
    process, = json.load(sys.stdin)["processes"]
    with open(sys.argv[1]) as said:
        lines = [line.split() for line in said]
    every = [{"signal": n, "name": None} for n in range(1, 65)]
    if "actions" in process:
        actions(process, [w[1:] for w in lines if w[0] == "action"])
        every = process["actions"]
    else:
        for n, name in ((3, "SIGQUIT"), (10, "SIGUSR1"), (37, "SIGRTMIN+3")):
            every[n - 1]["name"] = name
    threads(process, [w[1:] for w in lines if w[0] == "thread"], every)
    same("pending", process["pending"], ["SIGQUIT"])
    same("caught", [s for s in process["caught"] if s not in ("32", "33")],
         ["SIGUSR1", "SIGUSR2", "SIGRTMIN+1"])
    same("ignored", "SIGPIPE" in process["ignored"], True)
    sys.exit("\n".join(bad) or 0)


main()
