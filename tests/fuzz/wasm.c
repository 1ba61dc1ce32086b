/* What arbitrary bytes say of themselves as a WebAssembly module: nothing beyond
   them is read, a refusal is one line, the same when asked again. */
#include "fuzz.h"
#include "wasm.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[SANDBOX_WHY] = "", other[SANDBOX_WHY] = "";
	struct wasm_facts f, again;
	int e = sigpact__wasm_read(data, size, &f, why);

	fuzz_seen++;
	CLAIM(!e || e == -ENOEXEC || e == -ENOTSUP);
	CLAIM(f.reach > 1ull << 32 && f.reach <= (2ull << 32) + 16);
	CLAIM(f.flags < 4 && strlen(why) < SANDBOX_WHY);
	CLAIM(!e == !*why && !strpbrk(why, "\n\r\033"));
	CLAIM(sigpact__wasm_read(data, size, &again, other) == e &&
	      !memcmp(&f, &again, sizeof f) && !strcmp(why, other));
	fuzz_accepted += !e;
	return 0;
}
