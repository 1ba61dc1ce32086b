/* Each way for a function to end before it is done: trap?KIND, or the kind as the
   body.  What it prints first is not answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*plain)(void);
typedef int (*other)(int, int, int);

static volatile int zero;
static volatile double large = 1e300;

static int seven(void)
{
	return 7;
}

static int divide(void)
{
	return 10 / zero;
}

static int overflow(void)
{
	volatile int least = (int)0x80000000;

	return least / (zero - 1);
}

static int out_of_bounds(void)
{
	return *(volatile int *)0x7ffffff0;
}

static int write_out_of_bounds(void)
{
	*(volatile int *)0xfffffff0 = 1;
	return 0;
}

static int unreachable(void)
{
	__builtin_trap();
}

static int indirect(void)
{
	volatile plain f = seven;

	return ((other)f)(1, 2, 3);
}

static int no_function(void)
{
	volatile plain f = (plain)12345;

	return f();
}

/* The instruction that traps: the one that C has for it saturates. */
static int conversion(void)
{
	double nan = large - large + zero / (large - large);
	int n;

	__asm__("local.get %1\n\ti32.trunc_f64_s\n\tlocal.set %0"
		: "=r"(n)
		: "r"(nan));
	return n;
}

static int give_up(void)
{
	abort();
}

static int out(void)
{
	exit(3);
}

static const struct {
	const char *name;
	int (*way)(void);
} ways[] = {
	{ "divide", divide },
	{ "integer-overflow", overflow },
	{ "out-of-bounds", out_of_bounds },
	{ "write-out-of-bounds", write_out_of_bounds },
	{ "unreachable", unreachable },
	{ "indirect-call", indirect },
	{ "no-function", no_function },
	{ "conversion", conversion },
	{ "exit", out },
	{ "abort", give_up },
};

int main(int argc, char **argv)
{
	char body[32] = "";
	const char *kind = body;
	unsigned i;

	if (argc > 1)
		kind = argv[1];
	else
		body[fread(body, 1, sizeof body - 1, stdin)] = 0;
	printf("about to: %s\n", kind);
	for (i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(kind, ways[i].name))
			return ways[i].way();
	fprintf(stderr, "no such kind: %s\n", kind);
	return 1;
}
