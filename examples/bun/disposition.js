// Which signals Bun ignores and catches, before and after a Go library is
// loaded.  Bun ignores SIGPIPE; Go puts its own handler there, and a write to
// a closed pipe may kill the program then: oven-sh/bun#29843.
//
//	bun disposition.js ./libpeer.so
//
// SigIgn and SigCgt are masks: signal N is bit N - 1.
import { readFileSync } from "node:fs";
import { loadGo } from "./peer.js";

const SIGPIPE = 13n;
const path = process.argv[2] ?? process.env.GO_LIBRARY;
if (!path) {
	console.error("usage: bun disposition.js LIBRARY");
	process.exit(2);
}

function show(when) {
	const status = readFileSync("/proc/self/status", "utf8");
	const mask = (name) => status.match(`${name}:\\s*([0-9a-f]+)`)[1];
	const has = (name) => BigInt(`0x${mask(name)}`) >> (SIGPIPE - 1n) & 1n;
	const state = has("SigIgn") ? "ignored" :
		has("SigCgt") ? "caught" : "default";
	console.log(`${when} SigIgn ${mask("SigIgn")} SigCgt ${mask("SigCgt")}` +
		` SIGPIPE ${state}`);
}

show("before");
loadGo(path);
show("after ");
process.exit(0);
