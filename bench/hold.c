/* How long a thread is stopped by a look through ptrace, in microseconds, and
   by a debugger's attach on the same victim, by the victim's own clock.  Beside
   it what the kernel takes at least: an empty hold of the same threads, which
   stops each, reads its registers and mask and lets it go.  Normal context. */
#include "bench.h"
#include "record.h"
#include "remote.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 1000, LOOKS = 101, LOOKS_MANY = 15, DEBUGGED = 3 };
enum { HOLD_MS = 1000 };

static volatile uint64_t *longest;	/* time without progress, ns */

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof *values, order);
	return values[count / 2];
}

static void spin(void)
{
	uint64_t last = bench_ns(), is;

	for (;;) {
		is = bench_ns();
		if (is - last > *longest)
			*longest = is - last;
		last = is;
	}
}

static void *sleeper(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void sleepers(void)
{
	pthread_attr_t a;
	pthread_t t;
	int i;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	for (i = 1; i < THREADS; i++)
		if (pthread_create(&t, &a, sleeper, NULL))
			bench_bail("no thread");
	*longest = 1;
	sleeper(NULL);
}

static pid_t victim(void (*body)(void))
{
	pid_t pid;

	*longest = 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
	}
	while (!*longest)
		usleep(1000);
	return pid;
}

static double look(pid_t pid, size_t threads)
{
	struct sigpact__record r = { .pid = pid };

	if (sigpact__look_ptrace(&r) || r.task_count != threads)
		bench_bail("cannot look");
	free(r.task);
	return (double)r.stopped_ns / 1e3;
}

/* One thread: 0 when it cannot be held.  *page: what is mapped for all; asked
   for its alternate stack when there is one. */
static double hold(pid_t pid, pid_t tid, uintptr_t *page)
{
	struct sigpact__remote r;

	if (sigpact__remote_seize(&r, pid, tid, HOLD_MS))
		return 0;
	if (*page)
		sigpact__remote_lend(&r, *page);
	if (sigpact__remote_stop(&r, HOLD_MS))
		return 0;
	if (*page && sigpact__remote_ask(&r, 1, 1))
		bench_bail("no answer");
	sigpact__remote_keep(&r);
	sigpact__remote_release(&r);
	return (double)r.held_ns / 1e3;
}

static uintptr_t map(pid_t pid)
{
	struct sigpact__remote r;
	uintptr_t page;

	if (sigpact__remote_hold(&r, pid, pid, HOLD_MS) ||
	    sigpact__remote_map(&r))
		bench_bail("cannot map");
	page = sigpact__remote_keep(&r);
	sigpact__remote_release(&r);
	return page;
}

/* All threads, one by one; the longest. */
static double roll(pid_t pid, uintptr_t page, double held[THREADS])
{
	struct sigpact__record r = { .pid = pid };
	double longest = 0;
	size_t i;

	if (sigpact__look_ptrace(&r) || r.task_count != THREADS)
		bench_bail("cannot look");
	for (i = 0; i < THREADS; i++) {
		held[i] = hold(pid, r.task[i].tid, &page);
		longest = held[i] > longest ? held[i] : longest;
	}
	free(r.task);
	return longest;
}

static double debug(pid_t pid)
{
	char number[16], *argv[] = { "gdb", "-nx", "-batch", "-p", number,
				     NULL };
	posix_spawn_file_actions_t quiet;
	extern char **environ;
	pid_t child;
	int status;

	snprintf(number, sizeof number, "%d", pid);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
	*longest = 0;
	if (posix_spawnp(&child, *argv, &quiet, NULL, argv, environ) ||
	    waitpid(child, &status, 0) != child || status)
		return 0;
	usleep(20000);
	return (double)*longest / 1e3;
}

static void say(const char *name, const char *how, double aim, double *values,
		int count)
{
	double middle = median(values, count);

	printf("figure\t%s\t%s\t%.2f\t%.3f\t%.0f\t%.0f\t%.3f\n", name, how, aim,
	       middle, middle * 1e3, middle * 1e3, values[0]);
}

static void one(void)
{
	static double held[LOOKS], stood[LOOKS], empty[LOOKS], gdb[DEBUGGED];
	pid_t pid = victim(spin);
	uintptr_t none = 0;
	double ratio;
	int i;

	for (i = 0; i < LOOKS; i++) {
		usleep(2000);
		empty[i] = hold(pid, pid, &none);
		usleep(2000);
		*longest = 0;
		held[i] = look(pid, 1);
		usleep(2000); /* it goes on, and says so */
		stood[i] = (double)*longest / 1e3;
	}
	for (i = 0; i < DEBUGGED; i++)
		gdb[i] = debug(pid);
	kill(pid, SIGKILL);
	say("hold: an empty hold, 1 thread", "", 0, empty, LOOKS);
	say("us held by a look, 1 thread, longest hold", "<=", 100, held,
	    LOOKS);
	say("us without progress by a look, 1 thread", "", 0, stood, LOOKS);
	ratio = median(gdb, DEBUGGED) / median(stood, LOOKS);
	if (gdb[0] > 0)
		say("gdb's attach, over that", ">=", 100, &ratio, 1);
}

static void many(void)
{
	static double held[LOOKS_MANY], empty[LOOKS_MANY], each[THREADS];
	static double middle[LOOKS_MANY], middle_empty[LOOKS_MANY];
	pid_t pid = victim(sleepers);
	uintptr_t page = map(pid);
	int i;

	for (i = 0; i < LOOKS_MANY; i++) {
		empty[i] = roll(pid, 0, each);
		middle_empty[i] = median(each, THREADS);
		roll(pid, page, each);
		middle[i] = median(each, THREADS);
		held[i] = look(pid, THREADS);
	}
	kill(pid, SIGKILL);
	say("hold: an empty hold, median of 1,000 threads", "", 0, middle_empty,
	    LOOKS_MANY);
	say("hold: an empty hold, longest of 1,000", "", 0, empty, LOOKS_MANY);
	say("us held, median of 1,000 threads", "", 0, middle, LOOKS_MANY);
	say("us held, longest of 1,000 threads", "<=", 60, held, LOOKS_MANY);
}

int main(void)
{
	longest = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	one();
	many();
	return 0;
}
