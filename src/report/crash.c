/* The report of a crash, while the kernel waits for us to say that the signal
   may be delivered.  Normal context, the tracer's. */
#include "report.h"

#include "registers.h"
#include "remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <time.h>

enum { AUXV_MINSIGSTKSZ = 51, STACK_LOADED = 65536 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void sigpact__report_free(struct sigpact__report *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->thread_count; i++)
		free(r->thread[i].frame);
	free(r->thread);
	sigpact__findings_free(r->finding, r->finding_count);
	if (r->functions)
		sigpact__functions_close(r->functions);
	sigpact__record_free(r->record);
	free(r);
}

/* Actions and alternate stack, asked for by the thread itself; without, when a
   filter forbids that. */
static void ask(struct sigpact__record *r, struct sigpact__task *t,
		const struct user_regs_struct *regs)
{
	struct sigpact__remote m = { .pid = r->pid, .tid = t->tid,
				     .regs = *regs, .held = 1 };
	stack_t ss;

	if (ptrace(PTRACE_GETSIGMASK, t->tid, 8, &m.mask))
		return;
	sigpact__remote_find(&m);
	if (!sigpact__remote_ask(&m, 1, 65) &&
	    !sigpact__remote_answer(&m, &ss, 1, 65, r->action)) {
		t->alt_base = (uintptr_t)ss.ss_sp;
		t->alt_size = ss.ss_flags & SS_DISABLE ? 0 : ss.ss_size;
		t->alt_flags = ss.ss_flags;
		t->seen |= SEEN_ALTSTACK;
		r->have_actions = 1;
	}
	sigpact__remote_unmap(&m);
	sigpact__remote_leave(&m);
}

static void registers(struct sigpact__thread *t)
{
	t->held = !ptrace(PTRACE_GETREGS, t->task->tid, 0, &t->regs);
	if (!t->held)
		return;
	t->task->sp = t->regs.rsp;
	t->task->pc = t->regs.rip;
	t->task->tls = t->regs.fs_base;
	t->task->seen |= SEEN_REGISTERS;
}

/* crashed: 0 is whichever is held. */
static int threads(struct sigpact__report *r, pid_t crashed)
{
	size_t i;

	r->thread_count = r->record->task_count;
	r->thread = calloc(r->thread_count, sizeof *r->thread);
	if (!r->thread)
		return -ENOMEM;
	r->crashed = r->thread_count;
	for (i = 0; i < r->thread_count; i++) {
		r->thread[i].task = &r->record->task[i];
		registers(&r->thread[i]);
		if (r->record->task[i].tid == crashed ||
		    (!crashed && r->thread[i].held &&
		     r->crashed == r->thread_count))
			r->crashed = i;
	}
	return r->crashed < r->thread_count && r->thread[r->crashed].held ?
		       0 : -ESRCH;
}

/* All that a record is made of, with us as the tracer: sigpact__look would be
   refused. */
static int record(struct sigpact__report *r, pid_t pid, pid_t tid)
{
	struct sigpact__record *k = calloc(1, sizeof *k);
	struct user_regs_struct regs;
	int err;

	r->record = k;
	if (!k)
		return -ENOMEM;
	k->pid = pid;
	k->way = WAY_PTRACE;
	k->frame_size = (uint32_t)getauxval(AUXV_MINSIGSTKSZ);
	err = sigpact__look_proc(k);
	if (!err)
		err = threads(r, tid);
	if (!err && remote_is_32(&r->thread[r->crashed].regs))
		err = -ENOEXEC;
	if (err)
		return err;
	regs = r->thread[r->crashed].regs;
	if (!r->sig)
		remote_restart(&regs); /* a call that it was in */
	ask(k, &k->task[r->crashed], &regs);
	sigpact__look_stacks(k);
	if (sigpact__look_runtimes(k) == -ENOMEM ||
	    sigpact__look_sigpact(k) == -ENOMEM)
		return -ENOMEM;
	return 0;
}

static int frames(struct sigpact__report *r, struct sigpact__thread *t,
		  struct sigpact__memory *m)
{
	int err;

	sigpact__memory_load(m, r->record->pid, t->regs.rsp & ~7ull,
			     STACK_LOADED);
	err = sigpact__report_unwind(r, t, m);
	if (!err)
		sigpact__frames_name(r, t);
	return err;
}

/* Did this crash begin with that fault, or was it recovered from long ago?  The
   thread is still there, or it was interrupted there and the handler runs. */
static int is_its_end(const struct sigpact__report *r,
		      const struct sigpact__earlier *e)
{
	const struct sigpact__thread *t = &r->thread[r->crashed];
	const struct sigpact__frame *f;

	for (f = t->frame; f < t->frame + t->frame_count; f++)
		if (f->pc == e->pc && (f->how == FRAME_STOPPED ||
				       f->how == FRAME_SIGNAL))
			return 1;
	return 0;
}

