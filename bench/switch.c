/* What a switch between contexts costs, over boost's and swapcontext, and a tick
   that parks a domain, over a handler that does nothing. */
#include "bench.h"
#include "core.h"
#include "sys.h"

#include <sched.h>
#include <signal.h>
#include <sigpact.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { QUADS = 200, TURNS = 1700, TICKS = 200, STACK = 65536 };

/* A ring: each goes on with the next, as a scheduler's do.  Between two alone the
   MXCSR that is loaded was stored just before, which some CPUs wait 30 ns for. */
enum { RING = 16 };

/* not all at one place of the cache */
static char stacks[3][RING][STACK + 320] __attribute__((aligned(64)));

static struct sigpact_context contexts[RING + 1], pair_of[2];

static void next(void *self)
{
	struct sigpact_context *me = self;

	for (;;)
		sigpact_context_switch(me, me + 1);
}

static void bounce(void *unused)
{
	for (;;)
		sigpact_context_switch(&pair_of[1], &pair_of[0]);
}

static uint64_t block_ours(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += RING + 1)
		sigpact_context_switch(&contexts[RING], &contexts[0]);
	return bench_thread_ns() - start;
}

static uint64_t block_two(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += 2)
		sigpact_context_switch(&pair_of[0], &pair_of[1]);
	return bench_thread_ns() - start;
}

static ucontext_t uc[RING + 1];

static void uc_next(int k)
{
	for (;;)
		swapcontext(&uc[k], &uc[k + 1]);
}

static uint64_t block_uc(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += RING + 1)
		swapcontext(&uc[RING], &uc[0]);
	return bench_thread_ns() - start;
}

#ifdef HAVE_BOOST
struct transfer {
	void *from, *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *top, size_t size, void (*)(struct transfer));

static void *boost[RING + 1], *boost_two;

/* Its contexts are handed over as they are left: each stores the one before. */
static void boost_next(struct transfer t)
{
	static int started;
	int k = started++;

	for (;;) {
		boost[k ? k - 1 : RING] = t.from;
		t = jump_fcontext(boost[k + 1], NULL);
	}
}

static void boost_bounce(struct transfer t)
{
	for (;;)
		t = jump_fcontext(t.from, NULL);
}

static uint64_t block_boost(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += RING + 1)
		boost[RING - 1] = jump_fcontext(boost[0], NULL).from;
	return bench_thread_ns() - start;
}

static uint64_t block_boost_two(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += 2)
		boost_two = jump_fcontext(boost_two, NULL).from;
	return bench_thread_ns() - start;
}
#endif

static uint64_t block(const void *way)
{
	uint64_t (*run)(unsigned);

	memcpy(&run, way, sizeof run);
	run(TURNS / 10);
	return run(TURNS);
}

static void pair(const char *name, enum bench_aim how, double aim,
		 uint64_t (*a)(unsigned), uint64_t (*b)(unsigned))
{
	struct bench_figure f = {
		.name = name, .how = how, .aim = aim, .quads = QUADS,
		.of = TURNS, .block = block, .a = &a, .b = &b,
	};

	bench_figure(&f);
}

/* Ticks. */
static struct sigpact_domain *domain;
static volatile unsigned long ran, parks;
static long pid, tid;

static void bare(int sig, siginfo_t *info, void *uc)
{
	ran++;
}

static void ticks(int sig, siginfo_t *info, void *uc)
{
	ran++;
	parks += (unsigned long)sigpact_domain_tick(uc);
}

static void raises(void *unused)
{
	unsigned i;

	for (i = 0; i < TICKS; i++)
		sigpact__sys3(SYS_tgkill, pid, tid, SIGUSR1);
}

