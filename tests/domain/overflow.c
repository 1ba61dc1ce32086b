/* Stack overflow: bare it kills, in a domain it is a result, as often as one
   likes, in two threads at once, and nothing is left behind.  GNU libsigsegv's
   documented uses are among the cases. */
#include "clash.h"
#include "domain.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

enum { STACK = 512 << 10, TIMES = 10000 };

static void *bare(void *unused)
{
	*step = 1;
	overflow(NULL);
	return NULL;
}

static void bare_thread(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_create(&thread, &attr, bare, NULL);
	pthread_join(thread, NULL);
}

static void in_domain(void)
{
	struct sigpact_domain *d = domain_new(STACK, 0);
	struct sigpact_fault f;

	*step = 1;
	if (sigpact_domain_call(d, overflow, NULL, &f) == SIGSEGV &&
	    f.kind == SIGPACT_FAULT_OVERFLOW)
		*step = 2;
}

static void on_main(void)
{
	*step = 1;
	overflow(NULL);
}

static void kills(void)
{
	int status = child(bare_thread);

	ok(died_by(status, SIGSEGV) && *step == 1,
	   "bare, 512 KiB: the process dies by SIGSEGV");
	status = child(in_domain);
	ok(status == 0 && *step == 2, "in a domain it is a result");
}

/* A frame of 24 KiB that touches its far end alone. */
__attribute__((noinline)) static long large(long n)
{
	volatile char frame[24 << 10];

	frame[n & 7] = (char)n;
	return n == deepest ? 0 : large(n + 1) + frame[n & 7];
}

static void large_frames(void *unused)
{
	(void)unused;
	large(0);
}

/* Depth is that of the stack, give or take a frame and the guard. */
static void judge(const char *name, size_t stack, size_t guard,
		  void (*function)(void *))
{
	struct sigpact_domain *d = domain_new(stack, guard);
	struct sigpact_fault f;
	int r, good = 1, i;

	memset(&f, 0, sizeof f);
	for (i = 0; i < 3; i++) {
		r = sigpact_domain_call(d, function, NULL, &f);
		good &= r == SIGSEGV && f.kind == SIGPACT_FAULT_OVERFLOW &&
			f.depth > stack - 4096 && f.depth < stack + guard + 32768;
	}
	if (!ok(good, "%s", name))
		printf("# %d, %s, depth %zu\n", r, sigpact_fault_name(f.kind),
		       f.depth);
	sigpact_domain_destroy(d);
}

/* A signal handler without an alternate stack, when there is no room for it:
   SI_KERNEL, no address. */
static void on_signal(int sig)
{
	(void)sig;
}

static void no_room_for_a_frame(void *low)
{
	uintptr_t to = (uintptr_t)low + 1024;

	__asm__ volatile("mov %0,%%rsp\n\t"
			 "call raise_usr1" ::"r"(to & -16ul)
			 : "memory");
}

__attribute__((used)) void raise_usr1(void) __asm__("raise_usr1");
__attribute__((used)) void raise_usr1(void)
{
	raise(SIGUSR1);
}

static void low_of(void *low)
{
	*(uintptr_t *)low = (uintptr_t)__builtin_frame_address(0);
}

static void frame_does_not_fit(void)
{
	struct sigpact_domain *d = domain_new(STACK, 0);
	struct sigpact_fault f;
	uintptr_t top = 0;
	int r;

	signal(SIGUSR1, on_signal);
	raise(SIGUSR1); /* bound now: that takes stack */
	sigpact_domain_call(d, low_of, &top, NULL);
	r = sigpact_domain_call(d, no_room_for_a_frame,
				(void *)(((top + 4095) & -4096ul) - STACK), &f);
	if (!ok(r == SIGSEGV && f.kind == SIGPACT_FAULT_OVERFLOW &&
		    f.address == 0,
		"a signal frame that does not fit is an overflow"))
		printf("# %d %s at %lx, depth %zu\n", r,
		       sigpact_fault_name(f.kind), (unsigned long)f.address,
		       f.depth);
	sigpact_domain_destroy(d);
}

/* The same with a signal that is kept off the alternate stack: it runs on the
   domain's, and where it does not fit that is an overflow too. */
static volatile uintptr_t ran_at;

static void on_excluded(int sig)
{
	(void)sig;
	ran_at = (uintptr_t)__builtin_frame_address(0);
}

static void raises_excluded(void *at)
{
	*(uintptr_t *)at = (uintptr_t)__builtin_frame_address(0);
	raise(SIGUSR1);
}

