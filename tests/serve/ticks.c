/* Sandboxes that a timer parks wherever it finds them: what they compute is right,
   and what ends them is told as without it.  With a Go library, the second
   argument, all that happens after it was loaded, and Go gets on. */
#include "serve.h"
#include "ticker.h"

#include <dlfcn.h>

enum { TICK_US = 50, OVERFLOWS = 16000, TURNS = 4 };

static int (*add)(int, int), (*recovers)(void); /* Go's, or NULL */
static struct module *work, *recursion, *endless, *probe, *trap, *deep;

/* TURNS sandboxes go on in turn until all have ended. */
static int in_turn(struct sandbox_pool *p, const struct sandbox_call *call,
		   const char *wanted)
{
	struct sandbox_result r[TURNS];
	struct sandbox *s[TURNS];
	int state[TURNS], left = TURNS, i, bad = 0;

	for (i = 0; i < TURNS; i++) {
		s[i] = taken_from(p);
		state[i] = sigpact__sandbox_run(s[i], call, &r[i]);
		left -= state[i] != SANDBOX_PARKED;
	}
	for (i = 0; left; i = (i + 1) % TURNS)
		if (state[i] == SANDBOX_PARKED) {
			state[i] = sigpact__sandbox_resume(s[i], &r[i]);
			left -= state[i] != SANDBOX_PARKED;
		}
	for (i = 0; i < TURNS; i++) {
		bad += state[i] != SANDBOX_RETURNED ||
		       r[i].output_size != strlen(wanted) ||
		       memcmp(r[i].output, wanted, r[i].output_size);
		sigpact__sandbox_give(s[i]);
	}
	return bad;
}

static void computes(const char *how)
{
	const char *argv[] = { "work", "units=20" };
	struct sandbox_call call = { .argv = argv, .argc = 2 };
	struct sandbox_pool *p = pool_of(work, NULL);
	struct outcome alone = run_call(p, &call);
	timer_t t = ticker_start(TICK_US);
	int i, bad = 0;

	for (i = 0; i < 20; i++)
		bad += in_turn(p, &call, alone.output);
	timer_delete(t);
	if (!ok(!bad && will_park > 100, "four in turn compute what one does "
		"alone: %s", how))
		printf("# %d wrong, %ld ticks, %ld parked\n", bad, ticks,
		       will_park);
	sigpact__sandbox_pool_destroy(p);
}

static int overflows(int times)
{
	struct sandbox_pool *p = pool_of(recursion, NULL);
	timer_t t = ticker_start(TICK_US);
	struct outcome o;
	int i, bad = 0;

	for (i = 0; i < times; i++) {
		o = run_with(p, NULL);
		bad += !trapped(&o, TRAP_STACK_OVERFLOW);
	}
	timer_delete(t);
	bad += ticks < times / 20;
	sigpact__sandbox_pool_destroy(p);
	return bad;
}

/* Each is told right; host calls are not parked in the midst of. */
static int mixed(int times)
{
	struct sandbox_pool *traps = pool_of(trap, NULL),
			    *hosts = pool_of(deep, NULL),
			    *probes = pool_of(probe, NULL);
	timer_t t = ticker_start(TICK_US);
	struct outcome o;
	int i, bad = 0;

	for (i = 0; i < times; i++) {
		o = run_with(traps, "divide");
		bad += !trapped(&o, TRAP_DIVIDE);
		o = run_with(traps, "out-of-bounds");
		bad += !trapped(&o, TRAP_OUT_OF_BOUNDS);
		o = run_with(traps, "exit");
		bad += o.state != SANDBOX_EXITED || o.result.status != 3;
		o = run_with(hosts, "host");
		bad += !trapped(&o, TRAP_STACK_OVERFLOW);
		o = run_with(hosts, "shadow");
		bad += !trapped(&o, TRAP_OUT_OF_BOUNDS);
		o = run_with(probes, "random");
		bad += o.state != SANDBOX_RETURNED || strcmp(o.output, "1");
	}
	timer_delete(t);
	bad += !will_park;
	sigpact__sandbox_pool_destroy(traps);
	sigpact__sandbox_pool_destroy(hosts);
	sigpact__sandbox_pool_destroy(probes);
	return bad;
}

