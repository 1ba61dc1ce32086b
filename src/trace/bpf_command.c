/* A command that is started in two steps, without a signal or a tracer: its
   process, which waits at a socket, and then the program in it.  Tracer's
   context. */
#include "bpf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(int starter, char *const *words)
{
	char go;
	int e;

	if (read(starter, &go, 1) != 1)
		_exit(127);
	execvp(words[0], words);
	e = errno;
	send(starter, &e, sizeof e, MSG_NOSIGNAL);
	_exit(127);
}

int sigpact__bpf_command(struct bpf_command *c, char *const *words,
			 char why[256])
{
	int ends[2], e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		e = -errno;
		snprintf(why, 256, "no command can be started: %s",
			 strerror(-e));
		return e;
	}
	c->pid = fork();
	if (!c->pid) {
		close(ends[0]);
		become(ends[1], words);
	}
	e = c->pid < 0 ? -errno : 0;
	close(ends[1]);
	c->end = ends[0];
	if (!e)
		return 0;
	sigpact__bpf_command_drop(c);
	snprintf(why, 256, "no command can be started: %s", strerror(-e));
	return e;
}

/* Its end is closed when it becomes the program. */
int sigpact__bpf_command_go(struct bpf_command *c, const char *name,
			    char why[256])
{
	int e = 0;
	ssize_t n;

	send(c->end, "", 1, MSG_NOSIGNAL);
	do
		n = read(c->end, &e, sizeof e);
	while (n < 0 && errno == EINTR);
	close(c->end);
	c->end = -1;
	if (n != sizeof e)
		return 0;
	sigpact__bpf_command_drop(c);
	snprintf(why, 256, "%.200s: %s", name, strerror(e));
	return -e;
}

void sigpact__bpf_command_drop(struct bpf_command *c)
{
	if (c->end >= 0)
		close(c->end);
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
	c->end = -1;
	c->pid = 0;
}
