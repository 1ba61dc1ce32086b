/* Pseudo-terminals under stress: sessions at once, each in a thread of its own:
   open, fork, exec, read until a milestone, type a line and ^C, resize, close.
   Says what went wrong, and ends with 1.
	sessions [SESSIONS [ROUNDS]] */
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, TEXT = 4096, PATIENCE_MS = 20000 };
static const char *self;
static int rounds = 1;

struct session {
	pthread_t thread;
	int master;
	pid_t pid;
	char text[TEXT];
	size_t size;
	const char *wrong;
};

/* The program in the terminal: tells its size, at each change of it too, echoes
   a line, and ends with 7 by a ^C. */
static void say_size(void)
{
	struct winsize size = { 0 };

	ioctl(0, TIOCGWINSZ, &size);
	printf("size %dx%d.\n", size.ws_col, size.ws_row);
	fflush(stdout);
}

static int inside(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t none, ours;
	char line[64];

	sigemptyset(&none);
	sigemptyset(&ours);
	sigaddset(&ours, SIGWINCH);
	sigaddset(&ours, SIGINT);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	sigaction(SIGWINCH, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	say_size();
	if (!fgets(line, sizeof line, stdin))
		return 8;
	printf("got %s", line);
	fflush(stdout);
	while (!interrupted) {
		sigsuspend(&none);
		if (resized)
			say_size();
		resized = 0;
	}
	return 7;
}

static int resize(struct session *s, unsigned short columns)
{
	struct winsize size = { .ws_col = columns, .ws_row = 30 };

	return ioctl(s->master, TIOCSWINSZ, &size);
}

__attribute__((noreturn)) static void become(struct session *s)
{
	int slave;

	setsid();
	slave = open(ptsname(s->master), O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) || dup2(slave, 0) < 0 ||
	    dup2(slave, 1) < 0 || dup2(slave, 2) < 0)
		_exit(9);
	execl(self, self, "--inside", (char *)NULL);
	_exit(9);
}

static const char *begin(struct session *s)
{
	s->size = 0;
	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->master < 0)
		return "no terminal";
	if (grantpt(s->master) || unlockpt(s->master) || resize(s, 91))
		return "no slave";
	s->pid = fork();
	if (!s->pid)
		become(s);
	return s->pid < 0 ? "no process" : NULL;
}

static int reads_until(struct session *s, const char *milestone)
{
	struct pollfd fd = { .fd = s->master, .events = POLLIN };
	ssize_t got;

	for (;;) {
		s->text[s->size] = 0;
		if (strstr(s->text, milestone))
			return 1;
		if (s->size == TEXT - 1 || poll(&fd, 1, PATIENCE_MS) <= 0)
			return 0;
		got = read(s->master, s->text + s->size, TEXT - 1 - s->size);
		if (got <= 0)
			return 0;
		s->size += (size_t)got;
	}
}

static int types(struct session *s, const char *keys)
{
	size_t size = strlen(keys);

	return write(s->master, keys, size) == (ssize_t)size;
}

static const char *talk(struct session *s)
{
	if (!reads_until(s, "size 91x30."))
		return "it did not begin";
	if (!types(s, "hello\n") || !reads_until(s, "got hello"))
		return "it did not read a line";
	if (resize(s, 132) || !reads_until(s, "size 132x30."))
		return "it was not told of its size";
	/* its echo may come too late: the program has ended by then */
	return types(s, "\3") ? NULL : "^C could not be typed";
}

static void *session(void *argument)
{
	struct session *s = argument;
	int i, status;

	for (i = 0; i < rounds && !s->wrong; i++) {
		s->pid = 0;
		s->wrong = begin(s);
		if (!s->wrong)
			s->wrong = talk(s);
		if (s->wrong && s->pid > 0)
			kill(s->pid, SIGKILL);
		if (s->pid > 0 && waitpid(s->pid, &status, 0) == s->pid &&
		    !s->wrong &&
		    !(WIFEXITED(status) && WEXITSTATUS(status) == 7))
			s->wrong = "it did not end by the ^C";
		if (s->master >= 0)
			close(s->master);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct session all[MOST];
	int n = argc > 1 ? atoi(argv[1]) : 8, i, failed = 0;

	if (argc > 1 && !strcmp(argv[1], "--inside"))
		return inside();
	self = argv[0];
	rounds = argc > 2 ? atoi(argv[2]) : 1;
	n = n > MOST ? MOST : n;
	for (i = 0; i < n; i++)
		pthread_create(&all[i].thread, NULL, session, &all[i]);
	for (i = 0; i < n; i++) {
		pthread_join(all[i].thread, NULL);
		if (!all[i].wrong)
			continue;
		failed = 1;
		printf("session %d: %s; it wrote: %s\n", i, all[i].wrong,
		       all[i].text);
	}
	return failed;
}
