/* What it takes to look at 1,000 threads by the BPF iterator, none stopped: the
   loading once, and each look after that.  Normal context. */
#include "bench.h"
#include "record.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 1000 };

static void *stay(void *arg)
{
	static _Thread_local char memory[16384];
	stack_t s = { .ss_sp = memory, .ss_size = sizeof memory };

	sigaltstack(&s, NULL);
	for (;;)
		pause();
	return NULL;
}

static pid_t victim(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int started[2], i;
	char byte;
	pid_t pid;

	if (pipe(started))
		bench_bail("no pipe");
	pid = fork();
	if (pid) {
		if (read(started[0], &byte, 1) != 1)
			bench_bail("no victim");
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 16);
	for (i = 1; i < THREADS; i++)
		if (pthread_create(&thread, &attr, stay, NULL))
			_exit(1);
	if (write(started[1], "", 1) != 1)
		_exit(1);
	stay(NULL);
	_exit(1);
}

static uint64_t look(const void *way)
{
	struct sigpact__record *r = (struct sigpact__record *)way;
	uint64_t start = bench_ns();

	if (sigpact__look_bpf(r))
		bench_bail("no BPF any more");
	return bench_ns() - start;
}

int main(void)
{
	struct sigpact__record r = { .pid = victim() };
	uint64_t start;
	int e;

	sigpact__look_proc(&r);
	start = bench_ns();
	e = sigpact__look_bpf(&r);
	start = bench_ns() - start;
	if (!e && r.task_count == THREADS) {
		printf("phase\t%s\t%ju\n", "look: BPF, loading and one look",
		       (uintmax_t)start);
		bench_phase("look: BPF, 1,000 threads (aim 1000000)", look, &r,
			    1);
	} else {
		fprintf(stderr, "bench: no BPF: %s\n",
			r.why_not ? r.why_not : strerror(-e));
	}
	kill(r.pid, SIGKILL);
	waitpid(r.pid, NULL, 0);
	return 0;
}
