/* What is in the vector registers, and whether it came back: x86-64.  The
   loads and stores are in vector.S.  Normal context; area and trim in a
   handler too. */
#include "frame.h"
#include "sys.h"
#include "vector.h"
#include "vector_layout.h"

#include <cpuid.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARCH_REQ_XCOMP_PERM 0x1023
#define XFEATURE_TILEDATA 18
#define XCR0_AVX 0x6
#define XCR0_AVX512 0xe6
#define XCR0_AMX 0x60000

static uint64_t xcr0(void)
{
	uint32_t a, d;

	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (uint64_t)d << 32 | a;
}

/* Tiles are for those that asked; a kernel before 5.16 does not know them. */
static int may_use_tiles(void)
{
	return !sigpact__sys2(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM,
			      XFEATURE_TILEDATA);
}

unsigned sigpact__vector_levels(void)
{
	unsigned levels = LEVEL_SSE;
	uint32_t a, b, c, d;
	uint64_t on;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return levels;
	on = xcr0();
	if (c & bit_AVX && (on & XCR0_AVX) == XCR0_AVX)
		levels |= LEVEL_AVX;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
		return levels;
	if (b & bit_AVX512F && b & bit_AVX512BW &&
	    (on & XCR0_AVX512) == XCR0_AVX512)
		levels |= LEVEL_AVX512;
	if (d & 1u << 24 && (on & XCR0_AMX) == XCR0_AMX && may_use_tiles())
		levels |= LEVEL_AMX;
	return levels;
}

const char *sigpact__vector_level_name(unsigned bit)
{
	static const char *const names[] = {
		"x87, MXCSR, xmm0-15", "ymm0-15", "zmm0-31, k0-7", "tmm0-7"
	};

	return bit < sizeof names / sizeof *names ? names[bit] : NULL;
}

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

void sigpact__vector_fill(struct sigpact__vector *v, uint32_t seed)
{
	uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u, word;
	size_t i;

	for (i = 0; i < sizeof v->bytes; i += sizeof word) {
		word = next(&x);
		memcpy(v->bytes + i, &word, sizeof word);
	}
	/* what an 80-bit load and store keep: any number that is none of the
	   special ones */
	for (i = 0; i < 8; i++) {
		v->bytes[VECTOR_ST + 16 * i + 7] |= 0x80;
		v->bytes[VECTOR_ST + 16 * i + 9] = 0x3f;
	}
	/* all exceptions masked; rounding, flush to zero and flags vary */
	word = 0x1f80 | (next(&x) & 0xe03f);
	memcpy(v->bytes + VECTOR_MXCSR, &word, 4);
	word = 0x027f | (next(&x) & 0x0d00);
	memcpy(v->bytes + VECTOR_FCW, &word, 2);
	memset(v->bytes + VECTOR_TILECFG, 0, 64);
	v->bytes[VECTOR_TILECFG] = 1; /* palette: 8 tiles of 16 rows of 64 */
	for (i = 0; i < 8; i++) {
		v->bytes[VECTOR_TILECFG + 16 + 2 * i] = 64;
		v->bytes[VECTOR_TILECFG + 48 + i] = 16;
	}
}

/* Registers of one sort that differ. */
struct parts {
	const char *prefix;
	unsigned first, count;	/* first register's number, how many */
	size_t at, step, size;	/* bytes of each */
	unsigned level;
};
static const struct parts parts[] = {
	{ "x87 st", 0, 8, VECTOR_ST, 16, 10, LEVEL_SSE },
	{ "x87 control word ", 0, 1, VECTOR_FCW, 0, 2, LEVEL_SSE },
	{ "MXCSR ", 0, 1, VECTOR_MXCSR, 0, 4, LEVEL_SSE },
	{ "xmm", 0, 16, VECTOR_ZMM, 64, 16, LEVEL_SSE },
	{ "upper ymm", 0, 16, VECTOR_ZMM + 16, 64, 16, LEVEL_AVX },
	{ "upper zmm", 0, 16, VECTOR_ZMM + 32, 64, 32, LEVEL_AVX512 },
	{ "zmm", 16, 16, VECTOR_ZMM + 1024, 64, 64, LEVEL_AVX512 },
	{ "k", 0, 8, VECTOR_K, 8, 8, LEVEL_AVX512 },
	{ "tile configuration ", 0, 1, VECTOR_TILECFG, 0, 64, LEVEL_AMX },
	{ "tmm", 0, 8, VECTOR_TILE, 1024, 1024, LEVEL_AMX },
};

