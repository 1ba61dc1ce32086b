/* A thread that is held inside a restartable sequence (rseq(2)) aborts it: the
   kernel, which sees our registers, would forget to, and another CPU's data be
   changed. */
#include "held.h"

#include <stddef.h>

enum { SIGNATURE = 0x53053053, HOLDS = 50 };

struct area {
	uint32_t cpu_start, cpu;
	volatile uint64_t cs;
	uint32_t flags, pad[3];
} __attribute__((aligned(32)));

extern const ptrdiff_t __rseq_offset __attribute__((weak)); /* glibc 2.35 */

static struct area own;

/* Spins in a sequence; counts its aborts. */
static void sequences(void)
{
	struct area *a = &own;

	if (syscall(SYS_rseq, a, sizeof *a, 0, SIGNATURE)) {
		if (!&__rseq_offset)
			shared->error = errno;
		a = (struct area *)((char *)__builtin_thread_pointer() +
				    __rseq_offset);
	}
	shared->value = (long)&a->cs;
	shared->ready = 1;
	while (!shared->stop && !shared->error)
		__asm__ volatile(
			".pushsection .data.sequence,\"aw\"\n\t"
			".balign 32\n"
			"9:\t.long 0, 0\n\t.quad 1f, 2f - 1f, 3f\n\t"
			".popsection\n\t"
			"lea 9b(%%rip),%%rax\n\t"
			"mov %%rax,%[cs]\n"
			"1:\tincq %[work]\n\t"
			"cmpl $0,%[stop]\n\t"
			"je 1b\n"
			"2:\tjmp 4f\n\t"
			".byte 0x0f,0xb9,0x3d\n\t"
			".long %c[signature]\n"
			"3:\tincq %[aborts]\n"
			"4:"
			: [cs] "=m"(a->cs), [work] "+m"(shared->work),
			  [aborts] "+m"(shared->caught)
			: [stop] "m"(shared->stop), [signature] "i"(SIGNATURE)
			: "rax", "memory", "cc");
}

static uint64_t armed(pid_t pid)
{
	uint64_t cs = 0;

	sigpact__remote_read(pid, shared->value, &cs, sizeof cs);
	return cs;
}

int main(void)
{
	pid_t pid = child(sequences);
	struct sigpact__remote r;
	int i, good = 1;
	long before;

	if (shared->error) {
		skip("sequence", strerror(shared->error));
		return done();
	}
	for (i = 0; i < HOLDS && good; i++) {
		good = !sigpact__remote_hold(&r, pid, pid, 10000);
		before = shared->caught;
		good = good && call(&r, SYS_getpid) == pid;
		sigpact__remote_release(&r);
		/* out of it by an abort, or in one that is still guarded */
		good = good &&
		       WAIT_FOR(shared->caught != before || armed(pid));
	}
	shared->stop = 1;
	ok(!ended(pid) && good, "held %d times in a sequence", i);
	return done();
}
