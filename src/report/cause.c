/* The cause of a crash in words, from its siginfo, registers and maps.  Normal
   context. */
#include "report.h"

#include "spell.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NULL_PAGE = 65536 };

static const char *const names[] = {
	[CAUSE_NONE] = "none", [CAUSE_SENT] = "sent", [CAUSE_NULL] = "null",
	[CAUSE_OVERFLOW] = "stack-overflow", [CAUSE_GUARD] = "guard",
	[CAUSE_JUMP] = "jump", [CAUSE_PROTECTED] = "protected",
	[CAUSE_UNMAPPED] = "unmapped",
	[CAUSE_NOT_CANONICAL] = "not-canonical", [CAUSE_SMASHED] = "smashed-stack",
	[CAUSE_DIVIDE] = "divide",
	[CAUSE_ARITHMETIC] = "arithmetic", [CAUSE_PAST_END] = "past-end",
	[CAUSE_BUS] = "bus", [CAUSE_ABORT] = "abort",
	[CAUSE_ILLEGAL] = "illegal", [CAUSE_TRAP] = "trap",
	[CAUSE_SYSTEM_CALL] = "system-call", [CAUSE_NO_FRAME] = "no-frame",
	[CAUSE_OTHER] = "other"
};

const char *sigpact__cause_name(enum sigpact__cause cause)
{
	return names[cause];
}

__attribute__((format(printf, 3, 4))) static void
say(struct sigpact__report *r, enum sigpact__cause cause, const char *format,
    ...)
{
	va_list ap;

	r->cause = cause;
	va_start(ap, format);
	vsnprintf(r->why, WORDS, format, ap);
	va_end(ap);
}

static const char *map_name(const struct sigpact__map *m)
{
	return *m->path ? m->path : "memory of its own";
}

static void lies(struct sigpact__report *r)
{
	const struct sigpact__map *m = sigpact__map_at(r->record, r->address);
	const struct sigpact__map *before = NULL, *after = NULL;
	size_t i;

	if (m) {
		snprintf(r->lies, WORDS, "%s of %.200s, 0x%" PRIx64
			 " bytes from its start", m->rights, map_name(m),
			 r->address - m->start);
		return;
	}
	for (i = 0; i < r->record->map_count && !after; i++)
		if (r->record->map[i].start > r->address)
			after = &r->record->map[i];
		else
			before = &r->record->map[i];
	if (r->address < NULL_PAGE)
		snprintf(r->lies, WORDS, "nothing: the null page");
	else if (before && r->address - before->end < 1 << 20)
		snprintf(r->lies, WORDS, "nothing, %" PRIu64 " bytes past the "
			 "end of %.200s", r->address - before->end,
			 map_name(before));
	else if (after && after->start - r->address < 1 << 20)
		snprintf(r->lies, WORDS, "nothing, %" PRIu64 " bytes below "
			 "%.200s", after->start - r->address, map_name(after));
	else
		snprintf(r->lies, WORDS, "nothing");
}

static const char *access_of(struct sigpact__report *r,
			     struct sigpact__memory *m)
{
	unsigned char code[12];

	return sigpact__memory_read(m, r->fault_pc, code, sizeof code) ?
		       sigpact__access(code, sizeof code) : "touched";
}

/* Is it at a ret, and where to? */
static int returned(struct sigpact__report *r, struct sigpact__memory *m,
		    uint64_t *to)
{
	const struct user_regs_struct *regs = &r->thread[r->crashed].regs;
	unsigned char code;

	return sigpact__memory_read(m, regs->rip, &code, 1) && code == 0xc3 &&
	       sigpact__memory_read(m, regs->rsp, to, sizeof *to);
}

static int is_guard(const struct sigpact__report *r,
		    const struct sigpact__map *m)
{
	return m && !strncmp(m->rights, "---", 3);
}

/* Whose stack begins where the guard ends? */
static void guard(struct sigpact__report *r, const struct sigpact__map *m,
		  const char *did)
{
	const struct sigpact__record *k = r->record;
	const struct sigpact__task *t = k->task, *end = t + k->task_count;

	while (t < end && (!t->stack_low || t->stack_low < m->start ||
			   t->stack_low > m->end))
		t++;
	if (t == end)
		say(r, CAUSE_GUARD, "%s a guard page, %#" PRIx64
		    ", that is there to be hit", did, r->address);
	else
		say(r, CAUSE_GUARD, "%s the guard page, %#" PRIx64 ", below "
		    "the stack of %s %d (%.15s)", did, r->address,
		    t == r->thread[r->crashed].task ? "this thread" : "thread",
		    t->tid, t->name);
}

