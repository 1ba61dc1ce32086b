/* The switch between contexts; domains that park and go on, here or in another
   thread. */
#include "domain.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

static struct sigpact_context here, there;
static char space[65536] __attribute__((aligned(64)));
static volatile int turns;

static void words_set(unsigned mxcsr, unsigned short word)
{
	__asm__ volatile("ldmxcsr %0; fldcw %1" ::"m"(mxcsr), "m"(word));
}

static int words_are(unsigned mxcsr, unsigned short word)
{
	unsigned m;
	unsigned short w;

	__asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(m), "=m"(w));
	return m == mxcsr && w == word;
}

/* Registers that a call keeps, across a switch. */
#define ACROSS(call, bad, from, to)                                            \
	__asm__ volatile("push %%rbp; push %%rbx; sub $128,%%rsp\n\t"          \
			 "mov $0x11,%%ebx; mov $0x12,%%ebp\n\t"                \
			 "mov $0x13,%%r12d; mov $0x14,%%r13d\n\t"              \
			 "mov $0x15,%%r14d; mov $0x16,%%r15d\n\t" call         \
			 "\n\txor $0x11,%%rbx; xor $0x12,%%rbp\n\t"            \
			 "xor $0x13,%%r12; xor $0x14,%%r13\n\t"                \
			 "xor $0x15,%%r14; xor $0x16,%%r15\n\t"                \
			 "or %%rbp,%%rbx; or %%r12,%%rbx; or %%r13,%%rbx\n\t"  \
			 "or %%r14,%%rbx; or %%r15,%%rbx; mov %%rbx,%%rax\n\t" \
			 "add $128,%%rsp; pop %%rbx; pop %%rbp"                \
			 : "=a"(bad), "+D"(from), "+S"(to)                     \
			 :                                                     \
			 : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",      \
			   "r13", "r14", "r15", "memory", "cc")

static void spoils(void *argument)
{
	words_set(0x3f80, 0x27f);
	for (;;) {
		turns += argument == &turns && words_are(0x3f80, 0x27f);
		__asm__ volatile("mov $-1,%%rbx; mov $-1,%%r12; mov $-1,%%r13\n"
				 "mov $-1,%%r14; mov $-1,%%r15"
				 ::: "rbx", "r12", "r13", "r14", "r15");
		sigpact_context_switch(&there, &here);
	}
}

static void registers(void)
{
	uint64_t bad, all = 0;
	int i, words = 1;

	if (sigpact_context_make(&there, space, sizeof space, spoils,
				 (void *)&turns))
		bail("no context");
	for (i = 0; i < 1000; i++) {
		struct sigpact_context *from = &here, *to = &there;

		ACROSS("call sigpact_context_switch@plt", bad, from, to);
		all |= bad;
		words &= words_are(0x1f80, 0x37f);
	}
	ok(!all && turns == 1000, "a switch keeps a function's registers");
	ok(words, "… and the floating-point control words of each context");
}

static void counts(void *n)
{
	volatile int *count = n;

	while (*count < 100) {
		++*count;
		sigpact_domain_park();
	}
}

static void goes_on(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	int n = 0, parked = 0, r;

	r = sigpact_domain_call(d, counts, &n, NULL);
	ok(r == SIGPACT_PARKED && n == 1 && !sigpact_domain_current() &&
	       sigpact_domain_call(d, counts, &n, NULL) == -EBUSY,
	   "a domain parks; it cannot be called then");
	while (r == SIGPACT_PARKED) {
		parked += r == SIGPACT_PARKED;
		r = sigpact_domain_resume(d, NULL);
	}
	ok(r == 0 && parked == 100 && n == 100 &&
	       sigpact_domain_resume(d, NULL) == -ENOENT,
	   "it goes on until it returns");
	sigpact_domain_destroy(d);
}

static void parks_and_overflows(void *unused)
{
	sigpact_domain_park();
	overflow(unused);
}

static void *resumes(void *domain)
{
	struct sigpact_fault f;
	intptr_t r = sigpact_domain_resume(domain, &f);

	return (void *)(r == SIGSEGV && f.kind == SIGPACT_FAULT_OVERFLOW
			    ? domain
			    : NULL);
}

static void elsewhere(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	pthread_t thread;
	int good = 1, i;
	void *result;

	for (i = 0; i < 100; i++) {
		good &= sigpact_domain_call(d, parks_and_overflows, NULL,
					    NULL) == SIGPACT_PARKED;
		if (pthread_create(&thread, NULL, resumes, d) ||
		    pthread_join(thread, &result))
			bail("no thread");
		good &= result == d;
	}
	ok(good, "it overflows in another thread than it parked in");
	sigpact_domain_destroy(d);
}

static int cleaned;

static void clean(void *unused)
{
	(void)unused;
	cleaned++;
}

static void holds_and_parks(void *unused)
{
	struct sigpact_cleanup c = { clean, NULL, NULL };

	(void)unused;
	sigpact_domain_defer(&c);
	sigpact_domain_park();
}

static void dropped(void)
{
	struct sigpact_domain *d = domain_new(0, 0);

	sigpact_domain_call(d, holds_and_parks, NULL, NULL);
	ok(sigpact_domain_destroy(d) == 0 && cleaned == 1,
	   "a parked domain is given back, after its cleanups");
}

static void leaves_word(void *why)
{
	*(int *)why = 7;
	holds_and_parks(NULL);
	*(int *)why = 8;
}

static void ended(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	int why = 0, good = sigpact_domain_end(d) == -ENOENT, i;

	cleaned = 0;
	for (i = 1; i <= 10000; i++)
		good &= sigpact_domain_call(d, leaves_word, &why, NULL) ==
			    SIGPACT_PARKED &&
			sigpact_domain_end(d) == 0 && cleaned == i &&
			why == 7;
	ok(good && sigpact_domain_resume(d, NULL) == -ENOENT &&
	       sigpact_domain_end(d) == -ENOENT &&
	       sigpact_domain_end(NULL) == -EFAULT,
	   "a parked domain is ended, and called again, 10,000 times");
	ok(sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV &&
	       sigpact_domain_end(d) == -ENOENT,
	   "after a fault there is nothing to end");
	sigpact_domain_destroy(d);
}

/* The inner one parks to the outer one's code, and goes on after that is gone. */
static struct sigpact_domain *inner;
static int inner_count, inner_result;

static void starts_inner(void *unused)
{
	(void)unused;
	inner_result = sigpact_domain_call(inner, counts, &inner_count, NULL);
	overflow(NULL);
}

static void nested(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	int r;

	inner = domain_new(0, 0);
	inner_count = 98;
	r = sigpact_domain_call(d, starts_inner, NULL, NULL);
	ok(r == SIGSEGV && inner_result == SIGPACT_PARKED &&
	       sigpact_domain_destroy(d) == 0 &&
	       sigpact_domain_resume(inner, NULL) == SIGPACT_PARKED &&
	       sigpact_domain_resume(inner, NULL) == 0 && inner_count == 100,
	   "nested: parks to the outer one, which faults; it goes on");
	sigpact_domain_destroy(inner);
}

int main(void)
{
	registers();
	goes_on();
	elsewhere();
	dropped();
	ended();
	nested();
	return done();
}
