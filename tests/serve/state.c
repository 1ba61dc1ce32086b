/* Nothing of a request is found by the next one; what a sandbox and a pool cost in
   mappings; modules that come and go. */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void poison(void)
{
	struct sandbox_options few = { .memory_limit = 1 << 20 };
	struct module *m = module_named("poison");
	struct sandbox_pool *p = pool_of(m, &few);
	struct outcome first = run_with(p, NULL), o;
	int i, bad = strncmp(first.output, "0 ", 2) != 0;

	for (i = 0; i < 2000; i++) {
		o = run_with(p, NULL);
		bad += strcmp(o.output, first.output) != 0;
	}
	if (!ok(!bad, "no mark of a call before: in data, stack, heap, what was "
		      "grown"))
		outcome_print(&o);
	sigpact__sandbox_pool_destroy(p);
	sigpact__module_drop(m);
	p = pool_named("table");
	for (i = bad = 0; i < 2000; i++) {
		o = run_with(p, NULL);
		bad += o.state != SANDBOX_RETURNED;
	}
	if (!ok(!bad, "… nor in a global, the table, a dropped segment"))
		outcome_print(&o);
	sigpact__sandbox_pool_destroy(p);
}

/* What another left: argument, input, output. */
static void texts(void)
{
	struct sandbox_pool *p = pool_named("probe"), *q = pool_named("echo");
	struct sandbox_call none = { .argc = 0 };
	struct sandbox_call some = { .input = "secret", .input_size = 6 };
	struct outcome o = run_with(p, "a secret");
	int good = !strcmp(o.output, "[function][a secret]");

	o = run_call(p, &none);
	good &= o.state == SANDBOX_RETURNED && o.result.output_size == 0;
	o = run_call(q, &some);
	good &= !strcmp(o.output, "secret");
	o = run_call(q, &none);
	ok(good && o.result.output_size == 0,
	   "… nor in arguments, the body, the answer");
	sigpact__sandbox_pool_destroy(p);
	sigpact__sandbox_pool_destroy(q);
}

/* After a trap in the midst of a host call and of a change of memory. */
static void after_traps(void)
{
	struct sandbox_pool *p = pool_named("probe");
	int i, bad = 0;
	struct outcome o;

	for (i = 0; i < 50; i++) {
		o = run_with(p, "grow");
		bad += !trapped(&o, TRAP_OUT_OF_BOUNDS);
		o = run_with(p, "flood");
		bad += !trapped(&o, TRAP_OUTPUT_LIMIT);
		o = run_with(p, "pointers");
		bad += strcmp(o.output, "0") != 0;
		o = run_with(p, "past");
		bad += !trapped(&o, TRAP_OUT_OF_BOUNDS);
	}
	ok(!bad, "after a trap the sandbox is as good as new");
	sigpact__sandbox_pool_destroy(p);
}

enum { LIVE = 1000 };

static void costs(void)
{
	static struct sandbox *s[LIVE];
	struct sandbox_pool *p = pool_named("hello");
	int before = mappings(), during, after, i;

	for (i = 0; i < LIVE; i++)
		s[i] = taken_from(p);
	during = mappings() - before;
	ok(sigpact__sandbox_pool_counts(p).taken == LIVE &&
	       sigpact__sandbox_pool_counts(p).idle == 0,
	   "a thousand are taken");
	for (i = 0; i < LIVE; i++)
		sigpact__sandbox_give(s[i]);
	after = mappings() - before;
	if (!ok(during < 2 * LIVE + 20, "they have two mappings each"))
		printf("# %d\n", during);
	ok(sigpact__sandbox_pool_counts(p).taken == 0 &&
	       sigpact__sandbox_pool_counts(p).idle == 64 &&
	       after < 2 * 64 + 20,
	   "the pool keeps 64 of them");
	sigpact__sandbox_pool_destroy(p);
}

static void copy(const char *from, const char *to)
{
	char command[9000];

	unlink(to);
	snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
	if (system(command))
		bail("cp");
}

/* An object that is replaced while the old one is used. */
static void reload(void)
{
	char hello[4096], echo[4096], wasm[4096], at[] = "/tmp/sandbox-XXXXXX";
	char why[SANDBOX_WHY];
	struct sandbox_call call = { .input = "x", .input_size = 1 };
	struct sandbox_pool *p, *q;
	struct module *m;
	int before;

	if (mkstemp(at) < 0)
		bail("mkstemp");
	snprintf(wasm, sizeof wasm, "%s/hello.wasm", modules);
	sigpact__module_build(wasm, NULL, hello, sizeof hello, why);
	snprintf(wasm, sizeof wasm, "%s/echo.wasm", modules);
	sigpact__module_build(wasm, NULL, echo, sizeof echo, why);
	before = mappings();
	copy(hello, at);
	if (sigpact__module_load(at, &m, why) < 0)
		bail(why);
	p = pool_of(m, NULL);
	sigpact__module_drop(m);
	copy(echo, at);
	if (sigpact__module_load(at, &m, why) < 0)
		bail(why);
	q = pool_of(m, NULL);
	sigpact__module_drop(m);
	ok(!strcmp(run_call(p, &call).output, "Hello, world!\n") &&
	       !strcmp(run_call(q, &call).output, "x"),
	   "an object that was replaced is loaded beside the old one");
	sigpact__sandbox_pool_destroy(p);
	sigpact__sandbox_pool_destroy(q);
	ok(mappings() <= before + 2, "… and both are unloaded");
	unlink(at);
}

/* A pool that goes while a sandbox of it is out. */
static void late(void)
{
	struct sandbox_pool *p = pool_named("hello");
	struct sandbox *s = taken_from(p);
	struct sandbox_call call = { .argc = 0 };
	struct sandbox_result r;
	int good;

	sigpact__sandbox_pool_destroy(p);
	good = sigpact__sandbox_run(s, &call, &r) == SANDBOX_RETURNED &&
	       !strncmp(r.output, "Hello", 5);
	sigpact__sandbox_give(s);
	ok(good, "a sandbox runs on when its pool is gone");
}

/* A module that traps before it starts. */
static void outside(void)
{
	struct module *m = module_named("outside");
	struct sandbox_pool *p = NULL;
	char why[SANDBOX_WHY];
	int i, bad = 0, maps = 0;

	for (i = 0; i < 1000; i++) {
		bad += sigpact__sandbox_pool_create(m, NULL, &p, why) !=
			   -ENOEXEC ||
		       p;
		if (i == 100)
			maps = mappings();
	}
	ok(!bad && mappings() <= maps, "refused, 1,000 times: %s", why);
	sigpact__module_drop(m);
}

int main(int argc, char **argv)
{
	modules = argv[1];
	poison();
	texts();
	after_traps();
	costs();
	reload();
	late();
	outside();
	return done();
}
