/* Crashes, each in a function and on a line of its own: the line says so.  Its
   tests look the line up by the name of the case. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __clang__
#define NEVER __attribute__((noinline))
#else
#define NEVER __attribute__((noinline, noclone))
#endif

static volatile int zero;
static int *volatile nowhere;
static void (*volatile no_function)(void);

NEVER static void null_write(void)
{
	*nowhere = 1; /* line of null */
}

NEVER static int recurse(volatile char *above)
{
	volatile char here[128];

	here[0] = *above; /* line of recurse */
	if (zero)
		return 0;
	return recurse(here) + here[0]; /* line of recurse */
}

NEVER static void overflow(void)
{
	volatile char top = 0;

	zero += recurse(&top);
}

static void *thread(void *arg)
{
	overflow();
	return arg;
}

static void on_thread(size_t size)
{
	pthread_attr_t attr;
	pthread_t id;

	pthread_attr_init(&attr);
	if (size)
		pthread_attr_setstacksize(&attr, size);
	if (!pthread_create(&id, &attr, thread, NULL))
		pthread_join(id, NULL);
}

static void on_signal(int sig)
{
	(void)sig;
	overflow();
}

static void write_on_signal(int sig)
{
	(void)sig;
	null_write();
}

/* As some runtimes have it: less than this CPU's frame may be. */
static void too_small(void)
{
	static char small[2048];
	struct sigaction action = { .sa_handler = write_on_signal,
				    .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_sp = small, .ss_size = sizeof small };

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1); /* line of too-small */
}

static sigjmp_buf back;

static void leave(int sig)
{
	siglongjmp(back, sig);
}

/* A fault that the program means to have: no crash. */
static void recovered(void)
{
	signal(SIGSEGV, leave);
	if (!sigsetjmp(back, 1))
		null_write();
}

/* Such a fault is not why it ends later. */
static void recovered_aborts(void)
{
	recovered();
	abort(); /* line of abort */
}

/* 64 KiB, and a guard below. */
static void on_alternate(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_ONSTACK };
	char *all = mmap(NULL, 69632, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	stack_t stack = { .ss_sp = all + 4096, .ss_size = 65536 };

	mprotect(all + 4096, 65536, PROT_READ | PROT_WRITE);
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1); /* line of raise */
}

NEVER static void jump(void)
{
	no_function(); /* line of jump */
	zero++;
}

NEVER static void heap(void)
{
	void *(*volatile fill)(void *, int, size_t) = memset;
	char *block = malloc(40), *other = malloc(40);

	fill(block, 'x', 80);
	free(other); /* line of heap */
	free(block);
}

NEVER static int divide(void)
{
	return 100 / zero; /* line of divide */
}

NEVER static void past_end(void)
{
	char name[] = "/tmp/sigpact-report-XXXXXX";
	int file = mkstemp(name);
	volatile char *map;

	if (ftruncate(file, 100))
		_exit(99);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	unlink(name);
	map[5000] = 1; /* line of past-end */
}

NEVER static void smash(size_t size, int with)
{
	char here[32];
	void *(*volatile fill)(void *, int, size_t) = memset;

	fill(here, with, size);
} /* line of smash */

NEVER static void illegal(void)
{
	__builtin_trap(); /* line of illegal */
}

NEVER static void breakpoint(void)
{
	__asm__ volatile("int3"); /* line of trap */
}

static void again(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
}

/* A handler that ends the process by the same signal, sent by itself. */
static void reraised(void)
{
	signal(SIGSEGV, again);
	null_write();
}

