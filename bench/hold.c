/* How long a process is stopped by a look through ptrace, in microseconds, and
   by a debugger's attach on the same victim, by the victim's own clock.  Normal
   context. */
#include "bench.h"
#include "record.h"

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

int main(void)
{
	static double held[LOOKS], stood[LOOKS], gdb[DEBUGGED];
	double ratio;
	pid_t pid;
	int i;

	longest = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = victim(spin);
	for (i = 0; i < LOOKS; i++) {
		usleep(2000);
		*longest = 0;
		held[i] = look(pid, 1);
		usleep(2000); /* it goes on, and says so */
		stood[i] = (double)*longest / 1e3;
	}
	for (i = 0; i < DEBUGGED; i++)
		gdb[i] = debug(pid);
	kill(pid, SIGKILL);
	say("us held by a look, 1 thread", "<=", 100, held, LOOKS);
	say("us without progress by a look, 1 thread", "", 0, stood, LOOKS);
	ratio = median(gdb, DEBUGGED) / median(stood, LOOKS);
	if (gdb[0] > 0)
		say("gdb's attach, over that", ">=", 100, &ratio, 1);
	pid = victim(sleepers);
	for (i = 0; i < LOOKS_MANY; i++)
		held[i] = look(pid, THREADS);
	kill(pid, SIGKILL);
	say("us held, longest of 1,000 threads", "<=", 60, held, LOOKS_MANY);
	return 0;
}