static void excluded(void)
{
	struct sigaction a = { .sa_handler = on_excluded,
			       .sa_flags = SA_ONSTACK };
	struct sigpact_domain *d = domain_new(STACK, 0);
	struct sigpact_fault f;
	uintptr_t at = 0, low;
	int r, i, good = 1;

	sigaction(SIGUSR1, &a, NULL);
	sigpact_domain_call(d, raises_excluded, &at, NULL);
	good = ran_at - at >= STACK; /* on the alternate stack */
	low = ((at + 4095) & -4096ul) - STACK;
	if (sigpact_exclude_set(SIGUSR1))
		bail("no exclusion");
	r = sigpact_domain_call(d, raises_excluded, &at, NULL);
	ok(good && r == 0 && at - ran_at < STACK,
	   "an excluded signal runs on the domain's stack");
	for (i = 0, good = 1; i < 100; i++) {
		r = sigpact_domain_call(d, no_room_for_a_frame, (void *)low, &f);
		good &= r == SIGSEGV && f.kind == SIGPACT_FAULT_OVERFLOW;
	}
	if (!ok(good, "… and where it does not fit, that is an overflow"))
		printf("# %d %s at %lx, depth %zu\n", r,
		       sigpact_fault_name(f.kind), (unsigned long)f.address,
		       f.depth);
	sigpact_exclude_clear(SIGUSR1);
	sigpact_domain_destroy(d);
}

static pthread_barrier_t both; /* have a stack */

static void *worker(void *wrong)
{
	struct sigpact_domain *d = domain_new(STACK, 0);
	sigset_t before, after;
	struct sigpact_fault f;
	long bad = 0;
	int i;

	pthread_barrier_wait(&both);
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	for (i = 0; i < TIMES; i++)
		bad += sigpact_domain_call(d, overflow, NULL, &f) != SIGSEGV ||
		       f.kind != SIGPACT_FAULT_OVERFLOW;
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	bad += memcmp(&before, &after, 8) != 0;
	sigpact_domain_destroy(d);
	*(long *)wrong = bad;
	return NULL;
}

static long two_threads(void)
{
	pthread_t thread[2];
	long wrong[2];
	int i;

	pthread_barrier_init(&both, NULL, 2);
	for (i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, worker, &wrong[i]);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return wrong[0] + wrong[1];
}

static void many(void)
{
	long wrong = two_threads(), pages = resident(), more;
	int maps = mappings(), later;

	wrong += two_threads();
	more = resident() - pages;
	later = mappings() - maps;
	ok(!wrong, "%d overflows in each of two threads, twice", TIMES);
	if (!ok(later == 0 && more < 64, "and no mapping or memory more"))
		printf("# %d mappings, %ld pages\n", later, more);
}

static void create_destroy(void)
{
	struct sigpact_domain *d[200];
	int i, round, start = mappings(), before = 0, during = 0;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < 200; i++)
			d[i] = domain_new(STACK, 0);
		if (round == 0)
			during = mappings();
		for (i = 0; i < 200; i++)
			sigpact_domain_destroy(d[i]);
		if (round == 0)
			before = mappings();
	}
	ok(mappings() <= before, "4,000 domains, 200 at once: no mapping stays");
	ok(during - start < 2 * 200 + 20, "a domain has two mappings");
}

/* Stacks of the caller's: guard, stack, and above it his own memory, which is in
   the stack's mapping. */
enum { GIVEN_GUARD = 64 << 10, GIVEN = 1 << 20 };

static void *place(void)
{
	char *p = mmap(NULL, GIVEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED ||
	    mprotect(p + GIVEN_GUARD, GIVEN - 2 * GIVEN_GUARD,
		     PROT_READ | PROT_WRITE))
		bail("no memory");
	return p;
}

static void given(void)
{
	struct sigpact_domain *d = NULL;
	char *p = place(), *above = p + GIVEN_GUARD + STACK;
	int i, good, before = mappings();
	struct sigpact_fault f;

	memset(above, 'x', 4096);
	good = sigpact_domain_create_at(p, STACK, GIVEN_GUARD, &d) == 0;
	for (i = 0; i < 1000 && good; i++)
		good = sigpact_domain_call(d, overflow, NULL, &f) == SIGSEGV &&
		       f.kind == SIGPACT_FAULT_OVERFLOW &&
		       f.address - (uintptr_t)p < GIVEN_GUARD;
	good &= sigpact_domain_destroy(d) == 0;
	ok(good && above[0] == 'x' && above[4095] == 'x',
	   "on a stack of the caller's, who has what is above it");
	ok(mappings() <= before + 1, "… that stays his, in its mapping");
	ok(sigpact_domain_create_at(NULL, STACK, 4096, &d) == -EFAULT &&
	       sigpact_domain_create_at(p, STACK, 4096, NULL) == -EFAULT &&
	       sigpact_domain_create_at(p, STACK, 0, &d) == -EINVAL &&
	       sigpact_domain_create_at(p, 8192, 4096, &d) == -EINVAL &&
	       sigpact_domain_create_at(p, STACK + 1, 4096, &d) == -EINVAL &&
	       sigpact_domain_create_at(p + 8, STACK, 4096, &d) == -EINVAL,
	   "… and what is no stack is refused");
	munmap(p, GIVEN);
}

