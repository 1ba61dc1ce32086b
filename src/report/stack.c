/* Which stack the crashed thread was on, and how near its end.  Normal
   context. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The kernel's gap below a stack that grows, in pages of 4 KiB (stack_guard_gap);
   and the farthest below a stack that a frame of C reaches in one step. */
enum { GAP = 256 * 4096, NEAR = 64 * 1024 };

static int can_write(const struct sigpact__map *m)
{
	return m && m->rights[1] == 'w';
}

/* Memory without any right right below, as far as it goes; else what a step
   may be. */
static uint64_t below(const struct sigpact__report *r, uint64_t low)
{
	const struct sigpact__map *m = sigpact__map_at(r->record, low - 1);

	if (m && !strncmp(m->rights, "---", 3))
		return m->start < low - GAP ? m->start : low - GAP;
	return can_write(m) ? low : low - GAP;
}

static int is_on(const struct sigpact__report *r, uint64_t low, uint64_t high,
		 uint64_t sp)
{
	return low < high && sp <= high &&
	       (sp >= low || (low > GAP && sp >= below(r, low)));
}

static void take(struct sigpact__report *r, enum sigpact__stack_kind kind,
		 uint64_t low, uint64_t high)
{
	r->stack = kind;
	r->stack_low = low;
	r->stack_high = high;
}

/* A stack that neither the kernel nor libc told of: what can be written at sp,
   or right above the guard that sp fell into. */
static void foreign(struct sigpact__report *r, uint64_t sp)
{
	const struct sigpact__map *m = sigpact__map_at(r->record, sp);

	if (m && !can_write(m))
		m = sigpact__map_at(r->record, m->end);
	if (can_write(m))
		take(r, STACK_FOREIGN, m->start, m->end);
}

static void find(struct sigpact__report *r)
{
	const struct sigpact__thread *t = &r->thread[r->crashed];
	const struct sigpact__task *k = t->task;
	uint64_t sp = t->regs.rsp;

	if (k->seen & SEEN_ALTSTACK && k->alt_size &&
	    is_on(r, k->alt_base, k->alt_base + k->alt_size, sp))
		take(r, STACK_ALTERNATE, k->alt_base, k->alt_base + k->alt_size);
	else if (is_on(r, k->stack_low, k->stack_high, sp))
		take(r, STACK_NATIVE, k->stack_low, k->stack_high);
	else
		foreign(r, sp);
}

int sigpact__report_overflowed(const struct sigpact__report *r)
{
	uint64_t sp = r->thread[r->crashed].regs.rsp;
	uint64_t at = r->fault.si_code == SI_KERNEL ?
			      sp :
			      (uintptr_t)r->fault.si_addr;

	return r->stack_low && r->by_fault && at < r->stack_low &&
	       at >= r->stack_low - GAP && sp < r->stack_low + NEAR;
}

static const char *kind_name(enum sigpact__stack_kind kind)
{
	return kind == STACK_ALTERNATE ? "alternate signal stack of" :
	       kind == STACK_NATIVE    ? "native stack of" :
					 "a stack of its own (coroutine?) of "
					 "at most";
}

/* What else is to be known of the stacks of this thread. */
static void more(const struct sigpact__report *r, uint64_t left, char to[160])
{
	const struct sigpact__task *k = r->thread[r->crashed].task;
	uint32_t frame = r->record->frame_size;

	*to = 0;
	if (r->stack == STACK_ALTERNATE && left && left < frame)
		snprintf(to, 160, ": too small for this CPU's frame of %" PRIu32
			 " bytes", frame);
	else if (k->seen & SEEN_ALTSTACK && k->alt_size && k->alt_size < frame)
		snprintf(to, 160, "; an alternate stack of %" PRIu64 " bytes: "
			 "too small for this CPU's frame of %" PRIu32 " bytes",
			 k->alt_size, frame);
	else if (k->seen & SEEN_ALTSTACK && !k->alt_size &&
		 sigpact__report_overflowed(r))
		snprintf(to, 160, "; no alternate stack, so that no handler "
			 "can run");
}

void sigpact__report_stack(struct sigpact__report *r)
{
	uint64_t sp = r->thread[r->crashed].regs.rsp, size, left;
	char rest[160], below[64] = "";

	find(r);
	if (!r->stack_low) {
		snprintf(r->where, WORDS, "none: the stack pointer, %#" PRIx64
			 ", is on no stack", sp);
		return;
	}
	left = sp > r->stack_low ? sp - r->stack_low : 0;
	size = (r->stack_high - r->stack_low) / 1024;
	more(r, left, rest);
	if (sp < r->stack_low)
		snprintf(below, sizeof below, ", %" PRIu64 " bytes below its "
			 "end", r->stack_low - sp);
	snprintf(r->where, WORDS, "%s %" PRIu64 " KiB, %" PRIu64
		 " bytes left%s%s", kind_name(r->stack), size, left, below,
		 rest);
}
