// Bun, a Go library and one call of WebAssembly: oven-sh/bun#31158.
//
//	bun main.js ./libpeer.so			hangs for ever
//	sigpact run -- bun main.js ./libpeer.so		alive in 80 ms
import { live, loadGo } from "./peer.js";

const path = process.argv[2] ?? process.env.GO_LIBRARY;
if (!path) {
	console.error("usage: bun main.js LIBRARY (or GO_LIBRARY=LIBRARY)");
	process.exit(2);
}

const start = performance.now();
loadGo(path);
await live(start);
