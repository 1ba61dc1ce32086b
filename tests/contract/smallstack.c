/* Arms an alternate stack that may be too small, delivers one signal inside
   another on it, and looks at the memory around it.

	smallstack SIZE WORK [thread|two|exit]

	SIZE	bytes of the alternate stack
	WORK	bytes of stack that each handler uses
	thread	the same in eight threads at once
	two	SS_AUTODISARM; the first handler arms a second stack
	exit	SS_AUTODISARM; the handler ends its thread

   Exit status: 0 sound, 1 the memory around was written to, 2 usage, 3 its
   own values are not what sigaltstack(2) answers. */
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { AREA = 1 << 18, BELOW = 1 << 17, CANARY = 0x5a, THREADS = 8 };
#define AUTODISARM (1u << 31)

struct stack {
	char *area;
	stack_t armed;
};

static size_t size, work;
static int two, leaves;
static volatile int handled;
static __thread struct stack first, second;

static void die(int status, const char *what)
{
	/* not by stdio: it may run on the stack in question */
	if (write(2, what, strlen(what)) < 0 || write(2, "\n", 1) < 0)
		_exit(4);
	_exit(status);
}

static void expect(const stack_t *own, unsigned flags)
{
	stack_t now;

	if (sigaltstack(NULL, &now) || now.ss_sp != own->ss_sp ||
	    now.ss_size != own->ss_size || (unsigned)now.ss_flags != flags)
		die(3, "sigaltstack does not answer what was set");
}

static void make(struct stack *s, unsigned flags)
{
	s->area = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->area == MAP_FAILED)
		die(2, "mmap");
	memset(s->area, CANARY, AREA);
	s->armed.ss_sp = s->area + BELOW;
	s->armed.ss_size = size;
	s->armed.ss_flags = (int)flags;
}

static void arm(const struct stack *s)
{
	if (sigaltstack(&s->armed, NULL))
		die(2, "sigaltstack");
	expect(&s->armed, (unsigned)s->armed.ss_flags);
}

static int intact(const struct stack *s)
{
	size_t i;

	for (i = 0; i < AREA; i++)
		if (s->area[i] != CANARY && (i < BELOW || i >= BELOW + size))
			return 0;
	return 1;
}

static __attribute__((noinline)) void use_stack(int sig)
{
	volatile char *p = alloca(work);
	size_t i;

	for (i = 0; i < work; i++)
		p[i] = (char)sig;
	if (sig == SIGUSR1)
		raise(SIGUSR2);
	for (i = 0; i < work; i++)
		if (p[i] != (char)sig)
			die(1, "a handler's own stack was written to");
}

static void handler(int sig)
{
	if (leaves) {
		handled++;
		pthread_exit(NULL);
	}
	if (!two)
		expect(&first.armed, SS_ONSTACK);
	else if (sig == SIGUSR1)
		arm(&second);
	use_stack(sig);
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
}

static void *check(void *unused)
{
	make(&first, two || leaves ? AUTODISARM : 0);
	make(&second, 0);
	arm(&first);
	raise(SIGUSR1);
	expect(&first.armed, (unsigned)first.armed.ss_flags);
	if (!intact(&first) || !intact(&second))
		die(1, "the memory around the stack was written to");
	return unused;
}

/* Loads what an exit needs. */
static void *exits(void *unused)
{
	pthread_exit(unused);
}

static void *checks_and_leaves(void *unused)
{
	check(unused);
	die(2, "the handler returned");
	return unused;
}

static int leave(void)
{
	void *(*const runs[])(void *) = { exits, checks_and_leaves };
	pthread_t t;
	int i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&t, NULL, runs[i], NULL) ||
		    pthread_join(t, NULL))
			die(2, "pthread_create");
	return handled == 1 ? 0 : 2;
}

int main(int argc, char **argv)
{
	int threads = argc > 3 && !strcmp(argv[3], "thread") ? THREADS : 0, i;
	pthread_t t[THREADS];
	struct sigaction a;

	if (argc < 3)
		return 2;
	size = strtoul(argv[1], NULL, 0);
	work = strtoul(argv[2], NULL, 0);
	two = argc > 3 && !strcmp(argv[3], "two");
	leaves = argc > 3 && !strcmp(argv[3], "exit");
	memset(&a, 0, sizeof a);
	a.sa_handler = handler;
	a.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &a, NULL);
	if (leaves)
		return leave();
	for (i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, check, NULL))
			die(2, "pthread_create");
	for (i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	if (!threads)
		check(NULL);
	return handled == 2 * (threads ? threads : 1) ? 0 : 2;
}
