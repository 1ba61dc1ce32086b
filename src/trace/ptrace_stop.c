/* What a stop means, and who sees to it.  Tracer's context, in the keeper. */
#include "ptrace.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

static void tell_stop(struct keeper *k, struct tracee *t, int sig)
{
	struct sigpact__event *e;

	if (t->of->stopped == sig)
		return;
	t->of->stopped = sig;
	e = sigpact__event_new(k, t, EVENT_STOP, EVENT_HEAD(stop));
	e->stop.sig = sig;
	e->stop.unused = 0;
	sigpact__event_tell(k, e);
}

/* SIGTRAP: a thread begins, or was asked to stop by us, or its group goes on;
   else its group is stopped, and it waits for what ends that. */
static void event_stop(struct keeper *k, struct tracee *t, int sig)
{
	if (sig == SIGTRAP) {
		if (t->was_stopped)
			tell_stop(k, t, 0);
		else
			sigpact__signal_restart(t);
		sigpact__keeper_resume(k, t, 0, 0);
		return;
	}
	tell_stop(k, t, sig);
	t->was_stopped = 1;
	if (k->leaves)
		sigpact__keeper_resume(k, t, 0, 0);
	else
		ptrace(PTRACE_LISTEN, t->tid, 0, 0);
}

static void known(struct keeper *k, struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	int stepped = t->stepped && !event && sig == SIGTRAP;

	k->awaited -= t->awaited;
	t->awaited = t->begins = 0;
	if (!stepped)
		sigpact__signal_told(k, t);
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		sigpact__kin_made(k, t, event);
		sigpact__keeper_resume(k, t, 0, 0);
		break;
	case PTRACE_EVENT_SECCOMP:
		sigpact__call_entry(k, t);
		break;
	case STOP_EVENT:
		event_stop(k, t, sig);
		break;
	case 0:
		if (stepped)
			sigpact__signal_stepped(k, t);
		else if (sig == STOP_CALL)
			sigpact__call_stop(k, t);
		else
			sigpact__signal(k, t, sig);
		break;
	default:
		sigpact__keeper_resume(k, t, 0, 0);
	}
}

void sigpact__stop(struct keeper *k, pid_t tid, int status)
{
	struct tracee *t;

	if (WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXEC)
		sigpact__kin_exec(k, tid);
	t = sigpact__tracee_find(k, tid);
	if (!WIFSTOPPED(status)) {
		if (tid == k->command)
			k->ring->command_status = status;
		if (t)
			sigpact__kin_ended(k, t, status);
	} else if (t && t->of) {
		known(k, t, status);
	} else {
		sigpact__kin_unknown(k, tid);
	}
}
