/* What a function gets from its host, and what it may not have. */
#include "serve.h"

#include <errno.h>

static struct sandbox_pool *probe;
static char logged[8192];

static void keeps(void *context, const char *line, size_t size)
{
	strcat(strncat(logged, line, size), "|");
	++*(int *)context;
}

static void says(const char *what, const char *wanted, const char *name)
{
	struct outcome o = run_with(probe, what);

	if (!ok(o.state == SANDBOX_RETURNED && !strcmp(o.output, wanted), "%s",
		name))
		outcome_print(&o);
}

static void arguments(void)
{
	const char *argv[] = { "name", "a=1", "", "\xc3\xa9 b" };
	const char *environ[] = { "HTTP_HOST=x", "EMPTY=" };
	struct sandbox_call call = { .argv = argv, .argc = 4,
				     .environ = environ, .environ_count = 2 };
	struct outcome o = run_call(probe, &call);

	ok(!strcmp(o.output, "[name][a=1][][\xc3\xa9 b]"), "arguments");
	argv[1] = "environ";
	o = run_call(probe, &call);
	ok(!strcmp(o.output, "[HTTP_HOST=x][EMPTY=]"), "the environment");
	says("environ", "", "… which is empty in the next call");
}

static void logs(void)
{
	const char *argv[] = { "probe", "log" };
	int lines = 0;
	struct sandbox_call call = { .argv = argv, .argc = 2, .log = keeps,
				     .context = &lines };

	run_call(probe, &call);
	ok(lines == 7 && !strncmp(logged, "one|two|three|xxx", 17) &&
	       strstr(logged, "x|last|"),
	   "stderr is lines of the log; long ones are cut, the last is told");
	lines = 0;
	logged[0] = 0;
	argv[1] = "log-flood";
	call.log = NULL;
	ok(run_call(probe, &call).state == SANDBOX_RETURNED,
	   "without a log stderr is taken and forgotten");
}

static void counts(void *context, const char *line, size_t size)
{
	*(long *)context += (long)size + 1;
}

static void limits(void)
{
	struct sandbox_options small = { .memory_limit = 20 << 16,
					 .output_limit = 100000 };
	struct module *m = module_named("probe");
	struct sandbox_pool *p = pool_of(m, &small);
	const char *argv[] = { "probe", "log-flood" };
	long bytes = 0;
	struct sandbox_call call = { .argv = argv, .argc = 2, .log = counts,
				     .context = &bytes };
	struct outcome o = run_with(p, "flood");

	ok(trapped(&o, TRAP_OUTPUT_LIMIT) && o.result.output_size <= 100000,
	   "more output than its limit is a trap");
	o = run_with(p, "grow");
	if (!ok(trapped(&o, TRAP_OUT_OF_BOUNDS) && atoi(o.output) > 10 &&
		    atoi(o.output) < 20 && o.result.address == 20 << 16,
		"memory grows to its limit, and no byte more"))
		outcome_print(&o);
	o = run_call(p, &call);
	ok(o.state == SANDBOX_RETURNED && bytes > 60000 && bytes < 70000,
	   "what is logged has a limit");
	sigpact__sandbox_pool_destroy(p);
	sigpact__module_drop(m);
}

static void refusals(void)
{
	struct module *m = module_named("probe");
	char why[SANDBOX_WHY];
	struct sandbox_pool *p = NULL;
	struct sandbox_options o = { .stack_size = 4096 };

	ok(sigpact__sandbox_pool_create(m, &o, &p, why) == -EINVAL &&
	       strstr(why, "64 KiB"),
	   "refused: %s", why);
	o = (struct sandbox_options){ .memory_limit = 4ul << 30 };
	ok(sigpact__sandbox_pool_create(m, &o, &p, why) == -EINVAL &&
	       strstr(why, "4 GiB"),
	   "refused: %s", why);
	o = (struct sandbox_options){ .memory_limit = 65536 };
	ok(sigpact__sandbox_pool_create(m, &o, &p, why) == -EINVAL && !p,
	   "refused: %s", why);
	sigpact__module_drop(m);
}

static void echoes(void)
{
	struct sandbox_pool *p = pool_named("echo");
	size_t size = 3 << 20, i;
	char *body = malloc(size);
	struct sandbox_call call = { .input = body, .input_size = size };
	struct sandbox_result r;
	struct sandbox *s = taken_from(p);

	for (i = 0; i < size; i++)
		body[i] = (char)(i * 31 >> 3);
	ok(sigpact__sandbox_run(s, &call, &r) == SANDBOX_RETURNED &&
	       r.output_size == size && !memcmp(r.output, body, size),
	   "a body of 3 MiB in and out");
	ok(sigpact__sandbox_run(s, &call, &r) == -EBUSY &&
	       sigpact__sandbox_resume(s, &r) == -ENOENT,
	   "a sandbox runs once, and is resumed when it is parked");
	sigpact__sandbox_give(s);
	sigpact__sandbox_pool_destroy(p);
	free(body);
}

int main(int argc, char **argv)
{
	modules = argv[1];
	probe = pool_named("probe");
	arguments();
	logs();
	says("random", "1", "random bytes, and many");
	says("pointers", "0", "an address that is not its own is refused, "
			      "in each call");
	says("files", "0 0", "there are no files, and no terminal");
	ok(strtoll(run_with(probe, "clock").output, NULL, 10) - time(NULL) >
		   -10 &&
	       strstr(run_with(probe, "clock").output, " 1 1"),
	   "clocks");
	limits();
	refusals();
	echoes();
	sigpact__sandbox_pool_destroy(probe);
	return done();
}
