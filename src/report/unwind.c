/* The frames of a stopped thread: by the compiler's tables (libdwfl) as long as
   there are any, through signal frames by what the kernel saved, and where both
   end by the frame pointer or by what looks like a return address, marked so.
   Normal context. */
#include "walk.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	struct sigpact__walk at;
	enum next { NEXT_NONE, NEXT_SIGNAL, NEXT_GUESS } next;
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
	return sigpact__memory_read(walking->at.memory, at, to, sizeof *to);
}

/* libdwfl takes the first pc for one that runs; a return address may be past the
   end of its function. */
static int is_past_call(struct walk *w)
{
	return w->at.how != FRAME_STOPPED && w->at.how != FRAME_SIGNAL &&
	       w->at.how != FRAME_CFI && !sigpact__is_trampoline(&w->at, w->at.regs[DWARF_RIP]);
}

static bool first_registers(Dwfl_Thread *thread, void *arg)
{
	Dwarf_Word regs[DWARF_REGS];

	memcpy(regs, walking->at.regs, sizeof regs);
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
	struct sigpact__thread *t = w->at.thread;
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
		.pc = pc, .sp = sp, .how = w->at.how,
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
	w->known.trampoline = sigpact__is_trampoline(&w->at, pc);
	w->known.tables = has_tables(w->at.dwfl, exact ? pc : pc - 1);
}

static int each(Dwfl_Frame *state, void *arg)
{
	struct walk *w = arg;
	Dwarf_Word sp = 0, bp = 0;
	Dwarf_Addr pc;
	bool exact;

	if (!dwfl_frame_pc(state, &pc, &exact))
		return DWARF_CB_ABORT;
	if (w->at.how == FRAME_CFI && !pc)
		return DWARF_CB_ABORT;
	pc += is_past_call(w);
	dwfl_frame_reg(state, DWARF_RSP, &sp);
	w->at.bp_known = !dwfl_frame_reg(state, DWARF_RBP, &bp);
	w->at.regs[DWARF_RIP] = pc;
	w->at.regs[DWARF_RSP] = sp;
	w->at.regs[DWARF_RBP] = bp;
	exact = w->at.how == FRAME_STOPPED || w->at.how == FRAME_SIGNAL;
	if (!add(w, pc, sp))
		return DWARF_CB_ABORT;
	w->at.how = FRAME_CFI;
	know(w, pc, exact);
	w->at.thread->frame[w->at.thread->frame_count - 1].trampoline =
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

	if (!sigpact__memory_read(w->at.memory, w->at.regs[DWARF_RSP] + GREGS, saved,
				  sizeof saved))
		return 0;
	for (i = 0; i < 17; i++)
		w->at.regs[number[i]] = saved[i];
	w->at.how = FRAME_SIGNAL;
	return 1;
}

/* 1: the tables said that this is where it began. */
static int by_tables(struct walk *w)
{
	int end;

	w->next = NEXT_NONE;
	if (!sigpact__executable(w->at.report->record, w->at.regs[DWARF_RIP])) {
		if (add(w, w->at.regs[DWARF_RIP], w->at.regs[DWARF_RSP]))
			w->next = NEXT_GUESS;
		w->at.bp_known = 1;
		return 0;
	}
	end = dwfl_getthread_frames(w->at.dwfl, w->at.thread->task->tid, each, w);
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

	memcpy(w->at.regs, all, sizeof all);
}

int sigpact__report_unwind(struct sigpact__report *report,
			   struct sigpact__thread *thread,
			   struct sigpact__memory *memory)
{
	struct walk w = {
		.at = { .report = report, .thread = thread, .memory = memory,
			.dwfl = sigpact__functions_dwfl(report->functions),
			.how = FRAME_STOPPED, .bp_known = 1 },
	};

	thread->frame = calloc(FRAMES, sizeof *thread->frame);
	if (!thread->frame)
		return -ENOMEM;
	walking = &w;
	/* fails when it was attached before, as it is to be */
	dwfl_attach_state(w.at.dwfl, NULL, report->record->pid, &callbacks, &w);
	start(&w, &thread->regs);
	while (!by_tables(&w) && !thread->cut)
		if (w.next == NEXT_NONE ||
		    !(w.next == NEXT_SIGNAL ? from_signal(&w) :
					      sigpact__guess(&w.at)))
			break;
	walking = NULL;
	return 0;
}