/* A handler without a stack to run on. */
static void handled_overflow(void)
{
	signal(SIGSEGV, again);
	overflow();
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

#ifdef __GLIBC__
static void coroutine(void)
{
	static ucontext_t here, there;
	char *all = mmap(NULL, 69632, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	mprotect(all + 4096, 65536, PROT_READ | PROT_WRITE);
	getcontext(&there);
	there.uc_stack.ss_sp = all + 4096;
	there.uc_stack.ss_size = 65536;
	there.uc_link = &here;
	makecontext(&there, overflow, 0);
	swapcontext(&here, &there);
}
#else
static void coroutine(void)
{
}
#endif

/* Nothing but read, write, exit and sigreturn is allowed. */
static void filtered(void)
{
	if (prctl(PR_SET_SECCOMP, 1))
		_exit(99);
	null_write();
}

static pthread_barrier_t together;

static void *crasher(void *arg)
{
	pthread_barrier_wait(&together);
	null_write();
	return arg;
}

static void several(void)
{
	pthread_t id[8];
	int i;

	pthread_barrier_init(&together, NULL, 8);
	for (i = 0; i < 8; i++)
		pthread_create(&id[i], NULL, crasher, NULL);
	for (i = 0; i < 8; i++)
		pthread_join(id[i], NULL);
}

/* It may not be reported, nor end otherwise for it. */
static void child_of_many(void)
{
	int status;
	pid_t child = fork();

	if (!child)
		null_write();
	if (waitpid(-1, &status, 0) != child || !WIFSIGNALED(status) ||
	    waitpid(-1, &status, __WALL) != -1)
		_exit(97);
}

/* A crash while another thread waits for any child. */
static void *waits(void *arg)
{
	int status;

	pthread_barrier_wait(&together);
	while (waitpid(-1, &status, 0) < 0)
		sched_yield();
	_exit(96); /* there is none of ours */
	return arg;
}

static void waited(void)
{
	pthread_t id;

	pthread_barrier_init(&together, NULL, 2);
	pthread_create(&id, NULL, waits, NULL);
	pthread_barrier_wait(&together);
	null_write();
}

/* Neither is there memory, nor may anything be opened. */
static void poor(void)
{
	struct rlimit none = { 0, RLIM_INFINITY };

	setrlimit(RLIMIT_AS, &none);
	none.rlim_max = 4096;
	setrlimit(RLIMIT_NOFILE, &none);
	null_write();
}

static void once(int sig)
{
	(void)sig;
}

/* Reset by the kernel, and raised again by the return. */
static void reset(void)
{
	struct sigaction action = { .sa_handler = once,
				    .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGSEGV, &action, NULL);
	null_write();
}

/* As bare: the kernel ends it, and no handler can tell why. */
static void dies_in_it(int sig)
{
	(void)sig;
	null_write();
}

static void in_its_handler(void)
{
	signal(SIGSEGV, dies_in_it);
	null_write();
}

static void aborts_in_it(int sig)
{
	(void)sig;
	abort();
}

static void aborted(void)
{
	signal(SIGSEGV, aborts_in_it);
	null_write();
}

/* What is sent is ignored; then a crash shows that it lived. */
static void ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	kill(getpid(), SIGSEGV);
	signal(SIGSEGV, SIG_DFL);
	null_write();
}

/* With SA_ONSTACK, and without any alternate stack: the native one it is. */
static volatile char *here_on_native;
static volatile int far;

static void tells_stack(int sig)
{
	volatile char here;
	stack_t now;

	(void)sig;
	far = here_on_native - &here > 65536 || here_on_native < &here;
	if (sigaltstack(NULL, &now) || now.ss_flags != SS_DISABLE)
		far = 1;
}

static void on_native(void)
{
	struct sigaction action = { .sa_handler = tells_stack,
				    .sa_flags = SA_ONSTACK };
	volatile char here;

	here_on_native = &here;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	if (far)
		_exit(95);
	null_write();
}

/* Below the stack of a thread that does nothing. */
static void *volatile of_another;

static void *shows_stack(void *arg)
{
	pthread_attr_t attr;
	size_t size;
	void *low;

	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &low, &size);
	of_another = (char *)low - 8;
	pthread_barrier_wait(&together);
	return sleeper(arg);
}

NEVER static void guard(void)
{
	pthread_t id;

	pthread_barrier_init(&together, NULL, 2);
	pthread_create(&id, NULL, shows_stack, NULL);
	pthread_barrier_wait(&together);
	*(volatile int *)of_another = 1; /* line of guard */
}

static inline __attribute__((always_inline)) void innermost(void)
{
	*nowhere = 1; /* line of innermost */
}

static inline __attribute__((always_inline)) void middle(void)
{
	if (!zero)
		innermost(); /* line of middle */
}

NEVER static void inlines(void)
{
	middle(); /* line of inlines */
	zero++;
}

NEVER static void wait_here(void)
{
	for (;;)
		pause(); /* line of wait */
}

static void threads(void)
{
	pthread_t id;
	int i;

	for (i = 0; i < 3; i++)
		pthread_create(&id, NULL, sleeper, NULL);
	puts("ready");
	fflush(stdout);
	wait_here();
}

NEVER static int deep(int n)
{
	if (n <= 0)
		null_write();
	if (n < 0)
		return 0;
	return deep(n - 1) + zero; /* line of deep */
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "null"))
		null_write();
	else if (!strcmp(what, "overflow"))
		overflow();
	else if (!strcmp(what, "thread"))
		on_thread(argc > 2 ? strtoul(argv[2], NULL, 10) : 0);
	else if (!strcmp(what, "alternate"))
		on_alternate(on_signal);
	else if (!strcmp(what, "handler"))
		on_alternate(write_on_signal);
	else if (!strcmp(what, "too-small"))
		too_small();
	else if (!strcmp(what, "recovered"))
		recovered();
	else if (!strcmp(what, "recovered-aborts"))
		recovered_aborts();
	else if (!strcmp(what, "jump"))
		jump();
	else if (!strcmp(what, "heap"))
		heap();
	else if (!strcmp(what, "divide"))
		zero = divide();
	else if (!strcmp(what, "past-end"))
		past_end();
	else if (!strcmp(what, "smash"))
		smash(64, 'A');
	else if (!strcmp(what, "illegal"))
		illegal();
	else if (!strcmp(what, "trap"))
		breakpoint();
	else if (!strcmp(what, "reraised"))
		reraised();
	else if (!strcmp(what, "handled-overflow"))
		handled_overflow();
	else if (!strcmp(what, "threads"))
		threads();
	else if (!strcmp(what, "coroutine"))
		coroutine();
	else if (!strcmp(what, "filtered"))
		filtered();
	else if (!strcmp(what, "several"))
		several();
	else if (!strcmp(what, "guard"))
		guard();
	else if (!strcmp(what, "inlined"))
		inlines();
	else if (!strcmp(what, "child"))
		child_of_many();
	else if (!strcmp(what, "waited"))
		waited();
	else if (!strcmp(what, "poor"))
		poor();
	else if (!strcmp(what, "reset"))
		reset();
	else if (!strcmp(what, "in-its-handler"))
		in_its_handler();
	else if (!strcmp(what, "aborted"))
		aborted();
	else if (!strcmp(what, "ignored"))
		ignored();
	else if (!strcmp(what, "on-native"))
		on_native();
	else if (!strcmp(what, "deep"))
		zero = deep(argc > 2 ? atoi(argv[2]) : 48);
	else if (!strcmp(what, "exit"))
		return 7;
	else
		return 98;
	return 0;
}
