/* The scheduler with real functions and no HTTP: order, preemption, slices,
   budgets, and that each job ends once, whatever happens. */
#include "schedule.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096 };

static struct scheduler_state scheduler;
static struct tenant tenant[2];
static struct tenant_config tenants[2] = { { .name = "one" },
					   { .name = "two" } };
static struct route_config configs[] = {
	{ .path = "/work", .module = "work", .budget_us = 60000000 },
	{ .path = "/endless", .module = "endless", .budget_us = 50000 },
	{ .path = "/empty", .module = "empty", .budget_us = 60000000 },
};
enum { WORK, ENDLESS, EMPTY, ROUTES };
static struct route route[2][ROUTES];

static struct job *order[MOST];
static enum outcome outcomes[MOST];
static atomic_uint begins, ends, wrong;
static char answer[64];

static void ended(struct job *job, enum outcome outcome,
		  const struct sandbox_result *r)
{
	unsigned i = begins++;

	order[i] = job;
	outcomes[i] = outcome;
	if (outcome == JOB_RETURNED && job->route->config == &configs[WORK] &&
	    (r->output_size != strlen(answer) ||
	     memcmp(r->output, answer, r->output_size)))
		wrong++;
	ends++; /* all is written */
}

static void module_of(const char *folder, const char *name,
		      struct module **module)
{
	char path[256], why[SANDBOX_WHY];

	snprintf(path, sizeof path, "%s/%s.wasm", folder, name);
	if (sigpact__module_load(path, module, why))
		bail(why);
}

static void routes_make(const char *folder)
{
	struct module *module;
	unsigned t, i;

	for (i = 0; i < ROUTES; i++) {
		module_of(folder, configs[i].module, &module);
		for (t = 0; t < 2; t++) {
			route[t][i].config = &configs[i];
			route[t][i].tenant = &tenant[t];
			route[t][i].module = module;
			route[t][i].pools = calloc(WORKERS, sizeof(void *));
			route[t][i].counts =
			    aligned_alloc(64, 8 * sizeof(struct route_counts));
			memset(route[t][i].counts, 0,
			       8 * sizeof(struct route_counts));
		}
	}
}

static void start(enum scheduler policy, unsigned workers, uint64_t slice_us,
		  int directed)
{
	struct server_config c = {
		.scheduler = policy, .workers = workers, .slice_us = slice_us,
		.no_preemption = !directed,
	};

	memset(&scheduler, 0, sizeof scheduler);
	sigpact__tenant_init(&tenant[0], &tenants[0]);
	sigpact__tenant_init(&tenant[1], &tenants[1]);
	begins = ends = wrong = 0;
	if (sigpact__scheduler_start(&scheduler, &c))
		bail("no scheduler");
}

static void pools_drop(struct chore *c, struct worker *w)
{
	unsigned t, i;

	for (t = 0; t < 2; t++)
		for (i = 0; i < ROUTES; i++) {
			sigpact__sandbox_pool_destroy(
			    route[t][i].pools[w->index]);
			route[t][i].pools[w->index] = NULL;
		}
}

static void jobs_free(void)
{
	unsigned i;

	for (i = 0; i < ends; i++)
		free(order[i]);
}

static void stop(void)
{
	static struct chore drop;

	memset(&drop, 0, sizeof drop);
	drop.function = pools_drop;
	sigpact__scheduler_chore(&scheduler, &drop);
	while (drop.left)
		usleep(100);
	sigpact__scheduler_stop(&scheduler);
	jobs_free();
}

static struct job *job(unsigned t, unsigned i, const char *argument,
		       uint64_t deadline_ms)
{
	static const char *argv[MOST][2];
	static unsigned n;
	struct job *j = calloc(1, sizeof *j);

	argv[n % MOST][0] = "x";
	argv[n % MOST][1] = argument;
	j->route = &route[t][i];
	j->call.argv = argv[n++ % MOST];
	j->call.argc = argument ? 2 : 1;
	j->arrived_ns = sigpact__now_ns();
	j->deadline_ns = j->arrived_ns + deadline_ms * 1000000;
	j->ended = ended;
	tenant[t].queued++;
	if (sigpact__scheduler_submit(&scheduler, j))
		bail("no memory");
	return j;
}

/* 0: not all ended in a minute. */
static int wait_for(unsigned count)
{
	uint64_t end = sigpact__now_ns() + 60000000000u;

	while (ends < count && sigpact__now_ns() < end)
		usleep(200);
	return ends == count;
}

