/* The interposed functions where nothing prepared for them: calls from a
   constructor that runs before libsigpact's own, and new threads of every kind,
   which know their native stack.  With SIGPACT=exclude=USR1. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include "tap.h"

enum { STACK_SIZE = 1 << 17 };
extern int early_failed;
static volatile int on_stack;
static __thread char *stack;

static void handler(int sig)
{
	char here;

	(void)sig;
	on_stack = (uintptr_t)&here - (uintptr_t)stack < STACK_SIZE;
}

static int runs_on_stack(int sig)
{
	on_stack = -1;
	raise(sig);
	return on_stack;
}

/* USR1 is excluded by the rule, USR2 is not. */
static void *judge(void *good)
{
	stack_t s = { .ss_size = STACK_SIZE };
	sigset_t none;

	sigemptyset(&none); /* musl starts C11 threads with all blocked */
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	stack = malloc(STACK_SIZE);
	s.ss_sp = stack;
	*(int *)good = !sigaltstack(&s, NULL) && runs_on_stack(SIGUSR1) == 0 &&
		       runs_on_stack(SIGUSR2) == 1;
	s.ss_flags = SS_DISABLE;
	sigaltstack(&s, NULL);
	free(stack);
	return good;
}

static int judge_c11(void *good)
{
	judge(good);
	return 5;
}

int main(void)
{
	struct sigaction a;
	int good = 0, five = 0;
	void *result = NULL;
	pthread_t t;
	thrd_t c11;

	ok(!early_failed, "calls from a constructor: %#x failed",
	   (unsigned)early_failed);
	memset(&a, 0, sizeof a);
	a.sa_handler = handler;
	a.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &a, NULL);
	judge(&good);
	ok(good, "the first thread: excluded by the rule");
	good = 0;
	ok(!pthread_create(&t, NULL, judge, &good) &&
	       !pthread_join(t, &result) && good && result == &good,
	   "one of pthread_create");
	good = 0;
	ok(thrd_create(&c11, judge_c11, &good) == thrd_success &&
	       thrd_join(c11, &five) == thrd_success && good && five == 5,
	   "one of thrd_create");
	return done();
}
