/* A process whose threads hold values in all registers while signals arrive on
   alternate stacks without pages.  Writing the frame then faults, and a thread
   that is switched away from just there needs its registers loaded again before
   the second attempt.  Three things make that happen: a waker on the same CPU,
   with other values; a thread on another CPU that keeps the lock which a fault
   waits for; and frames placed so that their register area is what faults.
   Normal context; handler: in handlers. */
#include "stress.h"
#include "sys.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
	STACK = 128 * 1024, PAGE = 4096,
	SIGNAL_NS = 100000,
	SPINS = 1 << 22,	/* a turn ends with a signal, or after these */
	TURNS_A_PLACE = 32,	/* before the stack is armed elsewhere */
};

struct worker {
	struct sigpact__vector in[2], out;
	struct sigpact__vector_area area; /* of the last frame */
	uintptr_t top;			/* the stack's, then */
	char *stack;
	size_t shift;
	uint64_t random;
	volatile uint32_t arrived;
	uint32_t process, number, places;
	unsigned levels;
	struct sigpact__stress *shared;
	void (*hook)(void *);
	pthread_t thread;
};
static struct worker workers[STRESS_WORKERS + 1]; /* the last is the waker */
static cpu_set_t cpus, besides;

double sigpact__stress_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int stopped(const struct worker *w)
{
	return __atomic_load_n(&w->shared->stop, __ATOMIC_RELAXED) != 0;
}

static void fail(struct worker *w, const char *what, int error)
{
	if (!__atomic_exchange_n(&w->shared->failed, 1, __ATOMIC_SEQ_CST)) {
		w->shared->failed_at = what;
		w->shared->error = error;
	}
	_exit(0);
}

