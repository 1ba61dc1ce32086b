/* What a hunt is to find: by the number of the run, so that who asks knows the
   answer; or what it saw of its terminal.
	victim seldom | deadlock | status | sent | tree | stay | race |
	hope | tty */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifdef __clang__
#define NEVER __attribute__((noinline))
#else
#define NEVER __attribute__((noinline, noclone))
#endif

enum { THREADS = 4, SELDOM = 200 };
static unsigned long run;
static int *volatile nowhere;
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

/* A seeded generator's word of this run: one in SELDOM. */
static int is_its_turn(void)
{
	uint64_t x = run * 0x9e3779b97f4a7c15u;

	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return (x >> 32) % SELDOM == 0;
}

NEVER static void lose_pointer(void)
{
	*nowhere = 1; /* line of lose_pointer */
}

static void *work(void *number)
{
	volatile unsigned long sum = 0;
	int i;

	for (i = 0; i < 1000; i++)
		sum += (unsigned long)i;
	if ((uintptr_t)number == THREADS - 1 && is_its_turn())
		lose_pointer();
	return NULL;
}

static int seldom(void)
{
	pthread_t id[THREADS];
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&id[i], NULL, work, (void *)i);
	for (i = 0; i < THREADS; i++)
		pthread_join(id[i], NULL);
	return 0;
}

static int met;

/* The second lock is asked for when the other thread has its first. */
NEVER static void lock_both(pthread_mutex_t *a, pthread_mutex_t *b)
{
	pthread_mutex_lock(a);
	__atomic_add_fetch(&met, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&met, __ATOMIC_SEQ_CST) < 2)
		;
	pthread_mutex_lock(b);
}

static void *other(void *unused)
{
	lock_both(&second, &first);
	return unused;
}

static int deadlock(void)
{
	pthread_t id;

	pthread_create(&id, NULL, other, NULL);
	lock_both(&first, &second);
	return 0;
}

static int status(void)
{
	printf("run %lu says\nfirst\n<second> & \"third\"\n", run);
	return run % 4 == 1 ? 3 : run % 4 == 2 ? 4 : 0;
}

static int sent(void)
{
	if (run % 2)
		raise(SIGTERM);
	return 0;
}

/* Leaves behind a process of another session, which has a child. */
static int tree(void)
{
	if (fork())
		return 0;
	setsid();
	fork();
	for (;;)
		pause();
}

/* With a child, until it is killed. */
static int stay(void)
{
	puts("ready");
	fflush(stdout);
	fork();
	for (;;)
		pause();
}

/* It is published before it is written: a window of one instruction. */
static volatile int published, written;

static void *publish(void *unused)
{
	published = 1;
	written = 1;
	return unused;
}

NEVER static void consume(void)
{
	while (!published)
		;
	if (!written)
		*nowhere = 1;
}

static int race(void)
{
	pthread_t id;

	pthread_create(&id, NULL, publish, NULL);
	consume();
	pthread_join(id, NULL);
	return 0;
}

static void *late(void *unused)
{
	written = 1;
	return unused;
}

/* Ten milliseconds will do. */
static int hope(void)
{
	pthread_t id;

	pthread_create(&id, NULL, late, NULL);
	usleep(10000);
	if (!written)
		lose_pointer();
	pthread_join(id, NULL);
	return 0;
}

static void say_size(const char *what)
{
	struct winsize size;

	if (ioctl(0, TIOCGWINSZ, &size))
		printf("%s: no terminal\n", what);
	else
		printf("%s: %dx%d\n", what, size.ws_col, size.ws_row);
	fflush(stdout);
}

static int tty(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct termios t = { 0 };
	char line[64];

	sigaction(SIGWINCH, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	tcgetattr(0, &t);
	printf("tty %d%d%d echo %d canonical %d isig %d leader %d fg %d\n",
	       isatty(0), isatty(1), isatty(2), !!(t.c_lflag & ECHO),
	       !!(t.c_lflag & ICANON), !!(t.c_lflag & ISIG),
	       getsid(0) == getpid(), tcgetpgrp(0) == getpgrp());
	say_size("size");
	while (!resized)
		usleep(1000);
	say_size("resized");
	while (!fgets(line, sizeof line, stdin) && errno == EINTR)
		clearerr(stdin);
	line[strcspn(line, "\n")] = 0;
	printf("read %zu: %s\n", strlen(line), line);
	fflush(stdout);
	while (!interrupted)
		usleep(1000);
	puts("interrupted");
	return 5;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*main)(void);
	} all[] = {
		{ "seldom", seldom }, { "deadlock", deadlock },
		{ "status", status }, { "sent", sent }, { "tree", tree },
		{ "stay", stay },
		{ "race", race }, { "hope", hope }, { "tty", tty },
	};
	const char *number = getenv("SIGPACT_RUN");
	size_t i;

	run = number ? strtoul(number, NULL, 10) : 0;
	for (i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (!strcmp(argv[1], all[i].name))
			return all[i].main();
	return 0;
}
