/* Runs a command as a tracer that only waits for it to crash: it and all that it
   starts.  Normal context, the tracer's. */
#include "tracer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPTIONS = TRACER_OPTIONS | PTRACE_O_TRACEEXEC };

struct command {
	pid_t pid;
	void (*crashed)(struct sigpact__report *, void *);
	void *argument;
};

static void crashed(struct sigpact__report *r, pid_t pid, int err,
		    void *argument)
{
	struct command *c = argument;

	if (r)
		c->crashed(r, c->argument);
	else
		sigpact__report_failed(pid, err);
	sigpact__report_free(r);
}

/* Until the command has ended; what it leaves behind goes on without us. */
static int watch(struct command *c, struct sigpact__tracer *t)
{
	int status;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return 0;
		if (WIFSTOPPED(status)) {
			sigpact__tracer_stopped(t, tid, status);
			continue;
		}
		sigpact__tracer_ended(t, tid);
		if (tid == c->pid)
			return status;
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
			    void told(struct sigpact__report *, void *),
			    void *argument)
{
	struct command c = { .crashed = told, .argument = argument };
	struct sigpact__tracer t = { .crashed = crashed, .argument = &c };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, own[2];
	int line[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
		return -errno;
	c.pid = fork();
	if (!c.pid) {
		close(line[0]);
		become(line[1], command);
	}
	close(line[1]);
	/* a ^C is the command's */
	sigaction(SIGINT, &ignore, &own[0]);
	sigaction(SIGQUIT, &ignore, &own[1]);
	if (c.pid < 0 || ptrace(PTRACE_SEIZE, c.pid, 0, OPTIONS) ||
	    write(line[0], "", 1) != 1)
		err = -errno;
	if (err && c.pid > 0) {
		close(line[0]);
		line[0] = -1;
		waitpid(c.pid, NULL, __WALL);
	} else if (!err) {
		*status = watch(&c, &t);
		if (recv(line[0], &err, sizeof err, MSG_DONTWAIT) > 0)
			err = -err;
		else
			err = 0;
	}
	if (line[0] >= 0)
		close(line[0]);
	sigaction(SIGINT, &own[0], NULL);
	sigaction(SIGQUIT, &own[1], NULL);
	sigpact__tracer_free(&t);
	return err;
}
