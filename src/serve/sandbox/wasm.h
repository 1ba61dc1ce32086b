/* What is read from a WebAssembly file before it is built. */
#ifndef SIGPACT_WASM_H
#define SIGPACT_WASM_H

#include "sandbox.h"

#include <stddef.h>
#include <stdint.h>

struct wasm_facts {
	uint64_t reach;		/* bytes that a load or store may touch */
	unsigned flags;		/* MODULE_… of abi.h */
	int imports;		/* it has some */
};

/* Reads a whole module.  0; -ENOEXEC: it is none, or it is cut; -ENOTSUP: it has
   what cannot be built.  *why is one line. */
int sigpact__wasm_read(const void *bytes, size_t size, struct wasm_facts *facts,
		       char why[SANDBOX_WHY]);

/* wasm_reader.c: bytes that are being read; bad: past their end, or not what was expected, and
   every later read gives 0. */
struct wasm_reader {
	const unsigned char *at, *end;
	int bad;
};
uint8_t sigpact__wasm_byte(struct wasm_reader *);
uint64_t sigpact__wasm_unsigned(struct wasm_reader *);
int64_t sigpact__wasm_signed(struct wasm_reader *);
void sigpact__wasm_skip(struct wasm_reader *, uint64_t size);
/* The next size bytes, which are then behind. */
struct wasm_reader sigpact__wasm_part(struct wasm_reader *, uint64_t size);

/* sigpact__wasm_code.c: the code section, for its facts.  NULL, or what cannot
 * be built. */
const char *sigpact__wasm_code(struct wasm_reader *, struct wasm_facts *);

#endif
