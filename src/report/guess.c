/* The caller of a frame that has no tables: by the frame pointer, or by what looks
   like a return address on the stack.  Normal context. */
#include "walk.h"

#include <string.h>

enum { SCANNED_WORDS = 1024, POINTER_MOST = 1 << 20 };

/* Is this what a handler returns to?  mov $15, %rax (or %eax); syscall */
int sigpact__is_trampoline(struct sigpact__walk *w, uint64_t pc)
{
	static const unsigned char wide[9] = "\x48\xc7\xc0\x0f\0\0\0\x0f\x05";
	static const unsigned char narrow[7] = "\xb8\x0f\0\0\0\x0f\x05";
	unsigned char code[9];

	return sigpact__memory_read(w->memory, pc, code, sizeof code) &&
	       (!memcmp(code, wide, sizeof wide) ||
		!memcmp(code, narrow, sizeof narrow));
}

/* Code that a call instruction precedes. */
static int is_return(struct sigpact__walk *w, uint64_t pc)
{
	unsigned char c[8];
	int32_t distance;
	int size;

	if (!sigpact__executable(w->report->record, pc) ||
	    !sigpact__memory_read(w->memory, pc - 8, c, sizeof c))
		return 0;
	memcpy(&distance, c + 4, sizeof distance);
	if (c[3] == 0xe8 &&
	    sigpact__executable(w->report->record, pc + distance))
		return 1;
	for (size = 2; size <= 7; size++)
		if (c[8 - size] == 0xff && (c[9 - size] & 0x38) == 0x10)
			return 1;
	return 0;
}

static uint64_t function_start(struct sigpact__walk *w, uint64_t pc)
{
	char id[41];
	uint64_t offset;

	return sigpact__function_at(w->report->functions, pc, &offset, id) ?
		       pc - offset : 0;
}

static int is_code(struct sigpact__walk *w, uint64_t at)
{
	uint64_t pc;

	return sigpact__memory_read(w->memory, at, &pc, sizeof pc) &&
	       sigpact__executable(w->report->record, pc);
}

/* A return to after the call of another function than the one we are in: left
   over from an earlier call, or the other one went on into ours by a jump. */
static int is_doubtful(struct sigpact__walk *w, uint64_t at)
{
	uint64_t start = function_start(w, w->regs[DWARF_RIP] - 1), pc, to;
	unsigned char c[5];
	int32_t distance;

	if (!sigpact__memory_read(w->memory, at, &pc, sizeof pc) ||
	    !sigpact__memory_read(w->memory, pc - 5, c, sizeof c) ||
	    c[0] != 0xe8)
		return 0;
	memcpy(&distance, c + 1, sizeof distance);
	to = pc + distance;
	return to != start && function_start(w, to) == to;
}

/* A signal frame's beginning, with code to go back to; its first word alone is in
   every struct sigaction of the kernel's too. */
static int is_frame(struct sigpact__walk *w, uint64_t pc, uint64_t context)
{
	const struct sigpact__record *r = w->report->record;
	uint64_t saved[2]; /* rsp, rip */

	return sigpact__executable(r, pc) && sigpact__is_trampoline(w, pc) &&
	       sigpact__memory_read(w->memory, context + GREGS + 15 * 8, saved,
				    sizeof saved) &&
	       sigpact__executable(r, saved[1]) && sigpact__map_at(r, saved[0]);
}

static int go_on_at(struct sigpact__walk *w, uint64_t at, enum sigpact__frame_how how)
{
	uint64_t pc;

	if (!sigpact__memory_read(w->memory, at, &pc, sizeof pc) ||
	    !(is_return(w, pc) || is_frame(w, pc, at + sizeof pc)))
		return 0;
	w->regs[DWARF_RIP] = pc;
	w->regs[DWARF_RSP] = at + sizeof pc;
	w->how = how;
	return 1;
}

/* What can be read there, or right above: sp fell off its end. */
static const struct sigpact__map *stack_at(const struct sigpact__record *r,
					   uint64_t sp)
{
	const struct sigpact__map *m = r->map, *end = m + r->map_count;

	while (m < end && (m->end <= sp || m->rights[0] != 'r'))
		m++;
	return m < end && (m->start <= sp || m->start - sp < POINTER_MOST) ?
		       m : NULL;
}

/* The stack ends where its mapping does, or with libc's record of the thread. */
static int scan(struct sigpact__walk *w, int doubtful)
{
	const struct sigpact__task *t = w->thread->task;
	uint64_t at = w->regs[DWARF_RSP] & ~7ull, end;
	const struct sigpact__map *m = stack_at(w->report->record, at);

	if (!m)
		return 0;
	if (at < m->start)
		at = m->start;
	end = at >= t->stack_low && at < t->stack_high ? t->stack_high : m->end;
	if (end - at > SCANNED_WORDS * 8)
		end = at + SCANNED_WORDS * 8;
	for (; at < end; at += 8)
		if (is_code(w, at) && (doubtful || !is_doubtful(w, at)) &&
		    go_on_at(w, at, FRAME_SCANNED))
			return 1;
	return 0;
}

static int by_pointer(struct sigpact__walk *w, int doubtful)
{
	uint64_t bp = w->regs[DWARF_RBP], sp = w->regs[DWARF_RSP], caller;

	if (!w->bp_known || bp <= sp || bp - sp >= POINTER_MOST || bp & 7 ||
	    !sigpact__memory_read(w->memory, bp, &caller, sizeof caller) ||
	    (!doubtful && is_doubtful(w, bp + 8)) ||
	    !go_on_at(w, bp + 8, FRAME_POINTER))
		return 0;
	w->regs[DWARF_RBP] = caller;
	return 1;
}

int sigpact__guess(struct sigpact__walk *w)
{
	if (!sigpact__executable(w->report->record, w->regs[DWARF_RIP]) &&
	    go_on_at(w, w->regs[DWARF_RSP], FRAME_CALLED))
		return 1;
	return by_pointer(w, 0) || scan(w, 0) || by_pointer(w, 1) ||
	       scan(w, 1);
}
