/* Two ways of doing the same, in short blocks that alternate, so that the
   machine's noise hits both.  Each program prints lines for table.awk, and is
   run several times: the layout of a process's memory is part of the noise. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* Prepares one way, does it, returns the nanoseconds of the doing. */
typedef uint64_t bench_block(const void *way);

/* What a ratio should be. */
enum bench_aim { AIM_NONE, AIM_AT_MOST, AIM_AT_LEAST };

/* One figure: quads of blocks a, b, b, a, or b, a, a, b, each of `of`
   operations; prepare is called before each quad.  A quad's ratio is that of
   its faster blocks, b over a; with AIM_AT_LEAST it is of throughput, a over
   b. */
struct bench_figure {
	const char *name;
	enum bench_aim how;
	double aim;
	unsigned quads, of;
	bench_block *block;
	const void *a, *b;
	void (*prepare)(void);
};
void bench_figure(const struct bench_figure *);

/* Nanoseconds of one operation, for the table of phases. */
void bench_phase(const char *name, bench_block *, const void *way, unsigned of);

uint64_t bench_ns(void);
/* Of this thread alone: others on its CPU do not count. */
uint64_t bench_thread_ns(void);
void bench_pin(int cpu);	/* ignored where there is no such CPU */
unsigned bench_random(void);
__attribute__((noreturn)) void bench_bail(const char *why);

#endif
