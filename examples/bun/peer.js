// What main.js and load.js have in common: the Go library, the call of
// WebAssembly and the timers.  Paths come in by argument or environment.
import { dlopen } from "bun:ffi";

export function loadGo(path) {
	const go = dlopen(path, {
		Add: { args: ["i32", "i32"], returns: "i32" },
	});
	if (go.symbols.Add(40, 2) !== 42)
		throw new Error(`${path}: not the library that was expected`);
	return go;
}

// (module (func (export "sum") (param i32) (result i32) (local i32)
//   loop  local.get 1  local.get 0  i32.add  local.set 1
//         local.get 0  i32.const 1  i32.sub  local.tee 0  br_if 0  end
//   local.get 1))
const wasm = new Uint8Array([
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60,
	0x01, 0x7f, 0x01, 0x7f, 0x03, 0x02, 0x01, 0x00, 0x07, 0x07, 0x01, 0x03,
	0x73, 0x75, 0x6d, 0x00, 0x00, 0x0a, 0x1b, 0x01, 0x19, 0x01, 0x01, 0x7f,
	0x03, 0x40, 0x20, 0x01, 0x20, 0x00, 0x6a, 0x21, 0x01, 0x20, 0x00, 0x41,
	0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x01, 0x0b,
]);

// The loop is long enough for another thread to compile it meanwhile, and to
// make all threads see the new code that one stops them by SIGPWR.
export function callWasm() {
	const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm));
	if (instance.exports.sum(60000) !== 1800030000)
		throw new Error("WebAssembly: wrong result");
}

// Ten timers, one after another: they fire only in an event loop that lives.
export async function runTimers() {
	for (let i = 0; i < 10; i++)
		await new Promise((fire) => setTimeout(fire, 5));
}

export async function live(start) {
	callWasm();
	await runTimers();
	console.log(`alive in ${Math.round(performance.now() - start)} ms`);
	process.exit(0);
}