static void segv(struct sigpact__report *r, struct sigpact__memory *memory)
{
	const struct sigpact__map *m = sigpact__map_at(r->record, r->address);
	uint64_t pc = r->fault_pc;
	const char *did = access_of(r, memory);
	uint64_t to;

	if (!sigpact__executable(r->record, pc))
		say(r, CAUSE_JUMP, "jumped to 0x%" PRIx64 ", %s", pc,
		    !pc ? "a null function pointer" :
			  "which is not executable");
	else if (sigpact__report_overflowed(r))
		say(r, CAUSE_OVERFLOW, "stack overflow: %s %s",
		    r->stack == STACK_NATIVE ? "the thread's native stack" :
		    r->stack == STACK_ALTERNATE ? "the alternate stack" :
						  "the stack it ran on",
		    "is used up (endless recursion, or too small)");
	else if (r->fault.si_code == SI_KERNEL && returned(r, memory, &to))
		say(r, CAUSE_SMASHED, "returned to %#" PRIx64 ": the return "
		    "address on the stack was overwritten", to);
	else if (r->fault.si_code == SI_KERNEL)
		say(r, CAUSE_NOT_CANONICAL, "used an address that cannot be "
		    "one (not canonical: a pointer that was overwritten)");
	else if (r->address < NULL_PAGE)
		say(r, CAUSE_NULL, "%s the null page: address 0x%" PRIx64,
		    did, r->address);
	else if (is_guard(r, m))
		guard(r, m, did);
	else if (m)
		say(r, CAUSE_PROTECTED, "%s %#" PRIx64 ", which is %s", did,
		    r->address, m->rights[1] == 'w' ? "protected" :
						      "not writable");
	else
		say(r, CAUSE_UNMAPPED, "%s %#" PRIx64 ", where no memory is",
		    did, r->address);
}

static void bus(struct sigpact__report *r, struct sigpact__memory *memory)
{
	const struct sigpact__map *m = sigpact__map_at(r->record, r->address);
	struct stat st;
	int file = m && m->inode ? sigpact__mapfile_open(r->record->pid, m) : -1;
	int known = file >= 0 && !fstat(file, &st);

	if (file >= 0)
		close(file);
	if (r->fault.si_code == BUS_ADRERR && known &&
	    r->address - m->start + m->offset >=
		    ((uint64_t)st.st_size + 4095) / 4096 * 4096)
		say(r, CAUSE_PAST_END, "%s %#" PRIx64 ", past the end of the "
		    "mapped file: %.150s has %jd bytes", access_of(r, memory),
		    r->address, m->path, (intmax_t)st.st_size);
	else if (r->fault.si_code == BUS_ADRALN)
		say(r, CAUSE_BUS, "an address that is not aligned");
	else if (r->fault.si_code == SI_KERNEL)
		say(r, CAUSE_NOT_CANONICAL, "used a stack address that cannot "
		    "be one (not canonical)");
	else
		say(r, CAUSE_BUS, "%s %#" PRIx64 ", memory that could not be "
		    "had (a file that shrank, a broken disk, no huge page)",
		    access_of(r, memory), r->address);
}

static void fpe(struct sigpact__report *r)
{
	static const char *const what[] = {
		[FPE_INTDIV] = "integer division by zero, or of the least "
			       "integer by -1",
		[FPE_INTOVF] = "integer overflow",
		[FPE_FLTDIV] = "floating-point division by zero",
		[FPE_FLTOVF] = "floating-point overflow",
		[FPE_FLTUND] = "floating-point underflow",
		[FPE_FLTRES] = "inexact floating-point result",
		[FPE_FLTINV] = "invalid floating-point operation",
	};
	int code = r->fault.si_code;

	say(r, code == FPE_INTDIV ? CAUSE_DIVIDE : CAUSE_ARITHMETIC, "%s",
	    code > 0 && code <= FPE_FLTINV ? what[code] : "arithmetic");
}

static void ill(struct sigpact__report *r, struct sigpact__memory *m)
{
	unsigned char code[2] = "";

	sigpact__memory_read(m, r->fault_pc, code, sizeof code);
	if (code[0] == 0x0f && code[1] == 0x0b)
		say(r, CAUSE_ILLEGAL, "ud2: the program stopped itself (a "
		    "failed check, __builtin_trap, unreachable code)");
	else
		say(r, CAUSE_ILLEGAL, "an instruction that this CPU does not "
		    "have: %02x %02x …", code[0], code[1]);
}

