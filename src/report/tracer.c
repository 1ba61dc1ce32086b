/* What a stop of a traced thread means.  A signal that has a handler goes to it
   unseen but for faults, which are kept in mind: the handler may never run, or
   end the process by another.  Normal context, the tracer's. */
#include "tracer.h"

#include "proc.h"
#include "registers.h"

#include <stdlib.h>
#include <sys/wait.h>

/* Of a thread: its last fault that a handler was to see; the signal that it is
   dying of. */
struct sigpact__known {
	struct sigpact__earlier earlier;
	siginfo_t dying_of;
	int faulted, dying;
};

#define BIT(sig) (1ull << ((sig) - 1))
/* Those that by default end a process with a core dump. */
static const uint64_t fatal = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) |
			      BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGSYS) |
			      BIT(SIGABRT) | BIT(SIGQUIT) | BIT(SIGXCPU) |
			      BIT(SIGXFSZ);

static struct sigpact__known *known(struct sigpact__tracer *t, pid_t tid)
{
	size_t i;

	for (i = 0; i < t->known_count; i++)
		if (t->known[i].earlier.tid == tid)
			return &t->known[i];
	return NULL;
}

static struct sigpact__known *know(struct sigpact__tracer *t, pid_t tid)
{
	struct sigpact__known *k = known(t, tid);

	if (k)
		return k;
	k = reallocarray(t->known, t->known_count + 1, sizeof *k);
	if (!k)
		return NULL;
	t->known = k;
	k += t->known_count++;
	*k = (struct sigpact__known){ .earlier.tid = tid };
	return k;
}

void sigpact__tracer_ended(struct sigpact__tracer *t, pid_t tid)
{
	struct sigpact__known *k = known(t, tid);

	if (k)
		*k = t->known[--t->known_count];
}

static void remember(struct sigpact__tracer *t, pid_t tid,
		     const siginfo_t *info)
{
	struct user_regs_struct regs;
	struct sigpact__known *k;

	if (ptrace(PTRACE_GETREGS, tid, 0, &regs))
		return;
	k = know(t, tid);
	if (!k)
		return;
	k->faulted = 1;
	k->earlier.pc = remote_pc(&regs);
	k->earlier.info = *info;
}

/* The report left the thread in a stop from which a signal can be sent anew,
   without what it told: when it comes, it is given that (signalled). */
static void die(struct sigpact__tracer *t, pid_t tid, int sig,
		const siginfo_t *info)
{
	struct sigpact__known *k = know(t, tid);

	if (k) {
		k->dying = 1;
		k->dying_of = *info;
	}
	ptrace(PTRACE_CONT, tid, 0, sig);
}

static void crash(struct sigpact__tracer *t, pid_t pid, pid_t tid, int sig,
		  const siginfo_t *info)
{
	struct sigpact__known *k = known(t, tid);
	struct sigpact__report *r = NULL;
	int err;

	sigpact__others_hold(&t->others, pid, tid, 0);
	err = sigpact__report_crash(pid, tid, sig, k && k->faulted ?
						   &k->earlier : NULL, &r);
	t->crashed(r, pid, err, t->argument);
	die(t, tid, sig, info);
	sigpact__others_resume(&t->others);
}

static void signalled(struct sigpact__tracer *t, pid_t tid, int status)
{
	struct sigpact__known *k = known(t, tid);
	struct sigpact__proc_status s;
	int sig = WSTOPSIG(status);
	siginfo_t info;

	if (k && k->dying && sig == k->dying_of.si_signo) {
		ptrace(PTRACE_SETSIGINFO, tid, 0, &k->dying_of);
		k->dying = 0;
		sigpact__resume(tid, status);
	} else if (sig > 31 || !(fatal & BIT(sig)) ||
	    ptrace(PTRACE_GETSIGINFO, tid, 0, &info) ||
		   sigpact__proc_status_of(tid, &s) ||
	    s.ignored & BIT(sig)) {
		sigpact__resume(tid, status);
	} else if (s.caught & BIT(sig)) {
		if (info.si_code > 0)
			remember(t, tid, &info);
		sigpact__resume(tid, status);
	} else {
		crash(t, s.tgid, tid, sig, &info);
	}
}

void sigpact__tracer_stopped(struct sigpact__tracer *t, pid_t tid, int status)
{
	if (status >> 16)
		sigpact__resume(tid, status);
	else
		signalled(t, tid, status);
}

void sigpact__tracer_free(struct sigpact__tracer *t)
{
	free(t->known);
}
