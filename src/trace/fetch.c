/* What lies behind an event: the bytes that its call's pointers led to, where
   calls.h says.  Tracer's context. */
#include "calls.h"
#include "decode.h"

#include <stdint.h>

#define ROW(name, count, ...) ROW_OF(__VA_ARGS__)
#define ROW_OF(...) ROW_FROM(__VA_ARGS__)
#define ROW_FROM(from0, size0, from1, size1, from2, size2, marks) \
	{ { size0, size1 }, size2, marks },

static const struct row {
	uint16_t entry[2], exit;
	unsigned marks;
} rows[CALLS_COUNT] = { SIGPACT_CALLS(ROW) };

static size_t rounded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

unsigned sigpact__call_marks(unsigned row)
{
	return row < CALLS_COUNT ? rows[row].marks : 0;
}

static size_t entry_size(unsigned row)
{
	size_t stack = rows[row].marks & CALLS_CALLER ? EVENT_STACK : 0;

	return EVENT_HEAD(entry) + rounded(rows[row].entry[0]) +
	       rounded(rows[row].entry[1]) + stack;
}

size_t sigpact__event_size(unsigned kind, unsigned row)
{
	static const size_t sizes[EVENT_KINDS] = {
		[EVENT_GENERATED] = EVENT_HEAD(generated),
		[EVENT_DELIVERED] = EVENT_HEAD(delivered),
		[EVENT_STOP] = EVENT_HEAD(stop),
		[EVENT_ATTACHED] = EVENT_HEAD(start),
		[EVENT_START] = EVENT_HEAD(start),
		[EVENT_EXEC] = EVENT_HEAD(exec),
		[EVENT_END] = EVENT_HEAD(end),
		[EVENT_LOST] = EVENT_HEAD(lost),
	};

	if (kind >= EVENT_KINDS || (kind <= EVENT_EXIT && row >= CALLS_COUNT))
		return 0;
	if (kind == EVENT_ENTRY)
		return entry_size(row);
	if (kind == EVENT_EXIT)
		return EVENT_HEAD(exit) + rounded(rows[row].exit);
	return sizes[kind];
}

const void *sigpact__event_fetch(const struct sigpact__event *e, int which)
{
	const char *bytes = (const char *)e;

	if (!(e->seen & (which ? SAW_FETCH_1 : SAW_FETCH_0)) ||
	    e->size < sigpact__event_size(e->kind, e->entry.row))
		return NULL;
	if (e->kind == EVENT_EXIT)
		return !which && rows[e->exit.row].exit ?
			bytes + EVENT_HEAD(exit) : NULL;
	if (e->kind != EVENT_ENTRY || !rows[e->entry.row].entry[which])
		return NULL;
	return bytes + EVENT_HEAD(entry) +
	       (which ? rounded(rows[e->entry.row].entry[0]) : 0);
}

const unsigned char *sigpact__event_stack(const struct sigpact__event *e,
					  size_t *size)
{
	if (e->kind != EVENT_ENTRY || !(e->seen & SAW_CALLER) ||
	    !(sigpact__call_marks(e->entry.row) & CALLS_CALLER) ||
	    e->size < entry_size(e->entry.row))
		return NULL;
	*size = e->entry.stack < EVENT_STACK ? e->entry.stack : EVENT_STACK;
	return (const unsigned char *)e + entry_size(e->entry.row) -
	       EVENT_STACK;
}
