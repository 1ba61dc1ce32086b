/* A child to be held, and a page that it shares with the test. */
#ifndef HELD_H
#define HELD_H

#include "remote.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct {
	volatile int ready, stop, in;
	volatile long result, error, caught, value, code;
	volatile uint64_t work;
	uint64_t action[65][4];
	stack_t ss;
} *shared;

static inline void ms(long n)
{
	struct timespec t = { n / 1000, n % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Up to a minute: a slow machine fails nothing. */
#define WAIT_FOR(condition)                                          \
	({                                                           \
		int left_ = 60000, is_;                              \
		while (!(is_ = !!(condition)) && left_--)            \
			ms(1);                                       \
		is_;                                                 \
	})

static inline pid_t child(void (*body)(void))
{
	pid_t pid;

	if (!shared)
		shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset((void *)shared, 0, sizeof *shared);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0); /* SIGTSTP does not stop an orphaned group */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
		_exit(0);
	}
	if (pid < 0 || !WAIT_FOR(shared->ready))
		bail("no child");
	return pid;
}

/* The status that it ends with; it is made to when it does not. */
static inline int ended(pid_t pid)
{
	int status = -1;

	if (!WAIT_FOR(waitpid(pid, &status, WNOHANG | __WALL) == pid)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, __WALL);
		return -1;
	}
	return status;
}

static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

static inline char state_of(pid_t pid)
{
	char path[64], text[512], *at;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "re");
	text[0] = 0;
	if (f) {
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
	}
	at = strrchr(text, ')');
	return at ? at[2] : '-';
}

/* The call that a sleeping thread is in, or -1. */
static inline long call_of(pid_t pid)
{
	char path[64];
	long number = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%ld", &number) != 1)
			number = -1;
		fclose(f);
	}
	return number;
}

static inline long call(struct sigpact__remote *r, long number)
{
	long none[6] = { 0 }, result = -1;
	int err = sigpact__remote_call(r, number, none, &result);

	return err ? err : result;
}

static inline int ask(struct sigpact__remote *r, stack_t *ss,
		      struct sigpact__act actions[65])
{
	int err = sigpact__remote_ask(r, 1, 65);

	return err ? err : sigpact__remote_answer(r, ss, 1, 65, actions);
}

/* Works without a system call. */
static inline void busy(void)
{
	shared->ready = 1;
	while (!shared->stop)
		shared->work++;
}

static inline int works(void)
{
	uint64_t before = shared->work;

	return WAIT_FOR(shared->work != before);
}

#endif
