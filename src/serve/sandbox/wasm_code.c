/* The instructions of a WebAssembly module, walked for what the run-time must
   know: how far a load or store reaches, whether a table is written, and what
   wasm2c cannot translate.  Nothing is validated; that is wasm2c's.  Normal
   context. */
#include "abi.h"
#include "wasm.h"

static void words(struct wasm_reader *r, unsigned count)
{
	while (count--)
		sigpact__wasm_unsigned(r);
}

static void list(struct wasm_reader *r)
{
	uint64_t count = sigpact__wasm_unsigned(r);

	while (count-- && !r->bad)
		sigpact__wasm_unsigned(r);
}

static void access(struct wasm_reader *r, struct wasm_facts *f)
{
	uint64_t offset, reach;

	sigpact__wasm_unsigned(r); /* alignment */
	offset = sigpact__wasm_unsigned(r);
	reach = (1ull << 32) + offset + 8;
	if (offset <= UINT32_MAX && reach > f->reach)
		f->reach = reach;
}

/* Behind 0xfc: conversions, memory.…, table.… */
static const char *prefixed(struct wasm_reader *r, struct wasm_facts *f)
{
	uint64_t code = sigpact__wasm_unsigned(r);

	if (code == 15)
		return "table.grow";
	if (code > 17)
		return "an instruction that there was not in 2022";
	if (code == 12 || code == 14 || code == 17)
		f->flags |= MODULE_WRITES_TABLE;
	if (code >= 8)
		words(r, code == 8 || code == 10 || code == 12 || code == 14
			     ? 2 : 1);
	return NULL;
}

static const char *unknown(unsigned char op)
{
	if (op == 0xfd)
		return "SIMD, which wabt 1.0.32 cannot translate (compile "
		       "without -msimd128)";
	if (op == 0xfe)
		return "atomics (compile without -pthread and -matomics)";
	if (op == 0x12 || op == 0x13)
		return "tail calls (compile without -mtail-call)";
	if (op >= 0x06 && op <= 0x0a)
		return "exceptions (compile with -fno-exceptions)";
	return "an instruction that there was not in 2022";
}

/* Behind an opcode below 0xc5. */
static const char *immediates(struct wasm_reader *r, struct wasm_facts *f,
			      unsigned char op)
{
	if (op >= 0x28 && op <= 0x3e)
		access(r, f);
	else if ((op >= 0x02 && op <= 0x04) || op == 0x41 || op == 0x42)
		sigpact__wasm_signed(r);
	else if (op == 0x0c || op == 0x0d || op == 0x10 ||
		 (op >= 0x20 && op <= 0x26) || op == 0x3f || op == 0x40)
		sigpact__wasm_unsigned(r);
	else if (op == 0x11)
		words(r, 2);
	else if (op == 0x0e) {
		list(r);
		sigpact__wasm_unsigned(r);
	} else if (op == 0x1c)
		list(r);
	else if (op == 0x43 || op == 0x44)
		sigpact__wasm_skip(r, op == 0x43 ? 4 : 8);
	else if (!(op <= 0x01 || op == 0x05 || op == 0x0b || op == 0x0f ||
		   op == 0x1a || op == 0x1b || (op >= 0x45 && op <= 0xc4)))
		return unknown(op);
	if (op == 0x26)
		f->flags |= MODULE_WRITES_TABLE;
	return NULL;
}

static const char *body(struct wasm_reader *r, struct wasm_facts *f)
{
	uint64_t locals = sigpact__wasm_unsigned(r);
	const char *what = NULL;
	unsigned char op;

	while (locals-- && !r->bad)
		words(r, 2);
	while (!what && !r->bad && r->at < r->end) {
		op = sigpact__wasm_byte(r);
		if (op == 0xfc)
			what = prefixed(r, f);
		else if (op == 0xd0 || op == 0xd2) /* ref.null, ref.func */
			sigpact__wasm_unsigned(r);
		else if (op != 0xd1)
			what = immediates(r, f, op);
	}
	return what;
}

const char *sigpact__wasm_code(struct wasm_reader *r, struct wasm_facts *f)
{
	uint64_t count = sigpact__wasm_unsigned(r);
	const char *what = NULL;
	struct wasm_reader one;

	while (count-- && !r->bad && !what) {
		one = sigpact__wasm_part(r, sigpact__wasm_unsigned(r));
		what = body(&one, f);
		r->bad |= one.bad;
	}
	return what;
}
