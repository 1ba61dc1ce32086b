/* A runtime in small that stops its threads by a signal, as WebKit (in Bun),
   Boehm's collector and others do:

	cc -O2 -pthread -o host examples/host.c
	./host ./libpeer.so			hangs for ever
	sigpact run -- ./host ./libpeer.so	alive in 12 ms

   The collector sends SIGPWR to the thread that it wants to stop.  The handler
   stops there, but first makes sure that it runs on the stack of its thread:
   a collector that scanned an alternate stack instead would miss live objects.
   If not, it declines, and the collector asks again.  The handler is installed
   without SA_ONSTACK, so nothing can go wrong, until a Go library is loaded
   that adds the flag to it.  From then on every answer is no. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CYCLES 200

/* The thread that is stopped, and what is known of its stack. */
static pthread_t mutator;
static char *stack_low, *stack_high;

/* Where the mutator's stack has to be scanned from; NULL while it runs. */
static void *_Atomic stopped_at;
static sem_t answer;
static atomic_ulong declined;
static atomic_bool finished;

static void on_suspend(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	char here;
	sigset_t all_but;

	(void)info;
	(void)context;
	/* The second SIGPWR only ends the sigsuspend of the first. */
	if (atomic_load(&stopped_at))
		return;
	if (&here < stack_low || &here >= stack_high) {
		atomic_fetch_add(&declined, 1);
		sem_post(&answer);
		return;
	}
	atomic_store(&stopped_at, (void *)&here);
	sem_post(&answer);
	sigfillset(&all_but);
	sigdelset(&all_but, sig);
	sigsuspend(&all_but);
	atomic_store(&stopped_at, NULL);
	sem_post(&answer);
	errno = saved;
}

static void wait_answer(void)
{
	while (sem_wait(&answer) && errno == EINTR)
		continue;
}

/* Stops the world and starts it again, CYCLES times. */
static void *collect(void *unused)
{
	(void)unused;
	for (int i = 0; i < CYCLES; i++) {
		for (;;) {
			pthread_kill(mutator, SIGPWR);
			wait_answer();
			if (atomic_load(&stopped_at))
				break;
			sched_yield();
		}
		/* Here a collector would scan stopped_at to stack_high. */
		pthread_kill(mutator, SIGPWR);
		wait_answer();
	}
	atomic_store(&finished, true);
	return NULL;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "host: %s: %s\n", what, why);
	exit(2);
}

static void learn_stack(void)
{
	pthread_attr_t attr;
	void *low;
	size_t size;

	mutator = pthread_self();
	if (pthread_getattr_np(mutator, &attr) ||
	    pthread_attr_getstack(&attr, &low, &size))
		die("pthread_getattr_np", "failed");
	pthread_attr_destroy(&attr);
	stack_low = low;
	stack_high = stack_low + size;
}

/* For its crash handler a runtime has an alternate stack, Bun too.  Go uses
   the one it finds; where it finds none it arms its own (before Go 1.21
   while Go code runs only, then until the thread ends). */
static void arm_altstack(void)
{
	stack_t ss = { .ss_size = 64 << 10 };

	ss.ss_sp = malloc(ss.ss_size);
	if (!ss.ss_sp || sigaltstack(&ss, NULL))
		die("sigaltstack", strerror(errno));
}

/* With -v: what the process looks like now. */
static void show(const char *when)
{
	struct sigaction action;
	stack_t ss;

	sigaction(SIGPWR, NULL, &action);
	sigaltstack(NULL, &ss);
	fprintf(stderr, "host: %s: SIGPWR's flags 0x%08x%s, %s\n", when,
		(unsigned int)action.sa_flags,
		action.sa_flags & SA_ONSTACK ? " (SA_ONSTACK)" : "",
		ss.ss_flags & SS_DISABLE ? "no alternate stack" :
					   "an alternate stack is armed");
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t collector;
	int (*add)(int, int);
	bool verbose = false;
	void *library;
	long start;
	int opt;

	while ((opt = getopt(argc, argv, "v")) == 'v')
		verbose = true;
	if (opt != -1 || argc - optind != 1) {
		fputs("usage: host [-v] LIBRARY\n", stderr);
		return 2;
	}
	learn_stack();
	arm_altstack();
	sem_init(&answer, 0, 0);
	sigemptyset(&action.sa_mask);
	action.sa_sigaction = on_suspend;
	sigaction(SIGPWR, &action, NULL);
	if (verbose)
		show("before");

	start = now_ms();
	library = dlopen(argv[optind], RTLD_NOW);
	if (!library)
		die("dlopen", dlerror());
	add = (int (*)(int, int))dlsym(library, "Add");
	if (!add || add(40, 2) != 42)
		die("Add", "not the library that was expected");
	if (verbose)
		show("after ");

	if (pthread_create(&collector, NULL, collect, NULL))
		die("pthread_create", "failed");
	/* The mutator's work, natively and in Go.  While a goroutine's stack
	   is the current one the handler declines with good reason. */
	while (!atomic_load(&finished))
		add(1, 1);
	pthread_join(collector, NULL);
	if (verbose)
		fprintf(stderr, "host: %d cycles, declined %lu times\n",
			CYCLES, atomic_load(&declined));
	printf("alive in %ld ms\n", now_ms() - start);
	return 0;
}
