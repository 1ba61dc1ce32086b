/* A million relocated deliveries (or as many as its argument says) under load on
   both cores: every register and the red zone survive.  Each of two threads
   signals itself by a system call and the other at any instruction, while it
   holds a pattern everywhere. */
#include "tap.h"
#include "witness.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sigpact.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORKERS = 2, ALT_SIZE = 65536 };

static struct worker {
	pthread_t thread;
	pid_t tid;
	unsigned long held, arrived, on_alternate;
	const char *differs;
	char alt[ALT_SIZE];
} worker[WORKERS];
static unsigned long goal = 1000000;
static enum witness_level level;
static pthread_barrier_t barrier;
static _Thread_local struct worker *self;

static void handler(int sig, siginfo_t *info, void *uc)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	(void)uc;
	self->arrived++;
	self->on_alternate += here - (uintptr_t)self->alt < ALT_SIZE ||
			      info->si_signo != sig;
	witness_spoil(level);
}

static void *hold(void *p)
{
	stack_t ss = { .ss_sp = ((struct worker *)p)->alt,
		       .ss_size = ALT_SIZE };
	struct worker *w = self = p, *other = &worker[w == worker];
	long call[4] = { SYS_tgkill, getpid(), 0, SIGUSR1 };
	struct witness in, out;
	cpu_set_t cpu;
	int turns;

	CPU_ZERO(&cpu);
	CPU_SET((int)(w - worker), &cpu);
	sched_setaffinity(0, sizeof cpu, &cpu); /* or anywhere, if refused */
	call[2] = w->tid = (pid_t)syscall(SYS_gettid);
	if (sigaltstack(&ss, NULL) || sigpact_exclude_set(SIGUSR1) ||
	    sigpact_exclude_set(SIGUSR2))
		bail("cannot exclude");
	pthread_barrier_wait(&barrier);
	while (w->arrived < goal / WORKERS + 1000 && !w->differs) {
		turns = w->held % 8 ? 0 : 2000;
		if (w->held % 8 == 1)
			syscall(SYS_tgkill, getpid(), other->tid, SIGUSR2);
		witness_fill(&in, w->held++);
		witness_hold(&in, &out, level, (uint64_t)turns, call);
		w->differs = witness_compare(&in, &out, level, !turns);
	}
	pthread_barrier_wait(&barrier); /* both are there to be signalled */
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction a = { .sa_sigaction = handler,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigpact_counts one, two;
	int i;

	if (argc > 1)
		goal = strtoul(argv[1], NULL, 10);
	level = witness_level();
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &a, NULL);
	pthread_barrier_init(&barrier, NULL, WORKERS);
	for (i = 0; i < WORKERS; i++)
		if (pthread_create(&worker[i].thread, NULL, hold, &worker[i]))
			bail("pthread_create failed");
	for (i = 0; i < WORKERS; i++)
		pthread_join(worker[i].thread, NULL);
	for (i = 0; i < WORKERS; i++)
		ok(!worker[i].differs, "thread %d: %s differed after %lu "
		   "deliveries", i, worker[i].differs ? worker[i].differs
		   : "nothing", worker[i].arrived);
	ok(!worker[0].on_alternate && !worker[1].on_alternate,
	   "none ran on the alternate stack");
	sigpact_counts_get(SIGUSR1, &one);
	sigpact_counts_get(SIGUSR2, &two);
	ok(sigpact_backend_get() == SIGPACT_BACKEND_KERNEL ||
	   one.relocated + two.relocated >= goal,
	   "%lu were relocated, %lu of them at any instruction",
	   (unsigned long)(one.relocated + two.relocated),
	   (unsigned long)two.relocated);
	return done();
}