/* Until a worker runs, so that what is told next finds it busy. */
static void wait_busy(void)
{
	while (scheduler.worker[0].rank == RANK_NONE)
		usleep(100);
}

static unsigned long preemptions(unsigned t, unsigned i)
{
	return route[t][i].counts[0].preemptions;
}

static unsigned place(const struct job *j)
{
	unsigned i;

	for (i = 0; i < ends && order[i] != j; i++)
		continue;
	return i;
}

/* One worker, three functions that arrive together: by deadline. */
static void test_order(void)
{
	struct job *late, *soon, *middle;

	start(SCHEDULER_EDF, 1, 1000000, 1);
	late = job(0, WORK, "units=3", 3000);
	soon = job(0, EMPTY, NULL, 1000);
	middle = job(0, WORK, "units=1", 2000);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(3) && order[0] == soon && order[1] == middle &&
	       order[2] == late,
	   "edf: three functions on one worker end by deadline");
	stop();
}

/* The slice is a second: only the directed signal can park it. */
static void test_preempt(void)
{
	struct job *busy, *urgent;
	unsigned long before = preemptions(0, WORK);

	start(SCHEDULER_EDF, 1, 1000000, 1);
	busy = job(0, WORK, "units=300", 60000);
	sigpact__scheduler_settle(&scheduler);
	wait_busy();
	usleep(5000);
	urgent = job(0, EMPTY, NULL, 5);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(2) && order[0] == urgent && order[1] == busy,
	   "edf: an earlier deadline parks what runs");
	ok(preemptions(0, WORK) == before + 1, "by one preemption");
	stop();
	start(SCHEDULER_EDF, 1, 1000000, 0);
	busy = job(0, WORK, "units=300", 60000);
	sigpact__scheduler_settle(&scheduler);
	wait_busy();
	urgent = job(0, EMPTY, NULL, 5);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(2) && order[0] == busy, "and without preemption it waits");
	stop();
}

static void test_later(void)
{
	struct job *busy, *later;

	start(SCHEDULER_EDF, 1, 1000000, 1);
	busy = job(0, WORK, "units=100", 1000);
	sigpact__scheduler_settle(&scheduler);
	wait_busy();
	later = job(0, EMPTY, NULL, 60000);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(2) && order[0] == busy && order[1] == later,
	   "edf: a later deadline does not");
	stop();
}

static void test_fifo(void)
{
	struct job *first, *second;

	start(SCHEDULER_FIFO, 1, 1000000, 1);
	first = job(0, WORK, "units=20", 60000);
	second = job(0, EMPTY, NULL, 1);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(2) && order[0] == first && order[1] == second,
	   "fifo: by arrival, whatever the deadlines");
	stop();
	start(SCHEDULER_FIFO, 1, 1000, 1);
	first = job(0, WORK, "units=300", 60000);
	second = job(0, EMPTY, NULL, 60000);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(2) && order[0] == second,
	   "fifo: at the end of a slice it is the next one's turn");
	stop();
}

static void test_sjf(void)
{
	struct job *longer, *shorter;

	start(SCHEDULER_SJF, 1, 1000000, 1);
	route[0][WORK].estimate_ns = 50000000;
	route[0][EMPTY].estimate_ns = 10000;
	longer = job(0, WORK, "units=30", 1);
	shorter = job(0, EMPTY, NULL, 60000);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(2) && order[0] == shorter && order[1] == longer,
	   "sjf: by estimate");
	stop();
}

static void test_endless(void)
{
	unsigned i, stopped = 0, returned = 0;

	start(SCHEDULER_EDF, 1, 1000, 1);
	for (i = 0; i < 4; i++)
		job(0, ENDLESS, NULL, 10);
	for (i = 0; i < 20; i++)
		job(0, WORK, "units=1", 1000);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(24), "endless functions and others all end");
	for (i = 0; i < 24; i++) {
		stopped += outcomes[i] == JOB_STOPPED;
		returned += outcomes[i] == JOB_RETURNED;
	}
	ok(stopped == 4 && returned == 20 && !wrong,
	   "the endless ones by their budget, the others with their results");
	stop();
}

