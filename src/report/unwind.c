/* The frames of a stopped thread: by the compiler's tables (libdwfl) as long as
   there are any, through signal frames by what the kernel saved, and where both
   end by the frame pointer or by what looks like a return address, marked so.
   Normal context. */
#include "report.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SCANNED_WORDS = 1024, POINTER_MOST = 1 << 20, GREGS = 40 };
enum { DWARF_RBP = 6, DWARF_RSP = 7, DWARF_RIP = 16, DWARF_REGS = 17 };
enum next { NEXT_NONE, NEXT_SIGNAL, NEXT_GUESS };

struct walk {
	struct sigpact__report *report;
	struct sigpact__thread *thread;
	struct sigpact__memory *memory;
	Dwfl *dwfl;
	Dwarf_Word regs[DWARF_REGS];	/* where the tables start from */
	enum sigpact__frame_how how;	/* that was found by */
	enum next next;
	int bp_known;
	struct {
		uint64_t pc;
		int exact, trampoline, tables;
	} known;
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
	return 0;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread)
{
	*thread = arg;
	return true;
}

static struct walk *walking; /* libdwfl attaches once, and we walk often */

static bool memory_read(Dwfl *dwfl, Dwarf_Addr at, Dwarf_Word *to, void *arg)
{
	return sigpact__memory_read(walking->memory, at, to, sizeof *to);
}

static int is_trampoline(struct walk *w, uint64_t pc);

/* libdwfl takes the first pc for one that runs; a return address may be past the
   end of its function. */
static int is_past_call(struct walk *w)
{
	return w->how != FRAME_STOPPED && w->how != FRAME_SIGNAL &&
	       w->how != FRAME_CFI && !is_trampoline(w, w->regs[DWARF_RIP]);
}

static bool first_registers(Dwfl_Thread *thread, void *arg)
{
	Dwarf_Word regs[DWARF_REGS];

	memcpy(regs, walking->regs, sizeof regs);
	regs[DWARF_RIP] -= is_past_call(walking);
	return dwfl_thread_state_registers(thread, 0, DWARF_REGS, regs);
}

static const Dwfl_Thread_Callbacks callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = memory_read,
	.set_initial_registers = first_registers,
};

static const char *const hows[] = {
	"stopped", "cfi", "signal", "called", "pointer", "scanned"
};

const char *sigpact__frame_how_name(enum sigpact__frame_how how)
{
	return hows[how];
}

int sigpact__executable(const struct sigpact__record *r, uint64_t address)
{
	const struct sigpact__map *m = sigpact__map_at(r, address);

	return m && m->rights[2] == 'x';
}

/* Is this what a handler returns to?  mov $15, %rax (or %eax); syscall */
static int is_trampoline(struct walk *w, uint64_t pc)
{
	static const unsigned char wide[9] = "\x48\xc7\xc0\x0f\0\0\0\x0f\x05";
	static const unsigned char narrow[7] = "\xb8\x0f\0\0\0\x0f\x05";
	unsigned char code[9];

	return sigpact__memory_read(w->memory, pc, code, sizeof code) &&
	       (!memcmp(code, wide, sizeof wide) ||
		!memcmp(code, narrow, sizeof narrow));
}

static int has_tables(Dwfl *dwfl, uint64_t pc)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, pc);
	Dwarf_Frame *frame = NULL;
	Dwarf_Addr bias;
	Dwarf_CFI *cfi = module ? dwfl_module_eh_cfi(module, &bias) : NULL;

	if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame)) {
		cfi = module ? dwfl_module_dwarf_cfi(module, &bias) : NULL;
		if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame))
			return 0;
	}
	free(frame);
	return 1;
}

/* 0: no more may be had. */
static int add(struct walk *w, uint64_t pc, uint64_t sp)
{
	struct sigpact__thread *t = w->thread;
	struct sigpact__frame *outer = t->frame + FRAMES - OUTERMOST;

	if (t->left_out == FRAMES_MOST) {
		t->cut = 1;
		return 0;
	}
	if (t->frame_count == FRAMES) {
		memmove(outer, outer + 1, (OUTERMOST - 1) * sizeof *outer);
		t->frame_count--;
		t->left_out++;
	}
	t->frame[t->frame_count++] = (struct sigpact__frame){
		.pc = pc, .sp = sp, .how = w->how,
	};
	return 1;
}

/* Of code that was here before, as a recursion is, all is known. */
static void know(struct walk *w, uint64_t pc, int exact)
{
	if (pc == w->known.pc && exact == w->known.exact)
		return;
	w->known.pc = pc;
	w->known.exact = exact;
	w->known.trampoline = is_trampoline(w, pc);
	w->known.tables = has_tables(w->dwfl, exact ? pc : pc - 1);
}

