/* A signal on its way to a thread: told of, then given to it unchanged.  When
   there is a handler the thread is stepped into it, which stops it before the
   handler's first instruction, the frame written: what was interrupted, the mask
   and the alternate stack are read from there.  Tracer's context, in the
   keeper. */
#include "ptrace.h"

#include "frame.h"
#include "registers.h"

#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/* A thread that is traced is woken by signals that it ignores as well, and some
   calls then fail that would have slept on: they are restarted unless a handler
   runs. */
void sigpact__signal_restart(struct tracee *t)
{
	struct user_regs_struct regs;

	if (!ptrace(PTRACE_GETREGS, t->tid, 0, &regs) &&
	    !remote_is_32(&regs) && remote_restart(&regs))
		ptrace(PTRACE_SETREGS, t->tid, 0, &regs);
}

static int stops(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN ||
	       sig == SIGTTOU;
}

/* What is known of it so far. */
void sigpact__signal_told(struct keeper *k, struct tracee *t)
{
	struct sigpact__event *e;
	uint64_t time = t->delivered.time_ns;

	t->stepped = 0;
	if (!t->delivered.size)
		return;
	e = sigpact__event_new(k, t, EVENT_DELIVERED, EVENT_HEAD(delivered));
	e->time_ns = time;
	e->seen = t->delivered.seen;
	e->delivered = t->delivered.delivered;
	t->delivered.size = 0;
	sigpact__event_tell(k, e);
}

static void interrupted(struct tracee *t)
{
	struct sigpact__delivered *d = &t->delivered.delivered;
	struct user_regs_struct regs;

	if (!ptrace(PTRACE_GETREGS, t->tid, 0, &regs)) {
		d->pc = remote_pc(&regs);
		d->sp = remote_sp(&regs);
		t->delivered.seen |= SAW_REGISTERS;
	}
	if (!ptrace(PTRACE_GETSIGMASK, t->tid, 8, &d->mask))
		t->delivered.seen |= SAW_MASK;
}

static void note(struct tracee *t, int sig, const siginfo_t *info)
{
	struct sigpact__event *e = &t->delivered;

	memset(e, 0, sizeof *e);
	e->size = EVENT_HEAD(delivered);
	e->time_ns = sigpact__event_now();
	e->delivered.sig = sig;
	e->delivered.code = info->si_code;
	memcpy(e->delivered.info, info, sizeof e->delivered.info);
}

void sigpact__signal(struct keeper *k, struct tracee *t, int sig)
{
	uint64_t caught = t->of->caught & 1ull << ((sig - 1) & 63);
	int ends_stop = t->was_stopped;
	siginfo_t info;

	if (!k->passes && !ptrace(PTRACE_GETSIGINFO, t->tid, 0, &info)) {
		note(t, sig, &info);
		if (caught && !k->leaves) {
			t->stepped = 1;
			ptrace(PTRACE_SINGLESTEP, t->tid, 0, sig);
			return;
		}
		interrupted(t);
		sigpact__signal_told(k, t);
	}
	t->was_stopped = 0;
	if (!stops(sig) && !ends_stop)
		sigpact__signal_restart(t);
	sigpact__keeper_resume(k, t, sig, 0);
}

static int read_frame(struct tracee *t, const struct user_regs_struct *regs)
{
	struct sigpact__delivered *d = &t->delivered.delivered;
	char uc[UC_SIGMASK + 8];
	struct iovec here = { uc, sizeof uc };
	struct iovec there = { (void *)(remote_sp(regs) + FRAME_UC),
			       sizeof uc };

	d->frame = remote_sp(regs);
	d->handler = remote_pc(regs);
	t->delivered.seen |= SAW_FRAME;
	if (process_vm_readv(t->tid, &here, 1, &there, 1, 0) !=
	    (ssize_t)sizeof uc)
		return 0;
	memcpy(&d->pc, uc + UC_RIP, 8);
	memcpy(&d->sp, uc + UC_RSP, 8);
	memcpy(&d->mask, uc + UC_SIGMASK, 8);
	memcpy(&d->alt_base, uc + UC_SS_SP, 8);
	memcpy(&d->alt_flags, uc + UC_SS_SP + 8, 4);
	memcpy(&d->alt_size, uc + UC_SS_SIZE, 8);
	t->delivered.seen |= SAW_REGISTERS | SAW_MASK | SAW_ALTSTACK;
	return 1;
}

/* SIGTRAP behind a step: at the handler; or, when there was none after all, an
   instruction further on, by a signal that is ours; or someone's. */
void sigpact__signal_stepped(struct keeper *k, struct tracee *t)
{
	int sig = t->delivered.delivered.sig;
	struct user_regs_struct regs;
	siginfo_t info;

	t->was_stopped = 0;
	if (ptrace(PTRACE_GETREGS, t->tid, 0, &regs))
		return; /* dead: what is known is told at its end */
	if (remote_at_handler(&regs, sig)) {
		read_frame(t, &regs);
		sigpact__signal_told(k, t);
		sigpact__keeper_resume(k, t, 0, 0);
		return;
	}
	sigpact__signal_told(k, t);
	if (ptrace(PTRACE_GETSIGINFO, t->tid, 0, &info))
		return;
	if (info.si_code == TRAP_TRACE ||
	    (info.si_code == SI_USER && !info.si_pid)) {
		t->of->caught &= ~(1ull << ((sig - 1) & 63));
		sigpact__keeper_resume(k, t, 0, 0);
	} else {
		sigpact__signal(k, t, SIGTRAP);
	}
}
