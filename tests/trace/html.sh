#!/usr/bin/env bash
# The page that `sigpact trace --format=html` writes, in a headless Chromium: it
# asks for no other file, shows findings and lanes, and what it draws of 100,000
# events is no more than a screen has room for.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 8
command -v chromium >/dev/null || skip_rest "no chromium"

# A storm of 25,000 signals between two threads, and another signal.
python3 - >"$out/jsonl" <<'PY'
import json
say = lambda **o: print(json.dumps(o))
now = 1_000_000_000
def event(kind, tid, **o):
    global now
    now += 20_000
    say(event=kind, time_ns=now, pid=100, tid=tid, seen=o.pop("seen", 0), **o)
def arg(*a):
    return ["0x%x" % n for n in a] + ["0x0"] * (6 - len(a))
say(**{"sigpact-trace": 1, "source": "test", "generated": False,
       "frame_size": 3376})
say(fact="actions", pid=100, tid=100, name="vic<tim>", known="0xffffffffffffffff",
    actions=[{"sig": 30, "handler": "0x1000", "flags": "0xc000004",
              "restorer": "0x0", "mask": "0x0"}])
say(fact="thread", pid=100, tid=101, name="</script><b>", seen=0, blocked="0x0",
    stack_low="0x0", stack_high="0x0", alt_base="0x0", alt_size="0x0",
    alt_flags=2)
event("attached", 100, by_pid=0)
event("attached", 101, by_pid=0)
for n in range(25_000):
    event("entry", 101, call="tgkill", nr=234, arg=arg(100, 100, 30), stack=0,
          pc="0x0", sp="0x0", fp="0x0")
    event("delivered", 100, seen=96, sig=30, code=-6,
          info=["0x1e", "0xfffffffa", "0x64", "0x0", "0x0", "0x0"],
          handler="0x1000", flags="0x0", action_mask="0x0", mask="0x0", pc="0x0",
          sp="0x0", frame="0x1f000", alt_base="0x10000", alt_size="0x10000",
          alt_flags=0)
    event("exit", 101, call="tgkill", nr=234, result="0x0")
    event("entry", 100, seen=8, call="rt_sigreturn", nr=15, arg=arg(), stack=0,
          pc="0x0", sp="0x1f008", fp="0x0")
event("entry", 101, call="kill", nr=62, arg=arg(100, 10), stack=0, pc="0x0",
      sp="0x0", fp="0x0")
event("exit", 101, call="kill", nr=62, result="0x0")
PY
run 60 "$sigpact" trace --read="$out/jsonl" --format=html -o "$out/page.html"
[ $? -eq 1 ] && [ "$(wc -l <"$out/jsonl")" -gt 100000 ]
ok $? "100,000 events as a page; exit status 1, there is a finding"

! grep -nE '(src|href)=|https?://|@import|fetch\(|XMLHttp' "$out/page.html"
ok $? "it names no other file and no host"

# The page, and what it says of itself once these statements have run.
asked() {
	{
		cat "$out/page.html"
		cat <<-EOF
			<script>
			(() => {
			const said = {};
			try { $1 } catch (error) { said.error = String(error); }
			document.body.textContent = "said:" + JSON.stringify(said);
			})();
			</script>
		EOF
	} >"$out/asked.html"
	run 120 chromium --headless --no-sandbox --disable-gpu --incognito \
		--user-data-dir="$out/profile" --window-size=1400,800 \
		--virtual-time-budget=2000 --dump-dom "file://$out/asked.html"
	sed -n 's/.*said:\({.*}\).*/\1/p' "$out/stdout" >"$out/said"
	[ -s "$out/said" ] && ! grep '"error":' "$out/said"
}

# says PYTHON: a statement about what was said.
says() {
	python3 -c 'import html, json, sys
s = json.loads(html.unescape(open(sys.argv[1]).read()))
assert eval("(" + sys.argv[2] + ")"), s' "$out/said" "$1" >"$out/stderr" 2>&1
}

# shellcheck disable=SC2016
asked '
	said.events = sigpact.data.events.length;
	said.findings = [...document.querySelectorAll("#findings button")]
		.map((b) => b.textContent);
	said.threads = sigpact.data.threads.map((t) => t.name);
	said.bold = document.querySelectorAll("#findings b").length;
	said.signals = [...document.querySelectorAll("#signals input")]
		.map((b) => b.dataset.signal);
	const canvas = document.getElementById("canvas");
	const began = performance.now();
	said.most = 0;
	said.zooms = 0;
	for (let span = sigpact.data.end; span > 100000; span /= 2) {
		sigpact.look(span / 3, span / 3 + span);
		sigpact.draw();
		said.zooms++;
		said.most = Math.max(said.most, sigpact.stats.drawn);
	}
	said.ms = (performance.now() - began) / said.zooms;
	said.width = canvas.clientWidth;
	said.lanes = sigpact.stats.lanes;
	said.arrows = sigpact.stats.arrows;
	sigpact.look(0, sigpact.data.end);
	sigpact.draw();
	const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width,
		canvas.height).data;
	said.orange = 0;
	for (let i = 0; i < pixels.length; i += 4)
		said.orange += pixels[i] > 200 && pixels[i + 1] > 80 &&
			pixels[i + 1] < 160 && pixels[i + 2] < 90;
	sigpact.look(100e6, 110e6);
	sigpact.draw();
	const before = sigpact.stats.drawn;
	const box = document.querySelector("#signals input[data-signal=SIGPWR]");
	box.click();
	sigpact.draw();
	said.without = before > 50 && sigpact.stats.drawn < before / 4;
	box.click();
	document.querySelector("#findings button").click();
	sigpact.draw();
	said.span = sigpact.view().to - sigpact.view().from;
'
ok $? "the page runs"

says 's["events"] >= 50000 and s["lanes"] == 2'
ok $? "it has the calls and handlers of both threads"

says '[f for f in s["findings"] if f.startswith("SP013 storm") and
	"SIGPWR" in f and "thread 101" in f] and s["bold"] == len(s["findings"])
	and "</script><b>" in s["threads"]'
ok $? "findings by id; a name that is HTML is text"

says 's["zooms"] > 10 and s["most"] <= 2 * s["lanes"] * s["width"] and
	s["arrows"] > 0'
ok $? "no more is drawn than a screen has room for, and arrows close up"
python3 -c 'import json, sys
print("# %.1f ms a redraw" % json.load(open(sys.argv[1]))["ms"])' \
	"$out/said" 2>"$out/stderr"

says 's["orange"] > 5000'
ok $? "handlers on the alternate stack are drawn in its colour"

says '"SIGPWR" in s["signals"] and s["without"] and
	0 < s["span"] <= 2.1e6'
ok $? "a signal can be left out; a finding leads to its place"
finish
