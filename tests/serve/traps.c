/* Each way for a function to end too early is a result, as often as one likes, in
   two threads at once, and nothing is left of it. */
#include "serve.h"

enum { TIMES = 10000, FEW = 200 };

static const struct {
	const char *module, *argument;
	enum trap trap;
	int status, times;
} ways[] = {
	{ "trap", "divide", TRAP_DIVIDE, 0, TIMES },
	{ "trap", "integer-overflow", TRAP_INTEGER_OVERFLOW, 0, TIMES },
	{ "trap", "out-of-bounds", TRAP_OUT_OF_BOUNDS, 0, TIMES },
	{ "trap", "write-out-of-bounds", TRAP_OUT_OF_BOUNDS, 0, TIMES },
	{ "trap", "unreachable", TRAP_UNREACHABLE, 0, TIMES },
	{ "trap", "indirect-call", TRAP_INDIRECT_CALL, 0, TIMES },
	{ "trap", "no-function", TRAP_INDIRECT_CALL, 0, TIMES },
	{ "trap", "conversion", TRAP_CONVERSION, 0, TIMES },
	{ "trap", "exit", TRAP_NONE, 3, TIMES },
	{ "trap", "abort", TRAP_UNREACHABLE, 0, TIMES },
	{ "recursion", NULL, TRAP_STACK_OVERFLOW, 0, TIMES },
	{ "deep", "host", TRAP_STACK_OVERFLOW, 0, TIMES },
	{ "deep", "shadow", TRAP_OUT_OF_BOUNDS, 0, TIMES },
	{ "probe", "flood", TRAP_OUTPUT_LIMIT, 0, FEW },
	{ "probe", "grow", TRAP_OUT_OF_BOUNDS, 0, FEW },
};
enum { WAYS = sizeof ways / sizeof *ways };

static struct module *loaded[WAYS];

static int as_wanted(const struct outcome *o, int way)
{
	return ways[way].trap ? trapped(o, ways[way].trap)
			      : o->state == SANDBOX_EXITED &&
				    o->result.status == ways[way].status;
}

/* Memory and mappings level out: the second half has no more than the first. */
static void many(int way)
{
	struct sandbox_pool *p = pool_of(loaded[way], NULL);
	int i, bad = 0, maps = 0, times = ways[way].times;
	struct outcome o;
	long pages = 0;

	for (i = 0; i < times; i++) {
		o = run_with(p, ways[way].argument);
		bad += !as_wanted(&o, way);
		if (i == times / 2) {
			pages = resident();
			maps = mappings();
		}
	}
	if (!ok(!bad && resident() - pages < 64 && mappings() <= maps,
		"%s %s: %s, %d times", ways[way].module,
		ways[way].argument ? ways[way].argument : "",
		ways[way].trap ? sigpact__trap_name(ways[way].trap)
			       : "its status",
		times)) {
		printf("# %d wrong, %ld pages and %d mappings more\n", bad,
		       resident() - pages, mappings() - maps);
		outcome_print(&o);
	}
	sigpact__sandbox_pool_destroy(p);
}

static void *all(void *wrong)
{
	struct sandbox_pool *p[WAYS];
	struct outcome o;
	long bad = 0;
	int i, way;

	for (way = 0; way < WAYS; way++)
		p[way] = pool_of(loaded[way], NULL);
	for (i = 0; i < FEW; i++)
		for (way = 0; way < WAYS; way++) {
			o = run_with(p[way], ways[way].argument);
			bad += !as_wanted(&o, way);
		}
	for (way = 0; way < WAYS; way++)
		sigpact__sandbox_pool_destroy(p[way]);
	*(long *)wrong = bad;
	return NULL;
}

/* Frames of 24 KiB: as deep as the stack allows, and no deeper.  A frame that
   passed over the guard would write to another sandbox's memory. */
static int goes(struct sandbox_pool *p, char depth)
{
	struct sandbox_call call = { .input = &depth, .input_size = 1 };
	struct outcome o = run_call(p, &call);

	return trapped(&o, TRAP_STACK_OVERFLOW) ? 0
	       : o.state == SANDBOX_RETURNED	? 1
						: -1;
}

static void wide(void)
{
	struct module *m = module_named("wide");
	struct sandbox_pool *p = pool_of(m, NULL);
	int i, bad = 0;

	ok(goes(p, 10) == 1 && goes(p, 40) == 0,
	   "frames of 24 KiB: ten of them fit, forty do not");
	for (i = 0; i < 1000; i++)
		bad += goes(p, (char)(20 + i % 100)) < 0;
	ok(!bad && goes(p, 10) == 1, "… and a deep one is an overflow, always");
	sigpact__sandbox_pool_destroy(p);
	sigpact__module_drop(m);
}

static void depth(void)
{
	struct sandbox_options o = { .stack_size = 64 << 10 };
	struct module *m = module_named("recursion");
	struct sandbox_pool *small = pool_of(m, &o), *large;
	struct outcome a, b;

	o.stack_size = 4 << 20;
	large = pool_of(m, &o);
	a = run_with(small, "depth=20000");
	b = run_with(large, "depth=20000");
	ok(trapped(&a, TRAP_STACK_OVERFLOW) && b.state == SANDBOX_RETURNED &&
	       a.result.depth > 60000 && a.result.depth < 140000,
	   "a stack is as large as it was asked for");
	sigpact__sandbox_pool_destroy(small);
	sigpact__sandbox_pool_destroy(large);
	sigpact__module_drop(m);
}

int main(int argc, char **argv)
{
	int way;

	modules = argv[1];
	for (way = 0; way < WAYS; way++)
		loaded[way] = module_named(ways[way].module);
	for (way = 0; way < WAYS; way++)
		many(way);
	ok(!in_two_threads(all), "all of them in two threads at once");
	wide();
	depth();
	for (way = 0; way < WAYS; way++)
		sigpact__module_drop(loaded[way]);
	return done();
}
