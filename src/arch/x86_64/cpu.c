/* The extended state of this CPU: where each component lies in the standard
   format (it differs between vendors), and the widest registers to copy with.
   Normal context, once. */
#include "core.h"

#include <cpuid.h>
#include <errno.h>

void *sigpact__fast = sigpact__fast_xmm;
uint64_t sigpact__xslow = ~(uint64_t)XFEATURES_FAST;
uint64_t sigpact__xkeep = XFEATURES_LEGACY;
uint32_t sigpact__xoffset[16];
uint32_t sigpact__xend[16];
uint32_t sigpact__xwhole;
uint32_t sigpact__xcompact;

static uint64_t enabled(void)
{
	uint32_t a, d;

	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (uint64_t)d << 32 | a;
}

/* 0; -ENOSYS: no XSAVE, relocation is not to be had. */
int sigpact__cpu_learn(void)
{
	uint32_t a, b, c, d, i, end = XS_LEGACY;
	uint64_t xcr0;

	if (sigpact__xend[0])
		return 0;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return -ENOSYS;
	xcr0 = enabled();
	for (i = 2; i < 16; i++) {
		sigpact__xend[i] = end;
		if (!(XFEATURES_FAST >> i & xcr0 >> i & 1))
			continue;
		__cpuid_count(0xd, i, a, b, c, d);
		sigpact__xoffset[i] = b;
		if (b + a > end)
			end = b + a;
		sigpact__xend[i] = end;
	}
	/* the kernel sets keys that a frame leaves out to its default, not 0 */
	sigpact__xkeep |= xcr0 & (1u << XFEATURE_PKRU);
	if ((xcr0 & 0xe6) == 0xe6)
		sigpact__fast = sigpact__fast_zmm;
	else if ((xcr0 & 6) == 6)
		sigpact__fast = sigpact__fast_ymm;
	__cpuid_count(0xd, 0, a, b, c, d);
	sigpact__xwhole = b;
	__cpuid_count(0xd, 1, a, b, c, d);
	sigpact__xcompact = a >> 1 & 1;
	sigpact__xend[1] = XS_LEGACY;
	sigpact__xend[0] = XS_LEGACY; /* last: it says that all is known */
	return 0;
}