static int each(Dwfl_Frame *state, void *arg)
{
	struct walk *w = arg;
	Dwarf_Word sp = 0, bp = 0;
	Dwarf_Addr pc;
	bool exact;

	if (!dwfl_frame_pc(state, &pc, &exact))
		return DWARF_CB_ABORT;
	if (w->how == FRAME_CFI && !pc)
		return DWARF_CB_ABORT;
	pc += is_past_call(w);
	dwfl_frame_reg(state, DWARF_RSP, &sp);
	w->bp_known = !dwfl_frame_reg(state, DWARF_RBP, &bp);
	w->regs[DWARF_RIP] = pc;
	w->regs[DWARF_RSP] = sp;
	w->regs[DWARF_RBP] = bp;
	exact = w->how == FRAME_STOPPED || w->how == FRAME_SIGNAL;
	if (!add(w, pc, sp))
		return DWARF_CB_ABORT;
	w->how = FRAME_CFI;
	know(w, pc, exact);
	w->thread->frame[w->thread->frame_count - 1].trampoline =
		w->known.trampoline;
	w->next = w->known.trampoline ? NEXT_SIGNAL :
		  !w->known.tables    ? NEXT_GUESS :
					NEXT_NONE;
	return w->next == NEXT_NONE ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* The registers that the kernel saved: at a trampoline the stack pointer is at
   the ucontext. */
static int from_signal(struct walk *w)
{
	/* r8-r15 rdi rsi rbp rbx rdx rax rcx rsp rip, in DWARF's numbers */
	static const unsigned char number[17] = {
		8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16
	};
	uint64_t saved[17];
	int i;

	if (!sigpact__memory_read(w->memory, w->regs[DWARF_RSP] + GREGS, saved,
				  sizeof saved))
		return 0;
	for (i = 0; i < 17; i++)
		w->regs[number[i]] = saved[i];
	w->how = FRAME_SIGNAL;
	return 1;
}

/* Code that a call instruction precedes. */
static int is_return(struct walk *w, uint64_t pc)
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

static uint64_t function_start(struct walk *w, uint64_t pc)
{
	char id[41];
	uint64_t offset;

	return sigpact__function_at(w->report->functions, pc, &offset, id) ?
		       pc - offset : 0;
}

static int is_code(struct walk *w, uint64_t at)
{
	uint64_t pc;

	return sigpact__memory_read(w->memory, at, &pc, sizeof pc) &&
	       sigpact__executable(w->report->record, pc);
}

/* A return to after the call of another function than the one we are in: left
   over from an earlier call, or the other one went on into ours by a jump. */
static int is_doubtful(struct walk *w, uint64_t at)
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
static int is_frame(struct walk *w, uint64_t pc, uint64_t context)
{
	const struct sigpact__record *r = w->report->record;
	uint64_t saved[2]; /* rsp, rip */

	return sigpact__executable(r, pc) && is_trampoline(w, pc) &&
	       sigpact__memory_read(w->memory, context + GREGS + 15 * 8, saved,
				    sizeof saved) &&
	       sigpact__executable(r, saved[1]) && sigpact__map_at(r, saved[0]);
}

static int go_on_at(struct walk *w, uint64_t at, enum sigpact__frame_how how)
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
static int scan(struct walk *w, int doubtful)
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

static int by_pointer(struct walk *w, int doubtful)
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

static int guess(struct walk *w)
{
	if (!sigpact__executable(w->report->record, w->regs[DWARF_RIP]) &&
	    go_on_at(w, w->regs[DWARF_RSP], FRAME_CALLED))
		return 1;
	return by_pointer(w, 0) || scan(w, 0) || by_pointer(w, 1) ||
	       scan(w, 1);
}

/* 1: the tables said that this is where it began. */
static int by_tables(struct walk *w)
{
	int end;

	w->next = NEXT_NONE;
	if (!sigpact__executable(w->report->record, w->regs[DWARF_RIP])) {
		if (add(w, w->regs[DWARF_RIP], w->regs[DWARF_RSP]))
			w->next = NEXT_GUESS;
		w->bp_known = 1;
		return 0;
	}
	end = dwfl_getthread_frames(w->dwfl, w->thread->task->tid, each, w);
	if (end < 0)
		w->next = NEXT_GUESS;
	return !end;
}

static void start(struct walk *w, const struct user_regs_struct *r)
{
	const Dwarf_Word all[DWARF_REGS] = {
		r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi,
		r->rbp, r->rsp, r->r8,	r->r9,	r->r10, r->r11,
		r->r12, r->r13, r->r14, r->r15, r->rip
	};

	memcpy(w->regs, all, sizeof all);
}

int sigpact__report_unwind(struct sigpact__report *report,
			   struct sigpact__thread *thread,
			   struct sigpact__memory *memory)
{
	struct walk w = { report, thread, memory,
			  sigpact__functions_dwfl(report->functions),
			  { 0 }, FRAME_STOPPED, NEXT_NONE, 1, { 0 } };

	thread->frame = calloc(FRAMES, sizeof *thread->frame);
	if (!thread->frame)
		return -ENOMEM;
	walking = &w;
	/* fails when it was attached before, as it is to be */
	dwfl_attach_state(w.dwfl, NULL, report->record->pid, &callbacks, &w);
	start(&w, &thread->regs);
	while (!by_tables(&w) && !thread->cut)
		if (w.next == NEXT_NONE ||
		    !(w.next == NEXT_SIGNAL ? from_signal(&w) : guess(&w)))
			break;
	walking = NULL;
	return 0;
}