/* libsigsegv, tests/stackoverflow1 and 2: overflow twice, go on each time; tell
   it from another fault, in either order. */
static void other_fault(void *unused)
{
	*(volatile char *)0x8000 = 1;
	(void)unused;
}

static void told_apart(void)
{
	struct sigpact_domain *d = domain_new(16 << 10, 4096);
	struct sigpact_fault f;
	int i, good = 1;

	for (i = 0; i < 2; i++) {
		good &= sigpact_domain_call(d, overflow, NULL, &f) == SIGSEGV &&
			f.kind == SIGPACT_FAULT_OVERFLOW;
		good &= sigpact_domain_call(d, other_fault, NULL, &f) ==
			    SIGSEGV &&
			f.kind == SIGPACT_FAULT_NULL;
	}
	ok(good, "libsigsegv: overflow of a small stack, and another fault, "
		 "twice");
	sigpact_domain_destroy(d);
}

/* … tests/sigsegv2, stackoverflow2: a fault in the heap, far below the stack
   pointer, that is no overflow. */
static void below(void *page)
{
	*(volatile char *)page = 1;
}

static void heap_fault(void)
{
	struct sigpact_domain *d = domain_new(64 << 10, 0);
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	struct sigpact_fault f;
	int r = sigpact_domain_call(d, below, page + 12, &f);

	ok(r == SIGSEGV && f.kind == SIGPACT_FAULT_PROTECTED &&
	       f.address == (uintptr_t)page + 12,
	   "libsigsegv: a fault in the heap below the stack");
	sigpact_domain_destroy(d);
	munmap(page, 4096);
}

/* … and sigsegv1: a handler makes the page accessible and the code goes on; in a
   domain that is for the action that was there, on another thread's behalf. */
static char *fixed;

static void fix(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	if ((char *)info->si_addr - fixed < 4096)
		mprotect(fixed, 4096, PROT_READ | PROT_WRITE);
	else
		_exit(9);
}

static void continues(void)
{
	struct sigaction a = { .sa_sigaction = fix, .sa_flags = SA_SIGINFO };
	struct sigpact_domain *d;

	fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGSEGV, &a, NULL);
	d = domain_new(0, 0);
	fixed[7] = 3;
	*step = 1;
	if (sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV &&
	    fixed[7] == 3)
		*step = 2;
}

static void high_water(void)
{
	struct sigpact_domain *d = domain_new(768 << 10, 0);
	long at_first = sigpact_domain_high_water(d);
	long after;

	deepest = 1000;
	sigpact_domain_call(d, overflow, NULL, NULL);
	after = sigpact_domain_high_water(d);
	deepest = -1;
	ok(at_first == 0 && after >= 200000 && after < 700000,
	   "high water: %ld bytes after 1,000 frames of 200", after);
	sigpact_domain_call(d, overflow, NULL, NULL);
	ok(sigpact_domain_high_water(d) == 768 << 10, "and all after overflow");
	sigpact_domain_destroy(d);
}

int main(void)
{
	steps_share();
	kills();
	ok(died_by(child(on_main), SIGSEGV) && *step == 1,
	   "on the first thread's stack it still kills");
	judge("small frames, guard of a page", STACK, 4096, overflow);
	judge("frames of 24 KiB, guard of 64 KiB", STACK, 65536, large_frames);
	judge("frames of 24 KiB, guard of a page, -fstack-clash-protection",
	      STACK, 4096, clash_protected);
	judge("a stack of 16 KiB", 16 << 10, 65536, overflow);
	judge("a stack of 8 MiB", 8 << 20, 65536, overflow);
	frame_does_not_fit();
	excluded();
	many();
	create_destroy();
	given();
	told_apart();
	heap_fault();
	ok(child(continues) == 0 && *step == 2,
	   "libsigsegv: continue after a fault that a handler mends");
	high_water();
	return done();
}
