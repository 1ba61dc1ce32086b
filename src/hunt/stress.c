/* What shakes races loose: CPUs that others use in bursts; and threads, new ones
   or any, that stand still for a while or crawl, which makes a window of one
   instruction thousands of times as long, while their like go on.  Normal
   context, the tracer's; the hogs are processes of their own. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_US = 3000, SHORT_US = 1000, LONG_US = 20000, BURST_US = 8000,
       CRAWL = 500, STACK = 512 << 10 };

static uint64_t random_us(struct hunting *h, unsigned most)
{
	h->random = mix(h->random);
	return 1 + h->random % most;
}

__attribute__((noreturn)) static void hog(uint64_t seed, pid_t parent)
{
	struct timespec nap = { 0, 0 };
	uint64_t until;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (getppid() != parent)
			_exit(0);
		seed = mix(seed);
		until = sigpact__hunt_now() + seed % (BURST_US * 1000ull);
		while (sigpact__hunt_now() < until)
			;
		nap.tv_nsec = (long)(seed >> 32) % (BURST_US * 1000l);
		nanosleep(&nap, NULL);
	}
}

int sigpact__stress_start(struct hunting *h)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t self = getpid(), pid;

	if (getrlimit(RLIMIT_STACK, &h->stack))
		return -errno;
	if (h->stack.rlim_cur > STACK)
		h->stack.rlim_cur = STACK;
	h->random = mix(h->plan->seed);
	h->hog = calloc((size_t)n, sizeof *h->hog);
	if (!h->hog)
		return -ENOMEM;
	while (h->hog_count < (size_t)n) {
		pid = fork();
		if (!pid)
			hog(h->random + h->hog_count, self);
		if (pid < 0)
			return -errno;
		h->hog[h->hog_count++] = pid;
	}
	return 0;
}

void sigpact__stress_end(struct hunting *h)
{
	size_t i;

	for (i = 0; i < h->hog_count; i++) {
		kill(h->hog[i], SIGKILL);
		waitpid(h->hog[i], NULL, 0);
	}
	free(h->hog);
}

/* Another instruction, or the last one. */
static void crawl(struct kin *k)
{
	k->crawl--;
	ptrace(k->crawl ? PTRACE_SINGLESTEP : PTRACE_CONT, k->tid, 0, 0);
}

/* TRAP_BRKPT: behind a system call; an int3 has SI_KERNEL. */
static int is_step(const struct kin *k, int status)
{
	siginfo_t info;

	return k->crawl && status >> 8 == SIGTRAP &&
	       !ptrace(PTRACE_GETSIGINFO, k->tid, 0, &info) &&
	       (info.si_code == TRAP_TRACE || info.si_code == TRAP_BRKPT);
}

/* Most stand still for less than a millisecond, some for long. */
static void hold(struct hunting *h, struct kin *k, int status)
{
	uint64_t us = random_us(h, random_us(h, 8) == 1 ? LONG_US : SHORT_US);

	k->resume_at = sigpact__hunt_now() + us * 1000;
	k->status = status;
}

int sigpact__stress_holds(struct hunting *h, struct kin *k, int status)
{
	if (!h->plan->stress)
		return 0;
	if (is_step(k, status)) {
		crawl(k);
		return 1;
	}
	k->crawl = 0; /* something came between */
	if (status >> 8 != (SIGTRAP | TRACE_STOP << 8))
		return 0;
	switch (random_us(h, 4)) {
	case 1:
		return 0;
	case 2:
		hold(h, k, status);
		return 1;
	default:
		k->crawl = 1 + (unsigned)random_us(h, CRAWL);
		crawl(k);
		return 1;
	}
}

uint64_t sigpact__stress_tick(struct hunting *h, uint64_t now)
{
	struct kin *k;

	if (h->tick_at <= now) {
		h->tick_at = now + random_us(h, TICK_US) * 1000;
		k = h->kin_count ? &h->kin[h->random % h->kin_count] : NULL;
		if (k && !k->resume_at && !k->crawl)
			ptrace(PTRACE_INTERRUPT, k->tid, 0, 0);
	}
	return h->tick_at;
}
