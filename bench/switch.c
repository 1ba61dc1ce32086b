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

enum { QUADS = 200, TURNS = 2000, TICKS = 200, STACK = 65536 };

static char stacks[3][STACK] __attribute__((aligned(64)));

static struct sigpact_context here, there;

static void bounce(void *unused)
{
	for (;;)
		sigpact_context_switch(&there, &here);
}

/* There and back is two. */
static uint64_t block_ours(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += 2)
		sigpact_context_switch(&here, &there);
	return bench_thread_ns() - start;
}

static ucontext_t uc_here, uc_there;

static void uc_bounce(void)
{
	for (;;)
		swapcontext(&uc_there, &uc_here);
}

static uint64_t block_uc(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += 2)
		swapcontext(&uc_here, &uc_there);
	return bench_thread_ns() - start;
}

#ifdef HAVE_BOOST
struct transfer {
	void *from, *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *top, size_t size, void (*)(struct transfer));

static void *boost_there;

static void boost_bounce(struct transfer t)
{
	for (;;)
		t = jump_fcontext(t.from, NULL);
}

static uint64_t block_boost(unsigned turns)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < turns; i += 2)
		boost_there = jump_fcontext(boost_there, NULL).from;
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

	pid = sigpact__sys0(SYS_getpid);
	tid = sigpact__sys0(SYS_gettid);
	event._sigev_un._tid = (pid_t)tid;
	if (sigpact_domain_create(0, 0, &domain) ||
	    timer_create(CLOCK_MONOTONIC, &event, &timer))
		bench_bail("no domain or timer");
	bench_figure(&f);
	f.name = "g   work under 100 us ticks / bare handler";
	f.block = block_timer;
	f.quads = QUADS / 10;
	f.of = 1;
	bench_figure(&f);
}

int main(void)
{
	bench_pin(sched_getcpu());
	sigpact_context_make(&there, stacks[0], STACK, bounce, NULL);
	getcontext(&uc_there);
	uc_there.uc_stack.ss_sp = stacks[1];
	uc_there.uc_stack.ss_size = STACK;
	makecontext(&uc_there, uc_bounce, 0);
#ifdef HAVE_BOOST
	boost_there = make_fcontext(stacks[2] + STACK, STACK, boost_bounce);
	pair("g switch / boost's jump_fcontext", AIM_AT_MOST, 1.0, block_boost,
	     block_ours);
#endif
	pair("g swapcontext / switch", AIM_AT_LEAST, 30, block_uc, block_ours);
	tick_figures();
	return 0;
}
