/* Findings about alternate stacks: is there room, is the memory there, whose is
   it.  Normal context. */
#include "checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ONSTACK 0x08000000ull
enum {
	LEAST_ROOM = 4096,	/* for a handler, beside the frame */
	HANDLERS = 16384,	/* for four nested ones: sigpact_altstack_size */
	PAGE = 4096,
	LEAST_TOLD = 4 * PAGE	/* fewer pages are all touched by one frame */
};

/* An alternate stack that no handler asks for does no harm. */
static int asked_for(const struct sigpact__record *r)
{
	int sig;

	for (sig = 1; r->have_actions && sig < RECORD_SIGNALS; sig++)
		if (r->action[sig].handler > 1 &&
		    r->action[sig].flags & ONSTACK)
			return 1;
	return 0;
}

static uint64_t end_of(const struct sigpact__task *t)
{
	uint64_t end = t->alt_base + t->alt_size;

	return end < t->alt_base ? UINT64_MAX : end;
}

static void room(struct sigpact__checking *c, const struct sigpact__task *t)
{
	uint64_t frame = c->record->frame_size;
	char task[PLACE];

	sigpact__spell_task(t, task);
	if (frame && t->alt_size < frame + LEAST_ROOM)
		sigpact__check_add(c, ALTSTACK_SMALL, 0, t->tid, t->alt_base,
			"%s has %ju bytes; a frame takes %ju on this CPU, and "
			"a handler %d or more", task, (uintmax_t)t->alt_size,
			(uintmax_t)frame, LEAST_ROOM);
	if (frame && t->alt_mapped && !t->alt_guard &&
	    t->alt_size < 4 * frame + HANDLERS)
		sigpact__check_add(c, ALTSTACK_NO_GUARD, 0, t->tid, t->alt_base,
			"%s has %ju bytes and no guard below; four nested "
			"handlers may need %ju", task, (uintmax_t)t->alt_size,
			(uintmax_t)(4 * frame + HANDLERS));
	if (t->seen & SEEN_TOUCHED && t->alt_size >= LEAST_TOLD &&
	    t->alt_used + PAGE > t->alt_size)
		sigpact__check_add(c, ALTSTACK_FULL, 0, t->tid, t->alt_base,
			"%s: %ju of %ju bytes were touched", task,
			(uintmax_t)t->alt_used, (uintmax_t)t->alt_size);
}

static void memory(struct sigpact__checking *c, const struct sigpact__task *t)
{
	char task[PLACE];

	if (!c->record->map_count || (t->alt_mapped && t->alt_writable))
		return;
	sigpact__check_add(c, ALTSTACK_UNMAPPED, 0, t->tid, t->alt_base,
		"%s: 0x%jx to 0x%jx %s", sigpact__spell_task(t, task),
		(uintmax_t)t->alt_base, (uintmax_t)end_of(t),
		t->alt_mapped ? "cannot be written" : "is not mapped");
}

/* Is the place where this stack would begin taken for sure?  Below a stack that
   libc mapped lies its guard; below one that was cut out of other memory, that. */
static int is_bounded(const struct sigpact__record *r,
		      const struct sigpact__task *t)
{
	const struct sigpact__map *m;

	if (!t->stack_high || !(t->seen & SEEN_REGISTERS) ||
	    t->stack != STACK_NATIVE)
		return 0;
	if (t->tid == r->pid)
		return 1;
	m = t->stack_low ? sigpact__map_at(r, t->stack_low - 1) : NULL;
	return m && !strncmp(m->rights, "---", 3);
}

/* A frame that held it has returned: the stack pointer is above. */
static void dead(struct sigpact__checking *c, const struct sigpact__task *t)
{
	const struct sigpact__record *r = c->record;
	char task[PLACE], holder[PLACE];
	size_t i;

	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *in = &r->task[i];

		if (t->alt_base < in->stack_low || end_of(t) > in->sp ||
		    !is_bounded(r, in))
			continue;
		sigpact__check_add(c, ALTSTACK_DEAD, 0, t->tid, t->alt_base,
			"%s: it lies below the stack pointer 0x%jx of %s",
			sigpact__spell_task(t, task), (uintmax_t)in->sp,
			in == t ? "its own" : sigpact__spell_task(in, holder));
	}
}

static int by_base(const void *a, const void *b)
{
	const struct sigpact__task *x = *(const struct sigpact__task *const *)a;
	const struct sigpact__task *y = *(const struct sigpact__task *const *)b;

	if (x->alt_base != y->alt_base)
		return x->alt_base < y->alt_base ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static void shared(struct sigpact__checking *c,
		   const struct sigpact__task **armed, size_t count)
{
	const struct sigpact__task *highest = NULL;
	char task[PLACE], other[PLACE];
	size_t i;

	qsort(armed, count, sizeof *armed, by_base);
	for (i = 0; i < count; i++) {
		if (highest && armed[i]->alt_base < end_of(highest))
			sigpact__check_add(c, ALTSTACK_SHARED, 0, armed[i]->tid,
				armed[i]->alt_base,
				"%s: 0x%jx to 0x%jx is armed by %s too",
				sigpact__spell_task(armed[i], task),
				(uintmax_t)armed[i]->alt_base,
				(uintmax_t)(end_of(highest) < end_of(armed[i]) ?
					    end_of(highest) : end_of(armed[i])),
				sigpact__spell_task(highest, other));
		if (!highest || end_of(armed[i]) > end_of(highest))
			highest = armed[i];
	}
}

void sigpact__check_stacks(struct sigpact__checking *c)
{
	const struct sigpact__record *r = c->record;
	const struct sigpact__task **armed;
	size_t count = 0, i;

	if (!r->task_count || !asked_for(r))
		return;
	armed = calloc(r->task_count, sizeof *armed);
	if (!armed) {
		c->no_memory = 1;
		return;
	}
	for (i = 0; i < r->task_count; i++)
		if (sigpact__armed(&r->task[i]))
			armed[count++] = &r->task[i];
	for (i = 0; i < count; i++) {
		room(c, armed[i]);
		memory(c, armed[i]);
		dead(c, armed[i]);
	}
	shared(c, armed, count);
	free(armed);
}
