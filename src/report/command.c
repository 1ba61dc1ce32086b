/* Runs a command as a tracer that only waits for it to crash: it and all that it
   starts.  A signal that has a handler goes to it unseen but for faults, which
   are kept in mind: the handler may never run, or end the process by another.
   Normal context, the tracer's. */
#include "report.h"

#include "proc.h"
#include "registers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVENT_STOP = 128, STOP_MS = 200 };
enum { OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
		 PTRACE_O_TRACESYSGOOD };

/* A thread that was stopped for a report. */
struct held {
	pid_t tid;
	int status;
};

struct tracer {
	pid_t command, dying;
	siginfo_t dying_of;
	struct sigpact__earlier *earlier;
	size_t earlier_count;
	struct held *held;
	size_t held_count;
	void (*crashed)(struct sigpact__report *, void *);
	void *argument;
};

#define BIT(sig) (1ull << ((sig) - 1))
/* Those that by default end a process with a core dump. */
static const uint64_t fatal = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) |
			      BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGSYS) |
			      BIT(SIGABRT) | BIT(SIGQUIT) | BIT(SIGXCPU) |
			      BIT(SIGXFSZ);

static struct sigpact__earlier *earlier_of(struct tracer *t, pid_t tid)
{
	size_t i;

	for (i = 0; i < t->earlier_count; i++)
		if (t->earlier[i].tid == tid)
			return &t->earlier[i];
	return NULL;
}

static void remember(struct tracer *t, pid_t tid, const siginfo_t *info)
{
	struct sigpact__earlier *e = earlier_of(t, tid);
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tid, 0, &regs))
		return;
	if (!e) {
		e = reallocarray(t->earlier, t->earlier_count + 1, sizeof *e);
		if (!e)
			return;
		t->earlier = e;
		e += t->earlier_count++;
	}
	e->tid = tid;
	e->pc = remote_pc(&regs);
	e->info = *info;
}

static int status_of(pid_t tid, struct sigpact__proc_status *status)
{
	char path[32], *text;
	long size;
	int e;

	snprintf(path, sizeof path, "/proc/%d/status", tid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size < 0)
		return (int)size;
	e = sigpact__proc_status(text, (size_t)size, status);
	free(text);
	return e;
}

static int stopped(pid_t tid, int *status)
{
	const struct timespec nap = { 0, 100000 };
	int tries = STOP_MS * 10;
	pid_t got;

	while (!(got = waitpid(tid, status, __WALL | WNOHANG)) && tries--)
		nanosleep(&nap, NULL);
	return got == tid && WIFSTOPPED(*status);
}

/* The other threads; what each was stopped by is given to it afterwards. */
static void hold_others(struct tracer *t, pid_t pid, pid_t tid)
{
	struct dirent *entry;
	struct held *more;
	char path[32];
	pid_t other;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		other = atoi(entry->d_name);
		if (other <= 0 || other == tid ||
		    ptrace(PTRACE_INTERRUPT, other, 0, 0))
			continue;
		more = reallocarray(t->held, t->held_count + 1, sizeof *more);
		if (!more)
			continue;
		t->held = more;
		if (stopped(other, &more[t->held_count].status))
			more[t->held_count++].tid = other;
	}
	if (d)
		closedir(d);
}

static void resume(pid_t tid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (event == EVENT_STOP && sig != SIGTRAP)
		ptrace(PTRACE_LISTEN, tid, 0, 0);
	else
		ptrace(PTRACE_CONT, tid, 0, event ? 0 : sig);
}

/* The report left the thread in a stop from which a signal can be sent anew,
   without what it told: when it comes, it is given that (signalled). */
static void die(struct tracer *t, pid_t tid, int sig, const siginfo_t *info)
{
	t->dying = tid;
	t->dying_of = *info;
	ptrace(PTRACE_CONT, tid, 0, sig);
}

static void crash(struct tracer *t, pid_t pid, pid_t tid, int sig,
		  const siginfo_t *info)
{
	struct sigpact__earlier *e = earlier_of(t, tid);
	struct sigpact__report *r;
	int err;
	size_t i;

	hold_others(t, pid, tid);
	err = sigpact__report_crash(pid, tid, sig, e, &r);
	if (!err) {
		t->crashed(r, t->argument);
		sigpact__report_free(r);
	} else {
		fprintf(stderr, "sigpact report: process %d crashed and could "
			"not be looked at: %s\n", pid,
			err == -ENOEXEC ? "it is a 32-bit program" :
					  strerror(-err));
	}
	die(t, tid, sig, info);
	for (i = 0; i < t->held_count; i++)
		resume(t->held[i].tid, t->held[i].status);
	t->held_count = 0;
}

static void signalled(struct tracer *t, pid_t tid, int status)
{
	struct sigpact__proc_status s;
	int sig = WSTOPSIG(status);
	siginfo_t info;

	if (tid == t->dying && sig == t->dying_of.si_signo) {
		ptrace(PTRACE_SETSIGINFO, tid, 0, &t->dying_of);
		t->dying = 0;
		resume(tid, status);
	} else if (sig > 31 || !(fatal & BIT(sig)) ||
	    ptrace(PTRACE_GETSIGINFO, tid, 0, &info) || status_of(tid, &s) ||
	    s.ignored & BIT(sig)) {
		resume(tid, status);
	} else if (s.caught & BIT(sig)) {
		if (info.si_code > 0)
			remember(t, tid, &info);
		resume(tid, status);
	} else {
		crash(t, s.tgid, tid, sig, &info);
	}
}

/* Until the command has ended; what it leaves behind goes on without us. */
static int watch(struct tracer *t)
{
	int status;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return 0;
		if (!WIFSTOPPED(status)) {
			if (tid == t->command)
				return status;
		} else if (status >> 16) {
			resume(tid, status);
		} else {
			signalled(t, tid, status);
		}
	}
}

__attribute__((noreturn)) static void become(int line, char *const *command)
{
	char go;
	int err;

	if (read(line, &go, 1) == 1) {
		execvp(command[0], command);
		err = errno;
		if (write(line, &err, sizeof err) < 0)
			_exit(127);
	}
	_exit(127);
}

int sigpact__report_command(char *const *command, int *status,
			    void crashed(struct sigpact__report *, void *),
			    void *argument)
{
	struct tracer t = { .crashed = crashed, .argument = argument };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, own[2];
	int line[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
		return -errno;
	t.command = fork();
	if (!t.command) {
		close(line[0]);
		become(line[1], command);
	}
	close(line[1]);
	/* a ^C is the command's */
	sigaction(SIGINT, &ignore, &own[0]);
	sigaction(SIGQUIT, &ignore, &own[1]);
	if (t.command < 0 || ptrace(PTRACE_SEIZE, t.command, 0, OPTIONS) ||
	    write(line[0], "", 1) != 1)
		err = -errno;
	if (err && t.command > 0) {
		close(line[0]);
		line[0] = -1;
		waitpid(t.command, NULL, __WALL);
	} else if (!err) {
		*status = watch(&t);
		if (recv(line[0], &err, sizeof err, MSG_DONTWAIT) > 0)
			err = -err;
		else
			err = 0;
	}
	if (line[0] >= 0)
		close(line[0]);
	sigaction(SIGINT, &own[0], NULL);
	sigaction(SIGQUIT, &own[1], NULL);
	free(t.earlier);
	free(t.held);
	return err;
}
