/* Runs a figure's pairs, and prints their median.  Normal context. */
#include "bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REPEATS = 31 };

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t bench_ns(void)
{
	return now(CLOCK_MONOTONIC_RAW);
}

uint64_t bench_thread_ns(void)
{
	return now(CLOCK_THREAD_CPUTIME_ID);
}

void bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof set, &set);
}

unsigned bench_random(void)
{
	static uint64_t x;

	if (!x)
		x = bench_ns();
	x = x * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(x >> 33);
}

void bench_bail(const char *why)
{
	fprintf(stderr, "bench: %s\n", why);
	exit(1);
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned count)
{
	qsort(values, count, sizeof *values, order);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Blocks x, y, y, x: the faster of each. */
static void quad(bench_block *block, const void *x, const void *y,
		 double *x_ns, double *y_ns)
{
	uint64_t x1 = block(x), y1 = block(y), y2 = block(y), x2 = block(x);

	*x_ns = (double)(x1 < x2 ? x1 : x2);
	*y_ns = (double)(y1 < y2 ? y1 : y2);
}

/* ratio, a, b: f->quads each, where the results go.  Which way begins is left
   to chance: something else may be as regular as the quads are. */
static void run(const struct bench_figure *f, double *ratio, double *a,
		double *b)
{
	unsigned i;

	for (i = 0; i < f->quads; i++) {
		if (f->prepare)
			f->prepare();
		if (bench_random() & 1)
			quad(f->block, f->a, f->b, &a[i], &b[i]);
		else
			quad(f->block, f->b, f->a, &b[i], &a[i]);
		ratio[i] = f->how == AIM_AT_LEAST ? a[i] / b[i] : b[i] / a[i];
	}
}

void bench_figure(const struct bench_figure *f)
{
	static const char *const sign[] = { "", "<=", ">=" };
	double *ratio = calloc(f->quads * 3, sizeof *ratio), least;
	double *a = ratio + f->quads, *b = a + f->quads, of = f->of;

	if (!ratio)
		bench_bail("no memory");
	run(f, ratio, a, b);
	/* after the medians, which sort, the least is the first */
	printf("figure\t%s\t%s\t%g\t%.5f\t%.1f\t%.1f", f->name, sign[f->how],
	       f->aim, median(ratio, f->quads), median(a, f->quads) / of,
	       median(b, f->quads) / of);
	least = f->how == AIM_AT_LEAST ? a[0] / b[0] : b[0] / a[0];
	printf("\t%.5f\n", least);
	fflush(stdout);
	free(ratio);
}

void bench_phase(const char *name, bench_block *block, const void *way,
		 unsigned of)
{
	double ns[REPEATS];
	int i;

	for (i = 0; i < REPEATS; i++)
		ns[i] = (double)block(way) / of;
	printf("phase\t%s\t%.2f\n", name, median(ns, REPEATS));
	fflush(stdout);
}
