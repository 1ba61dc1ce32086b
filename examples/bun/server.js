// A server that a Go library stops for ever at the first WebAssembly, and that
// `sigpact heal` brings back to life.
//
//	bun server.js ./libpeer.so	prints its port
//	curl localhost:PORT/sum		hangs, and all that come after
//	sigpact heal PID --yes		… are answered
import { callWasm, loadGo } from "./peer.js";

const path = process.argv[2] ?? process.env.GO_LIBRARY;
if (!path) {
	console.error("usage: bun server.js LIBRARY (or GO_LIBRARY=LIBRARY)");
	process.exit(2);
}
loadGo(path);

const server = Bun.serve({
	hostname: "127.0.0.1",
	port: 0,
	fetch(request) {
		if (new URL(request.url).pathname === "/sum") callWasm();
		return new Response("alive\n");
	},
});
console.log(server.port);
