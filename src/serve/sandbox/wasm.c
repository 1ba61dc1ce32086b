/* A WebAssembly file: its sections, as far as what is built from it depends on
   them.  The file is foreign: each read is within bounds, and no count is
   believed.  Normal context. */
#include "wasm.h"

#include "abi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TABLE_MOST = 1 << 20, NAME_MOST = 64, SIGNATURE_MOST = 16 };
enum { KIND_FUNCTION, KIND_TABLE, KIND_MEMORY, KIND_GLOBAL };

/* A module while it is read. */
struct reading {
	struct wasm_facts *facts;
	char *why;
	struct wasm_reader types, functions; /* their sections */
	uint64_t imported;	/* functions */
	uint64_t start;		/* function of _start */
	uint64_t stack_top;	/* of the first global, as the linker makes it */
	int has_start, has_memory, has_data;
};

/* A name as it may be printed; longer ones are cut. */
static void name_read(struct wasm_reader *r, char name[NAME_MOST])
{
	struct wasm_reader part =
	    sigpact__wasm_part(r, sigpact__wasm_unsigned(r));
	size_t n = 0;

	while (part.at < part.end && n < NAME_MOST - 1) {
		unsigned char c = *part.at++;

		name[n++] = c > ' ' && c < 0x7f ? (char)c : '?';
	}
	name[n] = 0;
}

/* Type `index` as in abi.h, its results behind a colon; longer ones are cut. */
static void signature(struct wasm_reader types, uint64_t index,
		      char text[SIGNATURE_MOST])
{
	uint64_t count = sigpact__wasm_unsigned(&types), part, n;
	size_t at = 0;
	uint8_t type;

	if (index >= count)
		index = count; /* which ends in a bad read */
	for (;;) {
		sigpact__wasm_byte(&types); /* func */
		for (part = 0; part < 2; part++) {
			n = sigpact__wasm_unsigned(&types);
			while (n-- && !types.bad) {
				type = sigpact__wasm_byte(&types);
				if (!index && at < SIGNATURE_MOST - 2)
					text[at++] = type == 0x7f   ? 'i'
						     : type == 0x7e ? 'I'
								    : '?';
			}
			if (!index && !part)
				text[at++] = ':';
		}
		if (!index-- || types.bad)
			break;
	}
	text[at] = 0;
}

