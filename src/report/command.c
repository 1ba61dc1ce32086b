/* Runs a command as a tracer that only waits for it to crash: it and all that it
   starts.  A signal that has a handler goes to it unseen but for faults, which
   are kept in mind: the handler may never run, or end the process by another.
   Normal context, the tracer's. */
#include "report.h"

#include "proc.h"
#include "registers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
		 PTRACE_O_TRACESYSGOOD };

struct tracer {
	pid_t command, dying;
	siginfo_t dying_of;
	struct sigpact__earlier *earlier;
	size_t earlier_count;
	struct sigpact__others others;
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

/* The report left the thread in a stop from which a signal can be sent anew,
   without what it told: when it comes, it is given that (signalled). */
static void crash(struct tracer *t, pid_t pid, pid_t tid, int sig,
		  const siginfo_t *info)
{
	sigpact__others_hold(&t->others, pid, tid, 0);
	sigpact__report_tell(pid, tid, sig, earlier_of(t, tid), t->crashed,
			     t->argument);
	t->dying = tid;
	t->dying_of = *info;
	ptrace(PTRACE_CONT, tid, 0, sig);
	sigpact__others_resume(&t->others);
}

static void signalled(struct tracer *t, pid_t tid, int status)
{
	struct sigpact__proc_status s;
	int sig = WSTOPSIG(status);
	siginfo_t info;

	if (tid == t->dying && sig == t->dying_of.si_signo) {
		ptrace(PTRACE_SETSIGINFO, tid, 0, &t->dying_of);
		t->dying = 0;
		sigpact__resume(tid, status);
	} else if (sig > 31 || !(fatal & BIT(sig)) ||
	    ptrace(PTRACE_GETSIGINFO, tid, 0, &info) || status_of(tid, &s) ||
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
			sigpact__resume(tid, status);
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
	return err;
}
