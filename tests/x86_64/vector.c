/* The registers that `sigpact check` watches: a bit flipped in the frame of a
   signal, in each of them, must be noticed and named, by the comparison and by
   the whole probe. */
#include <cpuid.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

#include "checks.h"
#include "frame.h"
#include "probe.h"
#include "tap.h"
#include "vector.h"
#include "vector_layout.h"

enum { SPINS = 1 << 24, FLIPS = 8, TEXT = 160 };

/* Registers of one sort, in the frame's area. */
static const struct sort {
	const char *name;	/* a number follows when there are several */
	unsigned first, count, component, at, step, bits, level;
	unsigned only;		/* … or this bit alone, 0: any */
} sorts[] = {
	{ "x87 st", 0, 8, 0, 32, 16, 63, LEVEL_SSE, 0 },
	{ "x87 control word", 0, 1, 0, 0, 0, 16, LEVEL_SSE, 10 },
	{ "MXCSR", 0, 1, 1, XS_MXCSR, 0, 16, LEVEL_SSE, 13 },
	{ "xmm", 0, 16, 1, 160, 16, 128, LEVEL_SSE, 0 },
	{ "upper ymm", 0, 16, 2, 0, 16, 128, LEVEL_AVX, 0 },
	{ "upper zmm", 0, 16, 6, 0, 32, 256, LEVEL_AVX512, 0 },
	{ "zmm", 16, 16, 7, 0, 64, 512, LEVEL_AVX512, 0 },
	{ "k", 0, 8, 5, 0, 8, 64, LEVEL_AVX512, 0 },
	{ "tmm", 0, 8, 18, 0, 1024, 8192, LEVEL_AMX, 0 },
};
enum { SORTS = sizeof sorts / sizeof *sorts };

static volatile uint32_t arrived;
static const struct sort *sort; /* NULL: leave the frame alone */
static unsigned number, bit;
static uint32_t offset[19];

static void learn_offsets(void)
{
	uint32_t a, b, c, d, i;

	for (i = 2; i < 19; i++) {
		__cpuid_count(0xd, i, a, b, c, d);
		offset[i] = b;
	}
}

static void flip(void *ucontext)
{
	struct sigpact__vector_area area;

	if (!sort)
		return;
	sigpact__vector_area(ucontext, &area);
	((unsigned char *)area.at)[offset[sort->component] + sort->at +
				   number * sort->step + bit / 8] ^=
		(unsigned char)(1u << bit % 8);
}

/* vector.S: where all registers are held. */
extern char sigpact__vector_wait[], sigpact__vector_waited[];

static int waits(const void *ucontext)
{
	const ucontext_t *uc = ucontext;
	uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

	return pc >= (uintptr_t)sigpact__vector_wait &&
	       pc < (uintptr_t)sigpact__vector_waited;
}

static void handler(int sig, siginfo_t *info, void *ucontext)
{
	(void)sig;
	(void)info;
	if (arrived || !waits(ucontext))
		return;
	flip(ucontext);
	arrived = 1;
}

/* A signal while registers are held: are they others after it, and which? */
static int differs(unsigned levels, char what[TEXT])
{
	static struct sigpact__vector in, out;
	static uint32_t seed;
	static const struct itimerval none;
	const struct itimerval often = { { 0, 200 }, { 0, 200 } };

	sigpact__vector_fill(&in, seed++);
	memset(&out, 0, sizeof out);
	arrived = 0;
	setitimer(ITIMER_REAL, &often, NULL);
	while (!arrived)
		sigpact__vector_hold(&in, &out, levels, &arrived, SPINS);
	setitimer(ITIMER_REAL, &none, NULL);
	return sigpact__vector_differ(&in, &out, levels, what, TEXT);
}

static void named(const struct sort *s, unsigned n, char name[TEXT])
{
	if (s->count == 1)
		snprintf(name, TEXT, "%s", s->name);
	else
		snprintf(name, TEXT, "%s%u", s->name, s->first + n);
}

/* Each bit is another one. */
static void each_register(const struct sort *s, unsigned levels)
{
	char what[TEXT], name[TEXT], wrong[TEXT] = "";
	unsigned i, missed = 0, misnamed = 0;

	for (number = 0; number < s->count; number++)
		for (i = 0; i < FLIPS; i++) {
			bit = s->only ? s->only
				      : (number * 37 + i * 101) % s->bits;
			sort = s;
			missed += !differs(levels, what);
			named(s, number, name);
			if (!strcmp(what, name))
				continue;
			misnamed++;
			snprintf(wrong, sizeof wrong, "%.70s: '%.70s'", name,
				 what);
		}
	sort = NULL;
	ok(!missed && !misnamed, "%s: %u registers, %u bits each: %u missed, "
	   "%u misnamed %s", s->name, s->count, s->only ? 1 : FLIPS, missed,
	   misnamed, wrong);
}

static void untouched(unsigned levels)
{
	char what[TEXT] = "";
	unsigned i, n = 0;

	for (i = 0; i < 200 && !n; i++)
		n += (unsigned)differs(levels, what);
	ok(!n, "a frame that is left alone: nothing differs %s", what);
}

/* The probe, in which one frame in some is changed. */
static void hook(void *ucontext)
{
	static __thread unsigned count;

	if (++count % 20 == 0 && waits(ucontext))
		flip(ucontext);
}

static void probe_finds(const struct sort *s)
{
	const struct sigpact__probing g = { 20, NULL, hook };
	struct sigpact__probed p;
	char name[TEXT];

	sort = s;
	number = s->count - 1;
	bit = s->only ? s->only : 3;
	named(s, number, name);
	sigpact__probe(sigpact__probes, &p, &g);
	ok(p.said == SAID_FOUND &&
		   p.finding.kind == &sigpact__finding_kinds[VECTOR_LOST - 1] &&
		   !strncmp(p.seen, name, strlen(name)) && p.finding.cure,
	   "the probe finds a bit of %s: %s", name, p.seen);
	sigpact__probed_free(&p);
	sort = NULL;
}

int main(void)
{
	unsigned levels = sigpact__vector_levels(), i;
	struct sigaction a = { .sa_flags = SA_SIGINFO | SA_RESTART };

	a.sa_sigaction = handler;
	sigaction(SIGALRM, &a, NULL);
	learn_offsets();
	untouched(levels);
	for (i = 0; i < SORTS; i++)
		if (levels & sorts[i].level)
			each_register(sorts + i, levels);
		else
			skip(sorts[i].name, "not of this CPU");
	for (i = 0; i < SORTS; i++)
		if (levels & sorts[i].level)
			probe_finds(sorts + i);
		else
			skip(sorts[i].name, "not of this CPU");
	return done();
}