/* What libsigpact saw, where nobody watched. */
static int was_seen(const struct sigpact__report *r, struct sigpact__earlier *e)
{
	const struct sigpact__task *t = r->thread[r->crashed].task;

	memset(e, 0, sizeof *e);
	e->tid = t->tid;
	e->pc = t->fault_pc;
	e->info.si_signo = t->fault_signal;
	e->info.si_code = t->fault_code;
	e->info.si_addr = (void *)(uintptr_t)t->fault_address;
	return t->fault_signal;
}

/* Kernel's own codes are above 0: a fault; SI_KERNEL is one too when no frame
   could be written. */
static void what(struct sigpact__report *r, const struct sigpact__earlier *e)
{
	const uint64_t faults = 1ull << SIGSEGV | 1ull << SIGBUS |
				1ull << SIGFPE | 1ull << SIGILL |
				1ull << SIGTRAP | 1ull << SIGSYS;

	r->fault = r->info;
	r->fault_pc = r->thread[r->crashed].regs.rip;
	r->by_fault = r->info.si_code > 0 && faults >> r->sig & 1;
	if (e && (!r->by_fault || r->info.si_code == SI_KERNEL) &&
	    is_its_end(r, e)) {
		r->fault = e->info;
		r->fault_pc = e->pc;
		r->by_fault = 1;
	}
}

static int others(struct sigpact__report *r)
{
	struct sigpact__memory m;
	size_t i;
	int err = 0;

	for (i = 0; i < r->thread_count && !err; i++) {
		if (!r->thread[i].held || i == r->crashed)
			continue;
		err = frames(r, &r->thread[i], &m);
		sigpact__memory_free(&m);
	}
	return err;
}

static int explain(struct sigpact__report *r,
		   const struct sigpact__earlier *earlier)
{
	struct sigpact__earlier seen;
	struct sigpact__memory m;
	int err = others(r);

	if (err)
		return err;
	err = frames(r, &r->thread[r->crashed], &m);
	what(r, !earlier && was_seen(r, &seen) ? &seen : earlier);
	sigpact__report_stack(r);
	sigpact__report_cause(r, &m);
	sigpact__memory_free(&m);
	sigpact__report_sign(r);
	return err;
}

/* It cannot be healed any more: how to start it again. */
static int findings(struct sigpact__report *r)
{
	int err = sigpact__findings(r->record, &r->finding, &r->finding_count);
	const char *cure;
	size_t i;

	for (i = 0; i < r->finding_count && !err; i++) {
		cure = sigpact__finding_cure(r->finding[i].kind);
		free(r->finding[i].cure);
		r->finding[i].cure = strdup(cure ? cure :
						   "sigpact run -- COMMAND");
		if (!r->finding[i].cure)
			err = -ENOMEM;
	}
	return err;
}

/* The record, then what is asked of it. */
static int make(struct sigpact__report *r, pid_t pid, pid_t tid)
{
	int err = record(r, pid, tid);

	if (err)
		return err;
	r->functions = sigpact__functions_open(pid, r->record->map,
					       r->record->map_count);
	return r->functions ? 0 : -ENOMEM;
}

static int finish(struct sigpact__report *r, int err, uint64_t start,
		  struct sigpact__report **out)
{
	if (!err)
		err = findings(r);
	r->took_ns = now() - start;
	if (err)
		sigpact__report_free(r);
	else
		*out = r;
	return err;
}

int sigpact__report_crash(pid_t pid, pid_t tid, int sig,
			  const struct sigpact__earlier *earlier,
			  struct sigpact__report **out)
{
	uint64_t start = now();
	struct sigpact__report *r = calloc(1, sizeof *r);
	int err;

	if (!r)
		return -ENOMEM;
	r->sig = sig;
	err = ptrace(PTRACE_GETSIGINFO, tid, 0, &r->info) ? -errno : 0;
	if (!err)
		err = make(r, pid, tid);
	if (!err)
		err = explain(r, earlier);
	return finish(r, err, start, out);
}

int sigpact__report_stopped(pid_t pid, struct sigpact__report **out)
{
	uint64_t start = now();
	struct sigpact__report *r = calloc(1, sizeof *r);
	struct sigpact__memory m;
	int err;

	if (!r)
		return -ENOMEM;
	err = make(r, pid, 0);
	if (!err)
		err = others(r);
	if (!err) {
		err = frames(r, &r->thread[r->crashed], &m);
		sigpact__memory_free(&m);
		sigpact__report_sign(r);
	}
	return finish(r, err, start, out);
}