/* All at once, cut into slices of 50 us, from two workers. */
static void test_many(unsigned workers, uint64_t slice_us)
{
	static const char *const units[] = { "units=1", "units=1" };
	unsigned i, good = 0;

	start(SCHEDULER_EDF, workers, slice_us, 1);
	for (i = 0; i < 600; i++) {
		job(i & 1, WORK, units[i & 1], 1 + (uint64_t)(i * 37 % 100));
		if (i % 10 == 9) {
			sigpact__scheduler_settle(&scheduler);
			usleep(1000);
		}
	}
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(600), "%u workers, slices of %llu us: 600 jobs end once",
	   workers, (unsigned long long)slice_us);
	for (i = 0; i < ends; i++)
		good += outcomes[i] == JOB_RETURNED;
	ok(good == 600 && !wrong, "with the right results");
	stop();
}

/* Tenant 0 may run 20 ms of each second, and floods. */
static void test_budget(void)
{
	struct job *flood[40], *other[10];
	unsigned i, after = 0;

	tenants[0].period_us = 1000000;
	tenants[0].budget_us = 20000;
	start(SCHEDULER_EDF, 1, 1000, 1);
	{
		static struct tenant *with_budget[] = { &tenant[0], NULL };

		scheduler.tenants = with_budget;
	}
	for (i = 0; i < 40; i++)
		flood[i] = job(0, WORK, "units=20", 1);
	for (i = 0; i < 10; i++)
		other[i] = job(1, WORK, "units=4", 10000);
	sigpact__scheduler_settle(&scheduler);
	ok(wait_for(50), "a tenant without budget is served, later");
	for (i = 0; i < 40; i++)
		after += place(flood[i]) > place(other[9]);
	ok(after >= 20, "most of a flood waits behind the other tenant: %u of "
			"40", after);
	tenants[0].period_us = tenants[0].budget_us = 0;
	stop();
}

/* Jobs that wait, are parked and run. */
static void test_stop(void)
{
	unsigned i, dropped = 0;

	configs[ENDLESS].budget_us = 60000000;
	start(SCHEDULER_EDF, 1, 1000, 1);
	for (i = 0; i < 5; i++)
		job(0, ENDLESS, NULL, 1000);
	sigpact__scheduler_settle(&scheduler);
	wait_busy();
	usleep(20000);
	sigpact__scheduler_stop(&scheduler);
	for (i = 0; i < ends; i++)
		dropped += outcomes[i] == JOB_DROPPED;
	ok(dropped == 5, "what has not ended is dropped when it stops");
	configs[ENDLESS].budget_us = 50000;
	jobs_free();
}

/* Not more than four fifths of a worker at once. */
static void test_admission(void)
{
	struct job j = { .route = &route[0][WORK] };
	unsigned in = 0;

	configs[WORK].percentile = 70;
	configs[WORK].deadline_us = 10000;
	memset(&scheduler, 0, sizeof scheduler);
	scheduler.workers = 2;
	memset(route[0][WORK].counts, 0, 8 * sizeof(struct route_counts));
	route[0][WORK].estimate_ns = 2000000; /* a fifth of the deadline */
	while (in < 100 && !sigpact__admission_ask(&scheduler, &j))
		in++;
	ok(in == 8, "two workers take eight fifths: %u", in);
	sigpact__admission_leave(&scheduler, &j);
	ok(!sigpact__admission_ask(&scheduler, &j) &&
	       sigpact__admission_ask(&scheduler, &j),
	   "one that ended makes room for one");
	configs[WORK].percentile = 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		bail("which folder has the modules?");
	routes_make(argv[1]);
	tenants[0].queue = tenants[1].queue = MOST;
	strcpy(answer, getenv("WORK_ANSWER") ? getenv("WORK_ANSWER") : "");
	{
		/* what one unit answers, unpreempted; others are not compared */
		struct sandbox_pool *pool;
		struct sandbox *s;
		struct sandbox_result r;
		const char *args[] = { "x", "units=1" };
		struct sandbox_call call = { .argv = args, .argc = 2 };
		char why[SANDBOX_WHY];

		if (sigpact__sandbox_pool_create(route[0][WORK].module, NULL,
						 &pool, why) ||
		    sigpact__sandbox_take(pool, &s) ||
		    sigpact__sandbox_run(s, &call, &r))
			bail("work does not run");
		snprintf(answer, sizeof answer, "%.*s", (int)r.output_size,
			 (const char *)r.output);
		sigpact__sandbox_give(s);
		sigpact__sandbox_pool_destroy(pool);
	}
	test_order();
	test_preempt();
	test_later();
	test_fifo();
	test_sjf();
	test_endless();
	test_many(1, 50);
	test_many(2, 50);
	test_many(2, 1000);
	test_budget();
	test_stop();
	test_admission();
	return done();
}