static int wasi_has(const char *name, const char *type)
{
#define SIGPACT_ROW(name, signature, parameters, rest)                        \
	{ #name, signature ":i" },
	static const struct {
		const char *name, *type;
	} functions[] = { { "proc_exit", "i:" },
			  SIGPACT_WASI(SIGPACT_ROW, SIGPACT_ROW) };
	size_t i;

	for (i = 0; i < sizeof functions / sizeof *functions; i++)
		if (!strcmp(functions[i].name, name))
			return !strcmp(functions[i].type, type);
	return 0;
}

static void limits(struct wasm_reader *r)
{
	if (sigpact__wasm_byte(r) & 1)
		sigpact__wasm_unsigned(r);
	sigpact__wasm_unsigned(r);
}

/* Behind the names of an import; is it one that sandboxes have? */
static int import_known(struct wasm_reader *r, struct reading *m,
			const char *module, const char *name)
{
	char type[SIGNATURE_MOST];

	switch (sigpact__wasm_byte(r)) {
	case KIND_FUNCTION:
		m->imported++;
		signature(m->types, sigpact__wasm_unsigned(r), type);
		return !strcmp(module, "wasi_snapshot_preview1") &&
		       wasi_has(name, type);
	case KIND_TABLE:
		sigpact__wasm_byte(r);
		limits(r);
		return 0;
	case KIND_MEMORY:
		limits(r);
		return 0;
	case KIND_GLOBAL:
		sigpact__wasm_skip(r, 2);
		return 0;
	}
	r->bad = 1;
	return 1;
}

static int imports(struct wasm_reader *r, struct reading *m)
{
	static const char lead[] = "imports what sigpact-serve does not have: ";
	uint64_t count = sigpact__wasm_unsigned(r);
	char module[NAME_MOST], name[NAME_MOST];
	size_t at = 0, left = 0;

	m->facts->imports = count != 0;
	if (count > 1000)
		r->bad = 1;
	for (; count && !r->bad; count--) {
		name_read(r, module);
		name_read(r, name);
		if (import_known(r, m, module, name) || r->bad)
			continue;
		if (at + 2 * NAME_MOST + 64 > SANDBOX_WHY)
			left++;
		else
			at += (size_t)sprintf(m->why + at, "%s%s.%s",
					      at ? ", " : lead, module, name);
	}
	if (left)
		sprintf(m->why + at, ", and %zu more", left);
	return at && !r->bad ? -ENOTSUP : 0;
}

static int cannot(struct reading *m, const char *what)
{
	snprintf(m->why, SANDBOX_WHY, "uses %s", what);
	return -ENOTSUP;
}

static int tables(struct wasm_reader *r, struct reading *m)
{
	uint64_t count = sigpact__wasm_unsigned(r);
	uint8_t flags;

	if (count > 1)
		return cannot(m, "several tables");
	while (count-- && !r->bad) {
		if (sigpact__wasm_byte(r) != 0x70 && !r->bad)
			return cannot(m, "a table of references (compile "
					 "without -mreference-types)");
		flags = sigpact__wasm_byte(r);
		if (sigpact__wasm_unsigned(r) > TABLE_MOST)
			return cannot(m, "a table of more than 1,048,576 "
					 "functions");
		if (flags & 1)
			sigpact__wasm_unsigned(r);
	}
	return 0;
}

static int memories(struct wasm_reader *r, struct reading *m)
{
	uint64_t count = sigpact__wasm_unsigned(r);
	uint8_t flags = count ? sigpact__wasm_byte(r) : 0;

	if (count > 1)
		return cannot(m, "several memories");
	if (flags > 3)
		return cannot(m, "a 64-bit memory");
	if (flags > 1)
		return cannot(m, "shared memory (compile without -pthread)");
	return 0;
}

/* The linker's first global is the stack pointer. */
static void first_global(struct wasm_reader *r, struct reading *m)
{
	int64_t value;

	if (sigpact__wasm_unsigned(r) && sigpact__wasm_byte(r) == 0x7f &&
	    sigpact__wasm_byte(r) == 1 && sigpact__wasm_byte(r) == 0x41) {
		value = sigpact__wasm_signed(r);
		if (!r->bad && value > 0)
			m->stack_top = (uint64_t)value;
	}
	r->bad = 0;
}

static void exports(struct wasm_reader *r, struct reading *m)
{
	uint64_t count = sigpact__wasm_unsigned(r), index;
	char name[NAME_MOST];
	uint8_t kind;

	while (count-- && !r->bad) {
		name_read(r, name);
		kind = sigpact__wasm_byte(r);
		index = sigpact__wasm_unsigned(r);
		if (kind == KIND_MEMORY && !strcmp(name, "memory"))
			m->has_memory = 1;
		if (kind == KIND_FUNCTION && !strcmp(name, "_start")) {
			m->has_start = 1;
			m->start = index;
		}
	}
}

/* Does data lie where its own stack, which grows down, would go? */
static void data(struct wasm_reader *r, struct reading *m)
{
	uint64_t count = sigpact__wasm_unsigned(r), flags;

	while (count-- && !r->bad) {
		flags = sigpact__wasm_unsigned(r);
		if (flags == 2)
			sigpact__wasm_unsigned(r); /* which memory */
		if (flags != 1) {
			if (sigpact__wasm_byte(r) != 0x41)
				return; /* relative to a global */
			if ((uint64_t)sigpact__wasm_signed(r) < m->stack_top)
				m->facts->flags |= MODULE_STACK_NOT_FIRST;
			sigpact__wasm_byte(r); /* end */
		}
		sigpact__wasm_skip(r, sigpact__wasm_unsigned(r));
	}
}

static int section(unsigned id, struct wasm_reader *r, struct reading *m)
{
	const char *what = NULL;

	switch (id) {
	case 1:
		m->types = *r;
		return 0;
	case 2:
		return imports(r, m);
	case 3:
		m->functions = *r;
		return 0;
	case 4:
		return tables(r, m);
	case 5:
		return memories(r, m);
	case 6:
		first_global(r, m);
		return 0;
	case 7:
		exports(r, m);
		return 0;
	case 8:
		what = "a start section";
		break;
	case 10:
		what = sigpact__wasm_code(r, m->facts);
		break;
	case 11:
		data(r, m);
		return 0;
	case 13:
		what = "exceptions (compile with -fno-exceptions)";
		break;
	}
	return what ? cannot(m, what) : 0;
}

/* A program of WASI's: what it exports. */
static int is_command(struct reading *m)
{
	struct wasm_reader *f = &m->functions;
	char type[SIGNATURE_MOST] = "";
	uint64_t n, index = 0;

	if (!m->has_start || m->start < m->imported) {
		snprintf(m->why, SANDBOX_WHY, "exports no function _start; "
			 "expected a program with main, not a library");
		return -ENOTSUP;
	}
	if (!m->has_memory) {
		snprintf(m->why, SANDBOX_WHY,
			 "exports no memory under the name memory");
		return -ENOTSUP;
	}
	sigpact__wasm_unsigned(f); /* how many */
	for (n = m->start - m->imported + 1; n && !f->bad; n--)
		index = sigpact__wasm_unsigned(f);
	signature(m->types, index, type);
	if (strcmp(type, ":")) {
		snprintf(m->why, SANDBOX_WHY,
			 "its _start takes or returns something");
		return -ENOTSUP;
	}
	return 0;
}

int sigpact__wasm_read(const void *bytes, size_t size, struct wasm_facts *facts,
		       char why[SANDBOX_WHY])
{
	struct wasm_reader r = { bytes, (const unsigned char *)bytes + size, 0 };
	struct reading m = { .facts = facts, .why = why };
	struct wasm_reader part;
	unsigned id;
	int e = 0;

	memset(facts, 0, sizeof *facts);
	facts->reach = (1ull << 32) + 8;
	if (size < 8 || memcmp(bytes, "\0asm\1\0\0", 8)) {
		snprintf(why, SANDBOX_WHY, "not a WebAssembly module");
		return -ENOEXEC;
	}
	r.at += 8;
	while (!e && !r.bad && r.at < r.end) {
		id = sigpact__wasm_byte(&r);
		part = sigpact__wasm_part(&r, sigpact__wasm_unsigned(&r));
		e = section(id, &part, &m);
		r.bad |= part.bad;
	}
	if (r.bad) {
		snprintf(why, SANDBOX_WHY, "the WebAssembly module is damaged "
			 "or cut short");
		return -ENOEXEC;
	}
	return e ? e : is_command(&m);
}
