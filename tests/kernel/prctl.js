// The same as examples/bun/load.js without libsigpact: the main thread asks the
// kernel itself.
//
//	bun prctl.js ./libpeer.so
import { dlopen } from "bun:ffi";
import { live, loadGo } from "../../examples/bun/peer.js";

const PR_SET_SIGALTSTACK_EXCLUDE = 0x53415801;
const SIGPWR = 30;

const start = performance.now();
loadGo(process.argv[2]);
const { symbols } = dlopen("libc.so.6", {
	prctl: { args: ["i32", "u64"], returns: "i32" },
});
if (symbols.prctl(PR_SET_SIGALTSTACK_EXCLUDE, BigInt(SIGPWR)) !== 0)
	throw new Error("prctl: no such call in this kernel");
await live(start);