/* glibc keeps what it printed: a pointer to a size and the text. */
static void aborted(struct sigpact__report *r, struct sigpact__memory *m)
{
	uint64_t at = sigpact__report_variable(r, "__abort_msg"), text = 0;
	size_t n;

	if (!at || !sigpact__memory_read(m, at, &text, sizeof text) || !text)
		text = 0;
	for (n = 0; text && n < WORDS - 1; n++)
		if (!sigpact__memory_read(m, text + 4 + n, r->message + n, 1) ||
		    !r->message[n])
			break;
	r->message[text ? n : 0] = 0;
	r->message[strcspn(r->message, "\n")] = 0;
	say(r, CAUSE_ABORT, "abort()%s%.250s", *r->message ? ": " : "",
	    r->message);
}

static void sent(struct sigpact__report *r)
{
	say(r, CAUSE_SENT, r->info.si_code == SI_KERNEL ? "sent by the kernel" :
	    r->info.si_pid == r->record->pid ? "sent by itself" :
	    "sent by process %d, of user %u", r->info.si_pid, r->info.si_uid);
}

/* Is there a handler that is to run on the alternate stack, and can it not? */
static int too_small(const struct sigpact__report *r)
{
	const struct sigpact__record *k = r->record;
	const struct sigpact__task *t = r->thread[r->crashed].task;
	int sig, any = 0;

	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		any |= k->action[sig].handler > 1 &&
		       k->action[sig].flags & SA_ONSTACK;
	return any && t->seen & SEEN_ALTSTACK && t->alt_size &&
	       t->alt_size < k->frame_size;
}

/* When there is no room for a signal's frame, the kernel ends the process by a
   SIGSEGV of its own.  What the signal was to tell, if it was a fault, is in
   r->fault. */
static void no_frame(struct sigpact__report *r)
{
	const struct sigpact__task *t = r->thread[r->crashed].task;
	char first[WORDS], name[24];

	if (r->info.si_code != SI_KERNEL || r->sig != SIGSEGV)
		return;
	if (r->fault.si_code == SI_KERNEL && too_small(r)) {
		say(r, CAUSE_NO_FRAME, "a signal's frame, %" PRIu32 " bytes on "
		    "this CPU, does not fit the alternate stack of %" PRIu64
		    " bytes: no handler could run", r->record->frame_size,
		    t->alt_size);
	} else if (r->fault.si_code != SI_KERNEL) {
		snprintf(first, sizeof first, "%s", r->why);
		if (r->cause != CAUSE_OVERFLOW)
			r->cause = CAUSE_NO_FRAME;
		snprintf(r->why, WORDS, "%.180s; %s's handler could not run: "
			 "its stack has no room for the frame", first,
			 sigpact__spell_signal(name, r->fault.si_signo));
	}
}

static void by_signal(struct sigpact__report *r, struct sigpact__memory *m)
{
	switch (r->fault.si_signo) {
	case SIGSEGV:
		return segv(r, m);
	case SIGBUS:
		return bus(r, m);
	case SIGFPE:
		return fpe(r);
	case SIGILL:
		return ill(r, m);
	case SIGTRAP:
		return say(r, CAUSE_TRAP, "a breakpoint instruction (int3), "
			   "and no debugger");
	case SIGSYS:
		return say(r, CAUSE_SYSTEM_CALL, "system call %d, which its "
			   "seccomp filter forbids", r->fault.si_syscall);
	default:
		return say(r, CAUSE_OTHER, "a limit: CPU time, file size");
	}
}

void sigpact__report_cause(struct sigpact__report *r, struct sigpact__memory *m)
{
	if (r->by_fault) {
		r->have_address = (r->fault.si_signo == SIGSEGV ||
				   r->fault.si_signo == SIGBUS) &&
				  r->fault.si_code != SI_KERNEL;
		r->address = r->have_address ? (uintptr_t)r->fault.si_addr : 0;
		by_signal(r, m);
		no_frame(r);
		if (r->have_address)
			lies(r);
	} else if (r->sig == SIGABRT && r->info.si_pid == r->record->pid) {
		aborted(r, m);
	} else {
		sent(r);
	}
}
