/* Two threads that flood each other: how many signals they handle in a second,
   relocated, over the same bare on their alternate stacks.  Real-time signals,
   since others coalesce: each one sent is handled.  Normal context, and a
   handler that counts. */
#include "bench.h"
#include "core.h"
#include "sys.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sigpact.h>
#include <stdlib.h>
#include <string.h>

enum { SIG = 40, QUADS = 12, EACH = 1000, WINDOW = 64, ALT_SIZE = 65536 };

struct side {
	volatile unsigned long handled;
	long tid;
	char alt[ALT_SIZE];
} __attribute__((aligned(4096)));

static struct side sides[2];
static __thread struct side *self;
static pthread_barrier_t gate;
static int excluded; /* this block's way; before the gate */
static uint64_t began, ended[2];

static void handler(int sig, siginfo_t *info, void *uc)
{
	self->handled++;
}

static void flood(struct side *me, struct side *other)
{
	long pid = sigpact__sys0(SYS_getpid);
	unsigned long sent = 0;

	while (sent < EACH) {
		if (sent - other->handled >= WINDOW ||
		    sigpact__sys3(SYS_tgkill, pid, other->tid, SIG))
			sched_yield();
		else
			sent++;
	}
	while (me->handled < EACH || other->handled < EACH)
		sched_yield();
}

static void side(int number)
{
	struct side *me = &sides[number];

	me->handled = 0;
	if (excluded ? sigpact_exclude_set(SIG) : sigpact_exclude_clear(SIG))
		bench_bail("no exclusion");
	if (pthread_barrier_wait(&gate) == PTHREAD_BARRIER_SERIAL_THREAD)
		began = bench_ns();
	flood(me, &sides[!number]);
	ended[number] = bench_ns();
	pthread_barrier_wait(&gate);
}

static void join(int number)
{
	struct side *me = &sides[number];
	stack_t ss = { .ss_sp = me->alt, .ss_size = sizeof me->alt };

	bench_pin(number);
	me->tid = sigpact__sys0(SYS_gettid);
	self = me;
	if (sigaltstack(&ss, NULL))
		bench_bail("no alternate stack");
}

static void *second(void *unused)
{
	join(1);
	for (;;) {
		pthread_barrier_wait(&gate);
		side(1);
	}
	return NULL;
}

static uint64_t block(const void *way)
{
	struct sigpact_counts before, now;
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_sigaction = handler;
	a.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigaction(SIG, &a, NULL);
	excluded = way != NULL;
	sigpact_counts_get(SIG, &before);
	pthread_barrier_wait(&gate);
	side(0);
	sigpact_counts_get(SIG, &now);
	if (now.relocated - before.relocated + now.kept_nested -
		before.kept_nested != (excluded ? 2 * EACH : 0))
		bench_bail("the entry routine did something else");
	return (ended[0] > ended[1] ? ended[0] : ended[1]) - began;
}

int main(void)
{
	static const char with;
	struct bench_figure f = {
		.name = "c handled in a storm, relocated / bare",
		.how = AIM_AT_LEAST, .aim = 0.97, .quads = QUADS,
		.of = 2 * EACH, .block = block, .a = NULL, .b = &with,
	};
	pthread_t thread;

	if (sigpact__cpu_learn())
		bench_bail("this CPU has no XSAVE");
	sigpact__backend = SIGPACT_BACKEND_RELOCATE;
	pthread_barrier_init(&gate, NULL, 2);
	if (pthread_create(&thread, NULL, second, NULL))
		bench_bail("no thread");
	join(0);
	bench_figure(&f);
	f.name = "  bare / bare, the same";
	f.how = AIM_NONE;
	f.b = NULL;
	bench_figure(&f);
	return 0;
}