static uint64_t block_tick(const void *way)
{
	struct sigaction a = { .sa_flags = SA_SIGINFO };
	int ticking = *(const int *)way, r;
	uint64_t start;

	a.sa_sigaction = ticking ? ticks : bare;
	sigaction(SIGUSR1, &a, NULL);
	ran = parks = 0;
	start = bench_thread_ns();
	r = sigpact_domain_call(domain, raises, NULL, NULL);
	while (r == SIGPACT_PARKED)
		r = sigpact_domain_resume(domain, NULL);
	start = bench_thread_ns() - start;
	if (r || ran != TICKS || parks != (ticking ? TICKS : 0))
		bench_bail("ticks were lost");
	return start;
}

/* By a timer, as ticks come: how long the same work takes. */
static timer_t timer;

static void works(void *unused)
{
	volatile unsigned long i;

	for (i = 0; i < 3000000; i++)
		continue;
}

static uint64_t block_timer(const void *way)
{
	struct itimerspec every = { { 0, 100000 }, { 0, 100000 } };
	struct sigaction a = { .sa_flags = SA_SIGINFO };
	int ticking = *(const int *)way, r;
	uint64_t start;

	a.sa_sigaction = ticking ? ticks : bare;
	sigaction(SIGUSR1, &a, NULL);
	timer_settime(timer, 0, &every, NULL);
	start = bench_thread_ns();
	r = sigpact_domain_call(domain, works, NULL, NULL);
	while (r == SIGPACT_PARKED)
		r = sigpact_domain_resume(domain, NULL);
	start = bench_thread_ns() - start;
	memset(&every, 0, sizeof every);
	timer_settime(timer, 0, &every, NULL);
	return start;
}

static void tick_figures(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGUSR1 };
	static const int no, yes = 1;
	struct bench_figure f = {
		.name = "g tick that switches / bare handler", .aim = 1.05,
		.how = AIM_AT_MOST, .quads = QUADS, .of = TICKS,
		.block = block_tick, .a = &no, .b = &yes,
	};

	sigset_t mask;

	pid = sigpact__sys0(SYS_getpid);
	tid = sigpact__sys0(SYS_gettid);
	event._sigev_un._tid = (pid_t)tid;
	if (sigpact_domain_create(0, 0, &domain) ||
	    timer_create(CLOCK_MONOTONIC, &event, &timer))
		bench_bail("no domain or timer");
	bench_figure(&f);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpact_domain_mask_set(domain, &mask);
	f.name = "g   with sigpact_domain_mask_set";
	bench_figure(&f);
	f.name = "g   work under 100 us ticks / bare handler";
	f.block = block_timer;
	f.quads = QUADS / 10;
	f.of = 1;
	bench_figure(&f);
}

static void contexts_make(void)
{
	int k;

	for (k = 0; k < RING; k++) {
		sigpact_context_make(&contexts[k], stacks[0][k], STACK, next,
				     &contexts[k]);
		getcontext(&uc[k]);
		uc[k].uc_stack.ss_sp = stacks[1][k];
		uc[k].uc_stack.ss_size = STACK;
		makecontext(&uc[k], (void (*)(void))uc_next, 1, k);
#ifdef HAVE_BOOST
		boost[k] = make_fcontext(stacks[2][k] + STACK, STACK,
					 boost_next);
#endif
	}
}

int main(void)
{
	static char two[2][STACK] __attribute__((aligned(64)));

	bench_pin(sched_getcpu());
	contexts_make();
	sigpact_context_make(&pair_of[1], two[0], STACK, bounce, NULL);
#ifdef HAVE_BOOST
	boost_two = make_fcontext(two[1] + STACK, STACK, boost_bounce);
	pair("g switch / boost's jump_fcontext, 16 contexts", AIM_AT_MOST, 1.0,
	     block_boost, block_ours);
	pair("g   two contexts", AIM_AT_MOST, 1.0, block_boost_two, block_two);
#endif
	pair("g swapcontext / switch, 16 contexts", AIM_AT_LEAST, 30, block_uc,
	     block_ours);
	tick_figures();
	return 0;
}
