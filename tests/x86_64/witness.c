/* Patterns for witness.h, and their comparison. */
#include "witness.h"

#include <cpuid.h>
#include <string.h>

enum witness_level witness_level(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512bw"))
		return WITNESS_AVX512;
	return __builtin_cpu_supports("avx") ? WITNESS_AVX : WITNESS_SSE;
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed ^ *seed >> 29;
}

void witness_fill(struct witness *w, uint64_t seed)
{
	uint64_t *word = (uint64_t *)w;
	double d;
	int i;

	for (i = 0; i < (int)(sizeof *w / sizeof *word); i++)
		word[i] = next(&seed);
	for (i = 0; i < 8; i++) {
		d = (double)(int64_t)next(&seed);
		memcpy(&w->x87[i], &d, sizeof d);
	}
	w->mxcsr = 0x1f80 | (next(&seed) & 3) << 13; /* rounding */
	w->x87_control = 0x037f | (next(&seed) & 3) << 10;
}

/* By level: how much of each register, and which. */
static int vectors_differ(const struct witness *a, const struct witness *b,
			  enum witness_level level)
{
	int count = level == WITNESS_AVX512 ? 32 : 16, i;
	size_t size = 16u << level;

	for (i = 0; i < count; i++)
		if (memcmp(a->zmm[i], b->zmm[i], size))
			return 1;
	return 0;
}

static int general_differ(const struct witness *a, const struct witness *b,
			  uint64_t skip)
{
	int i;

	for (i = 0; i < 16; i++)
		if (!(skip >> i & 1) && a->gpr[i] != b->gpr[i])
			return 1;
	return 0;
}

const char *witness_compare(const struct witness *a, const struct witness *b,
			    enum witness_level level, int called)
{
	if (vectors_differ(a, b, level))
		return "a vector register";
	if (level == WITNESS_AVX512 && memcmp(a->k, b->k, sizeof a->k))
		return "a mask register";
	/* rsp, and what a system call takes: rax rcx rdx rsi rdi r11 */
	if (general_differ(a, b, called ? 0x8d7 : 0x10))
		return "a general register";
	if (memcmp(a->red_zone, b->red_zone, sizeof a->red_zone))
		return "the red zone";
	if (memcmp(a->x87, b->x87, sizeof a->x87))
		return "an x87 register";
	if (a->mxcsr != b->mxcsr)
		return "MXCSR";
	return a->x87_control != b->x87_control ? "x87 control" : NULL;
}
