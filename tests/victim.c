/* A process that checks itself while others look at it: threads whose sums must
   come out, whose system calls must not fail, who count the signals they get.
   Works until its standard input ends, then says what went wrong.
	victim THREADS [storm]
   storm: many signals, to a thread that is in a handler most of the time as
   well, whose alternate stacks may be replaced. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ALTSTACK = 16384, KINDS = 6 };

struct worker {
	pthread_t thread;
	struct worker *peer;
	int index, fds[2];
	volatile pid_t tid;
	uint64_t sent;
	volatile uint64_t got;
	uint64_t work, errors;
	int error; /* the first */
	int ended; /* a reader, by its writer */
	char *alt;
};

static volatile int done;
static int signal_number, storm;
static __thread struct worker *self;

static void handler(int sig, siginfo_t *info, void *context)
{
	volatile uint64_t frame[64];
	char *here = (char *)frame;
	uint64_t i;

	(void)context;
	for (i = 0; i < 64; i++)
		frame[i] = i ^ (uintptr_t)self;
	if (info->si_signo != sig ||
	    (!storm && (here < self->alt || here >= self->alt + ALTSTACK)))
		self->errors++;
	for (i = 0; i < 64; i++)
		self->errors += frame[i] != (i ^ (uintptr_t)self);
	self->got++;
}

static void check(struct worker *w, int good)
{
	if (good)
		return;
	if (!w->errors++)
		w->error = errno;
}

/* By integers, and by floating point that must be exact. */
static void sum(struct worker *w)
{
	uint64_t a = w->index, b = ~a, i;
	double x = 0, y = 1;

	for (i = 1; i <= 2000; i++) {
		a = a * 6364136223846793005ull + i;
		b = ~(~b * 6364136223846793005ull + i);
		x += 1;
		y += 2;
	}
	check(w, a == ~b && y == 2 * x + 1 && x == 2000);
	w->work++;
}

static void write_one(struct worker *w)
{
	struct timespec t = { 0, storm ? 1000000 : 20000000 };
	int i;

	check(w, write(w->fds[1], &w->work, 8) == 8);
	for (i = 0; w->peer->tid && i < (storm ? 20 : 1); i++)
		w->sent += !syscall(SYS_tgkill, getpid(), w->peer->tid,
				    signal_number);
	check(w, !nanosleep(&t, NULL));
}

static void read_one(struct worker *w)
{
	uint64_t number = 0;
	long size = read(w->peer->fds[0], &number, 8);

	check(w, size == 0 || (size == 8 && number == w->work + 1));
	w->ended = size == 0;
}

/* Hardly ever out of its handlers; the second has no SA_ONSTACK. */
static void raise_many(struct worker *w)
{
	int i;

	for (i = 0; i < 200; i++)
		w->sent += !raise(signal_number + i % 2);
}

static void sleep_one(struct worker *w)
{
	struct timespec t = { 0, 30000000 };

	if (storm && w->index == 2) {
		raise_many(w);
		return;
	}
	check(w, !nanosleep(&t, NULL));
}

static void epoll_one(struct worker *w)
{
	struct epoll_event e;

	check(w, epoll_wait(w->fds[0], &e, 1, 30) == 0);
}

static void futex_one(struct worker *w)
{
	struct timespec t = { 0, 30000000 };
	uint32_t word = 0;

	check(w, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t) == -1 &&
		     errno == ETIMEDOUT);
}

static void poll_one(struct worker *w)
{
	struct timespec t = { 0, 15000000 };
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR2);
	check(w, poll(NULL, 0, 15) == 0);
	check(w, sigtimedwait(&one, NULL, &t) == -1 && errno == EAGAIN);
}

static void (*const kinds[KINDS])(struct worker *) = {
	write_one, read_one, sleep_one, epoll_one, futex_one, poll_one,
};

static void *work(void *argument)
{
	struct worker *w = argument;
	stack_t ss = { .ss_sp = w->alt, .ss_size = ALTSTACK };
	int kind = w->index % KINDS;

	self = w;
	sigaltstack(&ss, NULL);
	w->tid = syscall(SYS_gettid);
	while (kind == 1 ? !w->ended : !done) {
		if (kind != 1)
			sum(w);
		kinds[kind](w);
		if (kind == 1 && !w->ended)
			sum(w);
	}
	if (!kind)
		close(w->fds[1]);
	return NULL;
}

static void start(struct worker *w)
{
	pthread_attr_t a;
	int kind = w->index % KINDS;

	w->alt = mmap(NULL, ALTSTACK, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (kind < 2)
		w->peer = kind ? w - 1 : w + 1;
	if (!kind && pipe(w->fds))
		exit(2);
	if (kind == 3)
		w->fds[0] = epoll_create1(0);
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 131072);
	if (w->alt == MAP_FAILED || pthread_create(&w->thread, &a, work, w))
		exit(2);
}

static int some_idle(const struct worker *all, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!__atomic_load_n(&all[i].work, __ATOMIC_RELAXED) &&
		    !__atomic_load_n(&all[i].errors, __ATOMIC_RELAXED))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction a = { .sa_flags = SA_SIGINFO | SA_RESTART |
					   SA_ONSTACK };
	int i, count = argc > 1 ? atoi(argv[1]) / KINDS * KINDS : KINDS;
	uint64_t work = 0, sent = 0, got = 0, errors = 0, idle = 0;
	struct worker *all = calloc(count, sizeof *all), *w;
	char c;

	storm = argc > 2;
	signal_number = SIGRTMIN + 3;
	a.sa_sigaction = handler;
	sigaction(signal_number, &a, NULL);
	if (storm) {
		a.sa_flags &= ~SA_ONSTACK;
		sigaction(signal_number + 1, &a, NULL);
	}
	for (i = 0; i < count; i++) {
		all[i].index = i;
		start(all + i);
	}
	for (i = 0; i < count; i++) /* each has armed its stack */
		while (!all[i].tid)
			usleep(100);
	printf("%d\n", count + 1);
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	/* each its turn, on a machine that has others to serve */
	for (i = 0; i < 20000 && some_idle(all, count); i++)
		usleep(1000);
	done = 1;
	for (w = all; w < all + count; w++) {
		pthread_join(w->thread, NULL);
		work += w->work;
		sent += w->sent;
		got += w->got;
		errors += w->errors;
		idle += !w->work;
		if (w->errors)
			printf("kind %d: %s\n", w->index % KINDS,
			       strerror(w->error));
	}
	printf("%ju sums, %ju signals of %ju, %ju idle, %ju errors\n",
	       (uintmax_t)work, (uintmax_t)got, (uintmax_t)sent,
	       (uintmax_t)idle, (uintmax_t)errors);
	free(all);
	return errors || idle || got != sent;
}
