/* What bench/trace.sh traces: threads that make signal calls among reads, each as
   often; or reads alone.  Says the nanoseconds of a round to a file, for others
   may have its output: that passed, and of a thread's CPU time.  Normal context.

	load THREADS ROUNDS READS signals|none RESULT */
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 64 };

static unsigned long rounds, reads;
static int signals;
static pthread_barrier_t all;
static __thread volatile unsigned long handled;

static void handle(int sig)
{
	handled++;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A signal to itself and back, a question, a change of nothing. */
static void signal_calls(long pid, long tid)
{
	struct sigaction old;
	sigset_t none;

	sigemptyset(&none);
	syscall(SYS_tgkill, pid, tid, SIGUSR1);
	sigaction(SIGUSR2, NULL, &old);
	sigprocmask(SIG_UNBLOCK, &none, NULL);
}

static void *work(void *unused)
{
	long pid = getpid(), tid = gettid();
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	unsigned long i, k;
	char bytes[64];

	pthread_barrier_wait(&all);
	for (i = 0; i < rounds; i++) {
		if (signals)
			signal_calls(pid, tid);
		for (k = 0; k < reads; k++)
			if (read(zero, bytes, sizeof bytes) != sizeof bytes)
				bench_bail("load: a read failed");
	}
	pthread_barrier_wait(&all);
	if (signals && handled != rounds)
		bench_bail("load: a signal was lost");
	close(zero);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 6 ? strtoul(argv[1], NULL, 10) : 0, i;
	pthread_t thread[THREADS];
	uint64_t start, ns, cpu;
	FILE *f;

	if (!count || count > THREADS)
		bench_bail("load THREADS ROUNDS READS signals|none RESULT");
	rounds = strtoul(argv[2], NULL, 10);
	reads = strtoul(argv[3], NULL, 10);
	signals = !strcmp(argv[4], "signals");
	signal(SIGUSR1, handle);
	pthread_barrier_init(&all, NULL, (unsigned)count + 1);
	for (i = 0; i < count; i++)
		if (pthread_create(&thread[i], NULL, work, NULL))
			bench_bail("load: no thread");
	pthread_barrier_wait(&all);
	start = bench_ns();
	cpu = cpu_ns();
	pthread_barrier_wait(&all);
	ns = bench_ns() - start;
	cpu = cpu_ns() - cpu;
	for (i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	f = fopen(argv[5], "we");
	if (!f)
		bench_bail("load: its result cannot be written");
	fprintf(f, "%.1f %.1f\n", (double)ns / (double)rounds,
		(double)cpu / (double)(rounds * count));
	return fclose(f) != 0;
}
