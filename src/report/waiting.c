/* A process whose own handler waits for us, and then lets the signal come anew
   (core/crash.c): attached to, told so, reported, and left to its end.  Normal
   context, the tracer's. */
#include "report.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

enum { TRIES = 100 };

/* Its permission for us may come a moment later than we. */
static int seize(pid_t tid)
{
	const struct timespec nap = { 0, 1000000 };
	int tries = TRIES;

	while (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD)) {
		if (errno != EPERM || !tries--)
			return -errno;
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* It sleeps for the word to change; to be stopped wakes it. */
static int tell(pid_t tid, uint64_t word)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) ||
	    !sigpact__stopped(tid, &status))
		return -ESRCH;
	if (ptrace(PTRACE_POKEDATA, tid, word, 1))
		return -errno;
	sigpact__resume(tid, status);
	return 0;
}

/* The next signal that it stops by, or 0: it is gone. */
static int next_signal(pid_t tid)
{
	int status;

	while (waitpid(tid, &status, __WALL) == tid && WIFSTOPPED(status)) {
		if (!(status >> 16))
			return WSTOPSIG(status);
		sigpact__resume(tid, status);
	}
	return 0;
}

static int end(const struct sigpact__waiting *w, struct sigpact__others *others,
	       void crashed(struct sigpact__report *, void *), void *argument)
{
	int sig = next_signal(w->tid);
	siginfo_t info;

	if (!sig || ptrace(PTRACE_GETSIGINFO, w->tid, 0, &info))
		return -ESRCH;
	sigpact__report_tell(w->pid, w->tid, sig, NULL, crashed, argument);
	/* the report left it in a stop from which a signal can be sent anew,
	   without what it told */
	ptrace(PTRACE_CONT, w->tid, 0, sig);
	if (next_signal(w->tid) == sig)
		ptrace(PTRACE_SETSIGINFO, w->tid, 0, &info);
	sigpact__others_detach(others);
	ptrace(PTRACE_DETACH, w->tid, 0, sig);
	return 0;
}

int sigpact__report_waiting(const struct sigpact__waiting *w,
			    void crashed(struct sigpact__report *, void *),
			    void *argument)
{
	struct sigpact__others others = { 0 };
	int e = seize(w->tid);

	if (e)
		return e;
	sigpact__others_hold(&others, w->pid, w->tid, 1);
	e = tell(w->tid, w->word);
	if (!e)
		e = end(w, &others, crashed, argument);
	sigpact__others_detach(&others);
	return e;
}