static uint32_t changed(const struct parts *p, const struct sigpact__vector *a,
			const struct sigpact__vector *b)
{
	uint32_t set = 0, i;

	for (i = 0; i < p->count; i++)
		if (memcmp(a->bytes + p->at + i * p->step,
			   b->bytes + p->at + i * p->step, p->size))
			set |= 1u << i;
	return set;
}

/* "xmm0-15", "k1,3" */
static size_t spell(const struct parts *p, uint32_t set, char *to, size_t size)
{
	unsigned i, end;
	size_t n = 0;

	if (p->count == 1)
		return (size_t)snprintf(to, size, "%.*s",
					(int)strlen(p->prefix) - 1, p->prefix);
	for (i = 0; i < p->count && n < size; i = end + 1) {
		end = i;
		if (!(set >> i & 1))
			continue;
		while (end + 1 < p->count && set >> (end + 1) & 1)
			end++;
		n += (size_t)snprintf(to + n, size - n, "%s%u",
				      n ? "," : p->prefix, p->first + i);
		if (end > i && n < size)
			n += (size_t)snprintf(to + n, size - n, "-%u",
					      p->first + end);
	}
	return n;
}

int sigpact__vector_differ(const struct sigpact__vector *in,
			   const struct sigpact__vector *out, unsigned levels,
			   char *what, size_t size)
{
	size_t i, n = 0;
	uint32_t set;
	int differ = 0;

	*what = 0;
	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!(parts[i].level & levels))
			continue;
		set = changed(parts + i, in, out);
		if (!set)
			continue;
		if (differ++ && n < size)
			n += (size_t)snprintf(what + n, size - n, ", ");
		if (n < size)
			n += spell(parts + i, set, what + n, size - n);
	}
	return differ;
}

void sigpact__vector_clear(void)
{
	static _Alignas(64) unsigned char zero[XS_LEGACY] = {
		[0] = 0x7f, [1] = 0x03, [XS_MXCSR] = 0x80, [XS_MXCSR + 1] = 0x1f
	};

	if (sigpact__vector_levels() & LEVEL_AVX)
		__asm__ volatile("xrstor %0"
				 :
				 : "m"(zero), "a"(~(1u << XFEATURE_PKRU)), "d"(-1)
				 : "memory");
	else
		__asm__ volatile("fxrstor %0" : : "m"(zero) : "memory");
}

/* fpregs, and what its software bytes say of it */
static unsigned char *area(const void *ucontext)
{
	return (unsigned char *)*(const uintptr_t *)((uintptr_t)ucontext +
						     UC_FPREGS);
}

static uint32_t get4(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

int sigpact__vector_area(const void *ucontext, struct sigpact__vector_area *a)
{
	const unsigned char *p = area(ucontext);

	if (!p)
		return 0;
	a->at = (uintptr_t)p;
	a->size = 512;
	a->edge = 0;
	if (get4(p + XS_MAGIC1) != XS_MAGIC1_VALUE)
		return 1;
	a->size = get4(p + XS_EXTENDED_SIZE);
	a->edge = XS_LEGACY; /* before it lies the header, cleared first */
	return 1;
}

static uint32_t live_end(uint64_t live)
{
	uint32_t a, b, c, d, end = XS_LEGACY, i;

	for (i = 2; i < 63; i++) {
		if (!(live >> i & 1))
			continue;
		__cpuid_count(0xd, i, a, b, c, d);
		if (b + a > end)
			end = b + a;
	}
	return end;
}

long sigpact__vector_trim(void *ucontext)
{
	unsigned char *p = area(ucontext);
	uint32_t size, end, magic2 = XS_MAGIC2_VALUE;
	uint64_t live;

	if (!p || get4(p + XS_MAGIC1) != XS_MAGIC1_VALUE)
		return -ENOTSUP;
	memcpy(&live, p + XS_BV, sizeof live);
	size = get4(p + XS_XSTATE_SIZE);
	end = live_end(live);
	if (end > size)
		return -EINVAL;
	memcpy(p + XS_XSTATE_SIZE, &end, sizeof end);
	memcpy(p + end, &magic2, sizeof magic2);
	end += (uint32_t)sizeof magic2;
	memcpy(p + XS_EXTENDED_SIZE, &end, sizeof end);
	return (long)(size + sizeof magic2 - end);
}

int sigpact__vector_red(long nr, long pid, long tid, long sig);

int sigpact__vector_red_zone(long sig, long tid)
{
	return sigpact__vector_red(SYS_tgkill, sigpact__sys0(SYS_getpid), tid,
				   sig);
}
