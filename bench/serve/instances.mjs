// A server for node and bun that does what sigpact-serve does for a request to
// an empty function: a new instance of the module, which runs and is forgotten.
//	instances.mjs PORT MODULE.wasm
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
const wasi = {};
for (const { name } of WebAssembly.Module.imports(module))
	wasi[name] = () => 0;
wasi.proc_exit = () => { throw new Error("exit"); };

function run() {
	const imports = { wasi_snapshot_preview1: wasi };
	new WebAssembly.Instance(module, imports).exports._start();
}

if (globalThis.Bun) {
	Bun.serve({ port: Number(port), hostname: "127.0.0.1", fetch() {
		run();
		return new Response("");
	} });
} else {
	createServer((request, response) => {
		run();
		response.writeHead(200, { "Content-Length": 0 });
		response.end();
	}).listen(Number(port), "127.0.0.1");
}