static uint64_t rnd(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

static void handler(int sig, siginfo_t *info, void *ucontext)
{
	struct worker *w = info->si_value.sival_ptr;

	(void)sig;
	sigpact__vector_area(ucontext, &w->area);
	if (w->hook)
		w->hook(ucontext);
	w->arrived = 1;
}

static void arm(struct worker *w)
{
	stack_t s = { .ss_sp = w->stack, .ss_size = STACK - w->shift };

	if (sigaltstack(&s, NULL))
		fail(w, "sigaltstack", errno);
	w->top = (uintptr_t)w->stack + s.ss_size;
	w->area.at = 0;
}

/* A page begins where the kernel writes first, and every other time anywhere in
   the register area.  From the first frame on, which tells where that is. */
static void arm_elsewhere(struct worker *w)
{
	size_t edge = w->area.edge, from_top = w->top - w->area.at;

	if (w->places++ & 1)
		edge = rnd(w) % w->area.size & ~63ul;
	w->shift = (edge - from_top) % PAGE & ~63ul;
	arm(w);
}

/* The kernel's struct sigevent, which libcs name in their own ways. */
struct event {
	void *value;
	int sig, notify, tid, pad[11];
};

static void start_timer(struct worker *w)
{
	struct event e = { .value = w, .sig = SIGUSR1,
			   .notify = 4 /* SIGEV_THREAD_ID */,
			   .tid = (int)sigpact__sys0(SYS_gettid) };
	/* not in step with the others */
	long ns = SIGNAL_NS + (long)(w->process * 7 + w->number) * 997 % 10000;
	struct itimerspec t = { { 0, ns }, { 0, ns } };
	int id;
	long error = sigpact__sys3(SYS_timer_create, CLOCK_MONOTONIC, (long)&e,
				   (long)&id);

	if (!error)
		error = sigpact__sys4(SYS_timer_settime, id, 0, (long)&t, 0);
	if (error)
		fail(w, "timer_create", (int)-error);
}

static void report(struct worker *w, uint32_t turn)
{
	struct sigpact__stress *s = w->shared;

	if (__atomic_exchange_n(&s->found, 1, __ATOMIC_SEQ_CST))
		return;
	sigpact__vector_differ(w->in + turn, &w->out, w->levels, s->what,
			       sizeof s->what);
	s->process = w->process;
	s->turn = sigpact__stress_seed(w->process, w->number, turn);
	s->out = w->out;
	s->found_at = sigpact__stress_now();
	__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
}

static void prepare(struct worker *w, const cpu_set_t *where)
{
	uint32_t turn;

	for (turn = 0; turn < 2; turn++)
		sigpact__vector_fill(w->in + turn,
				     sigpact__stress_seed(w->process, w->number,
							  turn));
	w->levels = w->shared->levels = sigpact__vector_levels();
	w->random = (w->process * 8 + w->number + 1) * 0x9e3779b97f4a7c15u;
	sched_setaffinity(0, sizeof *where, where);
	prctl(PR_SET_TIMERSLACK, 1);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	uint64_t *signals = &w->shared->signals[w->process][w->number];
	uint32_t turn = 0, n;
	char what[STRESS_TEXT];

	prepare(w, &cpus);
	arm(w);
	start_timer(w);
	for (n = 1; !stopped(w); n++, turn ^= 1) {
		w->arrived = 0;
		/* a signal between this and the hold ends the turn at once */
		if (madvise(w->stack, STACK, MADV_DONTNEED))
			fail(w, "madvise", errno);
		memset(&w->out, 0, sizeof w->out);
		sigpact__vector_hold(w->in + turn, &w->out, w->levels,
				     &w->arrived, SPINS);
		if (sigpact__vector_differ(w->in + turn, &w->out, w->levels,
					   what, sizeof what))
			report(w, turn);
		*signals += w->arrived;
		if (w->area.at && (!w->places || !(n % TURNS_A_PLACE)))
			arm_elsewhere(w);
	}
	return NULL;
}

/* Runs ahead of the workers whenever it wakes, and leaves other values in the
   registers. */
static void *wake(void *argument)
{
	struct worker *w = argument;
	static const uint32_t at_once = 1;
	struct timespec t = { 0, 0 };

	prepare(w, &cpus);
	while (!stopped(w)) {
		sigpact__vector_hold(w->in, &w->out, w->levels, &at_once, 1);
		t.tv_nsec = 5000 + (long)(rnd(w) % 60000);
		nanosleep(&t, NULL);
	}
	return NULL;
}

/* Writers of the mapping: a fault sleeps until they are done, even in a kernel
   that never preempts itself. */
static void get_in_the_way(struct worker *w)
{
	struct timespec t = { 0, 20000 };
	int i;

	sched_setaffinity(0, sizeof besides, &besides);
	prctl(PR_SET_TIMERSLACK, 1);
	while (!stopped(w)) {
		for (i = 0; i < 16; i++)
			madvise(workers[i % STRESS_WORKERS].stack, STACK,
				i & STRESS_WORKERS ? MADV_DOFORK
						   : MADV_DONTFORK);
		nanosleep(&t, NULL);
	}
}

static void start(struct worker *w, void *(*run)(void *))
{
	int e = pthread_create(&w->thread, NULL, run, w);

	if (e)
		fail(w, "pthread_create", e);
}

void sigpact__stress_run(struct sigpact__stress *shared, uint32_t process,
			 int cpu, int beside, void (*hook)(void *))
{
	struct worker *w;
	uint32_t i;

	CPU_SET(cpu, &cpus);
	CPU_SET(beside, &besides);
	for (i = 0; i <= STRESS_WORKERS; i++) {
		w = workers + i;
		w->shared = shared;
		w->process = process;
		w->number = i;
		w->hook = hook;
		w->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (w->stack == MAP_FAILED)
			fail(w, "mmap", errno);
	}
	sigpact__probe_install(SIGUSR1, handler, SA_ONSTACK | SA_RESTART);
	for (i = 0; i < STRESS_WORKERS; i++)
		start(workers + i, work);
	start(workers + STRESS_WORKERS, wake);
	get_in_the_way(workers);
	for (i = 0; i <= STRESS_WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	_exit(0);
}
