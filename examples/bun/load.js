// The same as main.js without `sigpact run`: the program itself says that its
// main thread does not want SIGPWR on the alternate stack.
//
//	bun load.js ./libpeer.so ./libsigpact.so.0 [after|before]
//
// after (default): libsigpact is loaded when Go has added SA_ONSTACK already.
// before: it is there first, and Go adds the flag to its entry routine.
import { dlopen } from "bun:ffi";
import { live, loadGo } from "./peer.js";

const SIGPWR = 30;
const path = process.argv[2] ?? process.env.GO_LIBRARY;
const sigpactPath = process.argv[3] ?? process.env.SIGPACT_LIBRARY;
const order = process.argv[4] ?? "after";
if (!path || !sigpactPath || !["after", "before"].includes(order)) {
	console.error("usage: bun load.js LIBRARY LIBSIGPACT [after|before]");
	process.exit(2);
}

function exclude() {
	const { symbols } = dlopen(sigpactPath, {
		sigpact_exclude_set: { args: ["i32"], returns: "i32" },
		sigpact_exclude_test: { args: ["i32"], returns: "i32" },
	});
	const error = symbols.sigpact_exclude_set(SIGPWR);
	if (error < 0)
		throw new Error(`sigpact_exclude_set: errno ${-error}`);
	if (symbols.sigpact_exclude_test(SIGPWR) !== 1)
		throw new Error("sigpact_exclude_test: SIGPWR is not excluded");
}

const start = performance.now();
if (order === "before")
	exclude();
loadGo(path);
if (order === "after")
	exclude();
await live(start);
