/* The keeper: a process that traces, until nothing is left to be traced or the
   reader wants no more.  It takes no signal but that one: a ^C that was meant
   for others must not end it.  Tracer's context, in the keeper. */
#include "ptrace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t poked, ticked;

/* waitpid(2) has no time limit, and the signal may come before it waits: again
   and again, until it was seen. */
static void poke(int sig)
{
	struct itimerval soon = { { 0, 10000 }, { 0, 10000 } };

	if (sig == SIGUSR1)
		poked = 1;
	ticked = 1;
	setitimer(ITIMER_REAL, &soon, NULL);
}

/* The next tick in so many seconds; 0: none. */
static void calm_in(int seconds)
{
	struct itimerval once = { { 0, 0 }, { seconds, 0 } };

	ticked = 0;
	setitimer(ITIMER_REAL, &once, NULL);
}

void sigpact__keeper_rings(struct keeper *k)
{
	__atomic_store_n(&k->ring->waits, 0, __ATOMIC_SEQ_CST);
	if (write(k->bell, "", 1) < 0)
		return; /* no reader: its death is a signal */
}

int sigpact__keeper_fails(struct keeper *k, int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(k->ring->why, sizeof k->ring->why, format, ap);
	va_end(ap);
	k->ring->err = err;
	k->ring->state = RING_FAILED;
	return err;
}

/* What the reader has open is not kept open by us. */
static void let_go_of_files(struct keeper *k)
{
	if (k->bell) {
		dup3(k->bell, 0, O_CLOEXEC);
		k->bell = 0;
	}
	syscall(SYS_close_range, 1, ~0u, 0);
	if (chdir("/"))
		return;
}

void sigpact__keeper_opened(struct keeper *k)
{
	k->ring->state = RING_OPEN;
	sigpact__keeper_rings(k);
}

void sigpact__keeper_resume(struct keeper *k, struct tracee *t, int signal,
			    int call)
{
	int request = PTRACE_SYSCALL;

	if (k->leaves && !call) {
		ptrace(PTRACE_DETACH, t->tid, 0, signal);
		sigpact__tracee_drop(k, t);
		return;
	}
	/* In a call: it is let go behind it, where the kernel still can restart
	   it.  Any stop takes an interrupt away: one more. */
	if (k->leaves)
		ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	if (k->leaves || (k->filtered && (!call || k->passes)))
		request = PTRACE_CONT;
	ptrace(request, t->tid, 0, signal);
}

/* The reader has what it wants, or is gone. */
static void release(struct keeper *k)
{
	poked = 0;
	calm_in(0);
	if (k->filtered) {
		k->passes = 1;
		k->ring->state = RING_PASSES;
		close(k->bell);
	} else {
		sigpact__attach_leave(k);
	}
}

static void loop(struct keeper *k)
{
	pid_t tid;
	int status;

	while (!k->leaves || k->count) {
		tid = waitpid(-1, &status, __WALL);
		if (tid > 0)
			sigpact__stop(k, tid, status);
		else if (errno != EINTR)
			break;
		if (k->ring->state == RING_STARTS && (!k->awaited || ticked))
			sigpact__keeper_opened(k);
		if (ticked)
			calm_in(0);
		if (poked) /* after it: a poke in between is seen */
			release(k);
	}
}

static void take_signals(struct keeper *k)
{
	struct sigaction a = { .sa_handler = poke };

	sigprocmask(SIG_BLOCK, NULL, &k->mask);
	sigfillset(&a.sa_mask);
	sigprocmask(SIG_SETMASK, &a.sa_mask, NULL);
}

/* After the command has been started, which has the reader's actions. */
static void take_actions(void)
{
	struct sigaction a = { .sa_handler = poke };
	sigset_t ours;

	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGALRM, &a, NULL);
	a.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &a, NULL); /* ignored, children have no status */
	sigfillset(&ours);
	sigdelset(&ours, SIGUSR1);
	sigdelset(&ours, SIGALRM);
	sigprocmask(SIG_SETMASK, &ours, NULL);
}

void sigpact__keeper(struct keeper *k, const struct sigpact__traced *traced)
{
	int err;

	take_signals(k);
	prctl(PR_SET_NAME, "sigpact-keeper");
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	if (traced->pid)
		err = sigpact__attach(k, traced->pid);
	else
		err = sigpact__command(k, traced->command);
	take_actions();
	if (!err) {
		let_go_of_files(k);
		if (getppid() != k->reader)
			poked = 1;
		if (k->awaited)
			calm_in(1); /* who sleeps deeper is not waited for */
		else
			sigpact__keeper_opened(k);
		loop(k);
	}
	k->ring->state = err ? RING_FAILED : RING_LET_GO;
	_exit(err != 0);
}
