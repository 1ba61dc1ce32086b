/* The life of a sandbox: taken, run, given back; and what it costs in memory and
   mappings while it waits.  life MODULES prints lines for life.sh. */
#include "bench.h"
#include "sandbox.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIVES = 20000, IDLE = 2000, MOST = 100000 };

static const char *modules;

static struct sandbox_pool *pool(const char *name, unsigned idle)
{
	struct sandbox_options o = { .idle = idle };
	char path[4096], why[SANDBOX_WHY];
	struct sandbox_pool *p;
	struct module *m;

	snprintf(path, sizeof path, "%s/%s.wasm", modules, name);
	if (sigpact__module_load(path, &m, why) < 0 ||
	    sigpact__sandbox_pool_create(m, &o, &p, why))
		bench_bail(why);
	sigpact__module_drop(m);
	return p;
}

static void live(struct sandbox_pool *p, int wanted)
{
	struct sandbox_call call = { .input = "abc", .input_size = 3 };
	struct sandbox_result r;
	struct sandbox *s;

	if (sigpact__sandbox_take(p, &s))
		bench_bail("no sandbox");
	if (sigpact__sandbox_run(s, &call, &r) != wanted)
		bench_bail("not as it should end");
	sigpact__sandbox_give(s);
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void tell(const char *name, double *ns, int count, const char *aim)
{
	qsort(ns, (size_t)count, sizeof *ns, order);
	printf("%-44s p50 %8.2f us  p99 %8.2f us  %s\n", name,
	       ns[count / 2] / 1000, ns[count * 99 / 100] / 1000, aim);
}

static void life(const char *name, const char *module, int wanted, int count,
		 const char *aim)
{
	static double ns[LIVES];
	struct sandbox_pool *p = pool(module, 0);
	uint64_t from;
	int i;

	for (i = -count / 10; i < count; i++) {
		from = bench_ns();
		live(p, wanted);
		if (i >= 0)
			ns[i] = (double)(bench_ns() - from);
	}
	tell(name, ns, count, aim);
	sigpact__sandbox_pool_destroy(p);
}

/* One is out, so that each other is made and freed. */
static void without_pool(void)
{
	static double ns[LIVES];
	struct sandbox_pool *p = pool("empty", 1);
	struct sandbox *out, *s;
	uint64_t from;
	int i;

	for (i = 0; i < LIVES / 10; i++) {
		if (sigpact__sandbox_take(p, &out))
			bench_bail("no sandbox");
		from = bench_ns();
		if (sigpact__sandbox_take(p, &s))
			bench_bail("no sandbox");
		sigpact__sandbox_give(out);
		sigpact__sandbox_give(s);
		ns[i] = (double)(bench_ns() - from);
	}
	tell("made and freed instead of pooled", ns, LIVES / 10, "");
	sigpact__sandbox_pool_destroy(p);
}

/* A line of /proc/self/FILE that begins so, its number; or how many lines. */
static long proc(const char *file, const char *line)
{
	char path[64], text[256];
	FILE *f;
	long n = 0;

	snprintf(path, sizeof path, "/proc/self/%s", file);
	f = fopen(path, "r");
	while (f && fgets(text, sizeof text, f)) {
		if (!line)
			n++;
		else if (!strncmp(text, line, strlen(line)))
			n = atol(text + strlen(line));
	}
	if (f)
		fclose(f);
	return n;
}

/* Each has run once. */
static void idle(const char *module)
{
	static struct sandbox *s[IDLE];
	struct sandbox_pool *p = pool(module, IDLE);
	long kib = proc("status", "VmRSS:"), tables = proc("status", "VmPTE:");
	long maps = proc("maps", NULL);
	struct sandbox_call call = { .argc = 0 };
	struct sandbox_result r;
	int i;

	for (i = 0; i < IDLE; i++)
		if (sigpact__sandbox_take(p, &s[i]) ||
		    sigpact__sandbox_run(s[i], &call, &r))
			bench_bail("no sandbox");
	for (i = 0; i < IDLE; i++)
		sigpact__sandbox_give(s[i]);
	printf("%-44s %.1f KiB, page tables %.1f KiB, %.2f mappings\n", module,
	       (double)(proc("status", "VmRSS:") - kib) / IDLE,
	       (double)(proc("status", "VmPTE:") - tables) / IDLE,
	       (double)(proc("maps", NULL) - maps) / IDLE);
	sigpact__sandbox_pool_destroy(p);
}

static void most(void)
{
	struct sandbox **s = calloc(MOST, sizeof *s);
	struct sandbox_pool *p = pool("empty", 1);
	int n = 0;

	while (s && n < MOST && !sigpact__sandbox_take(p, &s[n]))
		n++;
	printf("%-44s %d, in %ld mappings and %ld MiB\n", "live at once, at most",
	       n, proc("maps", NULL), proc("status", "VmRSS:") >> 10);
	while (n)
		sigpact__sandbox_give(s[--n]);
	sigpact__sandbox_pool_destroy(p);
	free(s);
}

int main(int argc, char **argv)
{
	modules = argv[1];
	bench_pin(sched_getcpu());
	life("life: empty", "empty", SANDBOX_RETURNED, LIVES, "(<= 1)");
	life("life: hello, by stdio", "hello", SANDBOX_RETURNED, LIVES,
	     "(<= 1.5)");
	life("life: echo of 3 bytes", "echo", SANDBOX_RETURNED, LIVES, "");
	life("life: overflow of 512 KiB", "recursion", SANDBOX_TRAPPED,
	     LIVES / 10, "");
	without_pool();
	printf("\nan idle sandbox\n");
	idle("empty");
	idle("hello");
	most();
	return 0;
}
