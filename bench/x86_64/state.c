/* Which components of the extended state are live: what a signal frame costs
   depends on it, so both ways of a pair must start from the same.  And the
   entry routine without the kernel.  Normal context. */
#include "state.h"
#include "core.h"

#include <cpuid.h>

static unsigned char area[16384] __attribute__((aligned(64)));

uint64_t state_enabled(void)
{
	uint32_t a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return 0;
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return ((uint64_t)d << 32 | a) & STATE_FULL;
}

uint32_t state_size(void)
{
	uint32_t a, b, c, d;

	return __get_cpuid_count(0xd, 0, &a, &b, &c, &d) ? b : 0;
}

const struct state_copy state_copies[] = {
	{ "xmm", sigpact__fast_xmm },
	{ "ymm", sigpact__fast_ymm },
	{ "zmm", sigpact__fast_zmm },
};

unsigned state_copies_count(void)
{
	uint64_t enabled = state_enabled();

	return enabled == STATE_FULL ? 3 : enabled & 1 << XFEATURE_YMM ? 2 : 1;
}

uint64_t state_of(const void *ucontext)
{
	uintptr_t at = (uintptr_t)ucontext + UC_FPREGS;

	at = *(const volatile uint64_t *)at + XS_BV;
	return *(const volatile uint64_t *)at & STATE_FULL;
}

/* Those in live get values other than their initial ones, those of STATE_FULL
   that are not, their initial ones. */
void state_set(uint64_t live)
{
	unsigned i;

	for (i = 0; i < sizeof area; i++)
		area[i] = i >= XS_LEGACY || (i >= 160 && i < 416) ? 0x5a : 0;
	area[0] = 0x7f, area[1] = 0x03; /* the x87 control word */
	area[4] = 1;			/* a register in use */
	*(volatile uint32_t *)(area + XS_MXCSR) = XS_MXCSR_VALUE;
	*(volatile uint64_t *)(area + XS_BV) = live;
	__asm__ volatile("xrstor %0" : : "m"(area), "a"(STATE_FULL), "d"(0));
}

__asm__(".text\n"
	".globl routine_call, routine_return\n"
	"routine_call:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp,routine_sp(%rip)\n"
	"	mov %rdi,%rax\n"
	"	mov %edx,%edi\n"
	"	mov %rsi,%rsp\n"
	"	lea 8(%rsp),%rdx\n"
	"	lea 312(%rsp),%rsi\n"
	"	jmp *%rax\n"
	"routine_return:\n"
	"	mov routine_sp(%rip),%rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	"	.local routine_sp\n"
	"	.comm routine_sp,8,8\n");

void routine_aim(uintptr_t frame, uintptr_t sp)
{
	*(volatile uint64_t *)(frame + FRAME_UC + UC_RSP) = sp;
}