/* One that never ends: parked, given back, and as good as new. */
static void killed(void)
{
	struct sandbox_pool *p = pool_of(endless, NULL);
	timer_t t = ticker_start(TICK_US);
	struct sandbox_call call = { .argc = 0 };
	struct sandbox_result r;
	struct sandbox *s;
	int i, j, bad = 0, maps = 0;
	long pages = 0;

	for (i = 0; i < 2000; i++) {
		s = taken_from(p);
		bad += sigpact__sandbox_run(s, &call, &r) != SANDBOX_PARKED;
		for (j = 0; j < i % 3; j++)
			bad += sigpact__sandbox_resume(s, &r) != SANDBOX_PARKED;
		sigpact__sandbox_give(s);
		if (i == 1000) {
			maps = mappings();
			pages = resident();
		}
	}
	timer_delete(t);
	ok(!bad && mappings() <= maps && resident() - pages < 64,
	   "one that never ends is given up, 2,000 times");
	sigpact__sandbox_pool_destroy(p);
}

/* A tick that comes within a host call parks on the way out: this one takes long
   enough for several. */
static volatile int inside, lines;

static void takes_long(void *context, const char *line, size_t size)
{
	struct timespec from, now;

	inside = 1;
	lines++;
	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec -
		       from.tv_nsec < 20 * TICK_US * 1000);
	inside = 0;
}

static void pending(void)
{
	struct sandbox_pool *p = pool_of(probe, NULL);
	const char *argv[] = { "probe", "log" };
	struct sandbox_call call = { .argv = argv, .argc = 2,
				     .log = takes_long };
	struct sandbox *s = taken_from(p);
	struct sandbox_result r;
	timer_t t = ticker_start(TICK_US);
	int state = sigpact__sandbox_run(s, &call, &r), parks = 0, bad = 0;

	for (; state == SANDBOX_PARKED; parks++) {
		bad += inside;
		state = sigpact__sandbox_resume(s, &r);
	}
	timer_delete(t);
	ok(state == SANDBOX_RETURNED && lines == 7 && !bad && parks >= 3,
	   "within a host call: on the way out");
	sigpact__sandbox_give(s);
	sigpact__sandbox_pool_destroy(p);
}

static void *all(void *wrong)
{
	if (add)
		add(1, 2);
	*(long *)wrong = overflows(OVERFLOWS / 8) + mixed(200);
	return NULL;
}

static void each(int flags, const char *how)
{
	ticker_install(flags);
	computes(how);
	ok(!overflows(OVERFLOWS), "%d overflows, each told as that: %s",
	   OVERFLOWS, how);
	ok(!mixed(500), "traps, host calls: %s", how);
}

/* While pools and handlers are there already. */
static void go_load(const char *file)
{
	struct sandbox_pool *p = pool_of(trap, NULL);
	struct sigaction now;
	struct outcome o;
	void *go;

	ticker_install(0);
	go = dlopen(file, RTLD_NOW);
	if (!go)
		bail(dlerror());
	*(void **)&add = dlsym(go, "Add");
	*(void **)&recovers = dlsym(go, "Recovers");
	if (!add || !recovers)
		bail("not our Go library");
	sigaction(TICK, NULL, &now);
	o = run_with(p, "out-of-bounds");
	ok(now.sa_flags & SA_ONSTACK && add(40, 2) == 42 &&
	       trapped(&o, TRAP_OUT_OF_BOUNDS),
	   "Go is loaded, and has changed the tick's action");
	computes("with the action as Go left it");
	ok(!overflows(OVERFLOWS), "… %d overflows", OVERFLOWS);
	sigpact__sandbox_pool_destroy(p);
}

int main(int argc, char **argv)
{
	modules = argv[1];
	work = module_named("work");
	recursion = module_named("recursion");
	endless = module_named("endless");
	probe = module_named("probe");
	trap = module_named("trap");
	deep = module_named("deep");
	if (argc > 2)
		go_load(argv[2]);
	each(SA_ONSTACK, "handler on the alternate stack");
	each(0, "handler on the sandbox's stack");
	killed();
	pending();
	ok(!in_two_threads(all), "two threads, each with its ticks");
	if (argc > 2)
		ok(add(1, 2) == 3 && recovers() == 1,
		   "Go's nil dereference still is a panic");
	return done();
}
