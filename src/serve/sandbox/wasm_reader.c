/* Bytes of a WebAssembly file, read one after the other, never past their end.
   Normal context. */
#include "wasm.h"

uint8_t sigpact__wasm_byte(struct wasm_reader *r)
{
	if (r->bad || r->at == r->end) {
		r->bad = 1;
		return 0;
	}
	return *r->at++;
}

static uint64_t number(struct wasm_reader *r, int is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = sigpact__wasm_byte(r);
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 70 && !r->bad);
	if (byte & 0x80 || r->bad) {
		r->bad = 1;
		return 0;
	}
	if (is_signed && shift < 64 && byte & 0x40)
		value |= ~0ull << shift;
	return value;
}

uint64_t sigpact__wasm_unsigned(struct wasm_reader *r)
{
	return number(r, 0);
}

int64_t sigpact__wasm_signed(struct wasm_reader *r)
{
	return (int64_t)number(r, 1);
}

void sigpact__wasm_skip(struct wasm_reader *r, uint64_t size)
{
	if (size > (uint64_t)(r->end - r->at))
		r->bad = 1;
	else
		r->at += size;
}

struct wasm_reader sigpact__wasm_part(struct wasm_reader *r, uint64_t size)
{
	struct wasm_reader part = { .at = r->at };

	sigpact__wasm_skip(r, size);
	part.end = r->at;
	part.bad = r->bad;
	return part;
}
