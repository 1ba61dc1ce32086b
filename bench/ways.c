/* Delivers a signal to this thread in one of several ways, and makes sure that
   what was timed is what was meant.  Normal context, and a handler that does
   next to nothing. */
#include "ways.h"
#include "bench.h"
#include "core.h"
#include "state.h"
#include "sys.h"

#include <alloca.h>
#include <sched.h>
#include <signal.h>
#include <sigpact.h>
#include <string.h>

enum { SIG = WAY_SIGNAL, ALT_SIZE = 65536, PAGE = 4096, WARM = 10 };

static char alt[ALT_SIZE + PAGE] __attribute__((aligned(PAGE)));
static unsigned native_shift, alt_shift;
static void *widest;

static volatile unsigned long calls;
static volatile int look;
static volatile uintptr_t seen_at;
static volatile uint64_t seen_live;

uint64_t ways_usual;

static void handler(int sig, siginfo_t *info, void *uc)
{
	calls++;
	if (!look)
		return;
	seen_at = (uintptr_t)&sig;
	seen_live = state_of(uc);
}

static void install(const struct way *w)
{
	stack_t ss = { .ss_sp = alt + alt_shift, .ss_size = ALT_SIZE };
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_sigaction = handler;
	a.sa_flags = w->flags;
	if (sigaltstack(&ss, NULL) || sigaction(SIG, &a, NULL))
		bench_bail("no action");
	if (w->entry && sigpact_exclude_set(SIG))
		bench_bail("no exclusion");
	if (!w->exclude)
		sigpact_exclude_clear(SIG);
	sigpact__fast = w->copy ? w->copy : widest;
}

static int relocated(const struct way *w)
{
	return w->exclude && w->flags & SA_ONSTACK;
}

static void check(const struct way *w, const struct sigpact_counts *before)
{
	int on_alt = seen_at - (uintptr_t)alt < sizeof alt;
	struct sigpact_counts now;
	unsigned long moved;

	sigpact_counts_get(SIG, &now);
	moved = now.relocated - before->relocated;
	if (calls != WARM + WAY_DELIVERIES + 1)
		bench_bail("signals were lost");
	if (now.delivered - before->delivered != (w->entry ? calls : 0) ||
	    moved != (relocated(w) ? calls : 0))
		bench_bail("the entry routine did something else");
	if (on_alt != (w->flags & SA_ONSTACK && !relocated(w)))
		bench_bail("the handler ran on another stack");
	if (seen_live != w->live)
		bench_bail("another extended state was live");
}

static uint64_t deliver(const struct way *w)
{
	long pid = sigpact__sys0(SYS_getpid), tid = sigpact__sys0(SYS_gettid);
	uint64_t start, end;
	int i;

	calls = 0;
	state_set(w->live);
	for (i = 0; i < WARM; i++)
		sigpact__sys3(SYS_tgkill, pid, tid, SIG);
	start = bench_thread_ns();
	for (i = 0; i < WAY_DELIVERIES; i++)
		sigpact__sys3(SYS_tgkill, pid, tid, SIG);
	end = bench_thread_ns();
	look = 1;
	sigpact__sys3(SYS_tgkill, pid, tid, SIG);
	look = 0;
	return end - start;
}

uint64_t ways_block(const void *way)
{
	volatile char *low = alloca(native_shift + 16);
	struct sigpact_counts before;
	const struct way *w = way;
	uint64_t ns;

	*low = 0;
	install(w);
	sigpact_counts_get(SIG, &before);
	ns = deliver(w);
	check(w, &before);
	return ns;
}

/* Where a frame lies in its pages matters to a copy of it. */
void ways_move(void)
{
	native_shift = bench_random() % (PAGE / 64) * 64;
	alt_shift = bench_random() % (PAGE / 64) * 64;
}

/* The routine is to be timed, also on a kernel that makes it needless. */
void ways_start(void)
{
	struct way native = { .flags = SA_SIGINFO };

	bench_pin(sched_getcpu());
	if (sigpact__cpu_learn())
		bench_bail("this CPU has no XSAVE");
	sigpact__backend = SIGPACT_BACKEND_RELOCATE;
	widest = sigpact__fast;
	install(&native);
	look = 1;
	raise(SIG);
	look = 0;
	ways_usual = seen_live;
}
