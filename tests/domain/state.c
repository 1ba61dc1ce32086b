/* What a call leaves of the thread's state: mask, alternate stack, domain;
   nested domains, cleanups, threads with and without an alternate stack, and
   what is refused. */
#include "domain.h"

#include <alloca.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#define AUTODISARM (1u << 31)

static void no_fault(void *ran)
{
	++*(int *)ran;
}

static uint64_t mask_now(void)
{
	uint64_t mask;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
	return mask;
}

static void blocks_and_overflows(void *unused)
{
	uint64_t all = ~0ull & ~(1ull << (SIGSEGV - 1));

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
	overflow(unused);
}

static void mask(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	uint64_t mine = 1ull << (SIGUSR2 - 1);
	int i, good = 1;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mine, NULL, 8);
	for (i = 0; i < 100; i++) {
		good &= sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV;
		good &= mask_now() == mine;
		good &= sigpact_domain_call(d, blocks_and_overflows, NULL,
					    NULL) == SIGSEGV;
		good &= mask_now() == mine;
	}
	ok(good, "the caller's mask is back, whatever the function made of it");
	mine = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mine, NULL, 8);
	sigpact_domain_destroy(d);
}

static void promised(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	uint64_t mine = 1ull << (SIGUSR2 - 1), none = 0;
	sigset_t promise;
	int r;

	sigemptyset(&promise);
	sigaddset(&promise, SIGUSR2);
	r = sigpact_domain_mask_set(d, &promise);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mine, NULL, 8);
	r |= sigpact_domain_call(d, blocks_and_overflows, NULL, NULL);
	ok(r == SIGSEGV && mask_now() == mine, "a promised mask is set");
	r = sigpact_domain_mask_set(d, NULL);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
	r |= sigpact_domain_call(d, blocks_and_overflows, NULL, NULL);
	ok(r == SIGSEGV && mask_now() == 0 &&
	       sigpact_domain_mask_set(NULL, NULL) == -EFAULT,
	   "no promise: the caller's is asked for again");
	sigpact_domain_destroy(d);
}

static void direction(void *unused)
{
	(void)unused;
	__asm__ volatile("std; pushf; orq $0x40000,(%%rsp); popf; ud2"
			 ::: "memory");
}

static void flags(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	uint64_t after;
	int r = sigpact_domain_call(d, direction, NULL, NULL);

	__asm__ volatile("pushf; pop %0" : "=r"(after));
	ok(r == SIGILL && !(after & 0x40400), "no direction or alignment flag");
	sigpact_domain_destroy(d);
}

/* in, and how often it was there */
static struct sigpact_domain *inner, *outer;
static volatile int reached;
static int inner_result;

static void inside(void *fault_in_outer)
{
	struct sigpact_fault f;

	reached = sigpact_domain_current() == outer;
	inner_result = sigpact_domain_call(inner, overflow, NULL, &f);
	reached += sigpact_domain_current() == outer &&
		   f.kind == SIGPACT_FAULT_OVERFLOW;
	if (fault_in_outer)
		overflow(NULL);
}

static void nested(void)
{
	int r;

	outer = domain_new(0, 0);
	inner = domain_new(64 << 10, 0);
	r = sigpact_domain_call(outer, inside, NULL, NULL);
	ok(r == 0 && inner_result == SIGSEGV && reached == 2 &&
	       !sigpact_domain_current(),
	   "nested: the inner one's fault is the inner one's");
	r = sigpact_domain_call(outer, inside, outer, NULL);
	ok(r == SIGSEGV && inner_result == SIGSEGV && reached == 2 &&
	       !sigpact_domain_current(),
	   "then the outer one's");
	sigpact_domain_destroy(outer);
	sigpact_domain_destroy(inner);
}

/* The caller's stack ends at any instruction of the call. */
static char *edge;

static void calls_at_edge(void *left)
{
	char *here = __builtin_frame_address(0);
	volatile char *space = alloca(here - edge - *(long *)left);
	int ran = 0;

	*space = 0;
	inner_result = sigpact_domain_call(inner, no_fault, &ran, NULL);
}

static void at_edge(void)
{
	enum { GUARD = 65536, STACK = 65536 };
	char *map = mmap(NULL, GUARD + STACK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigpact_fault f;
	long left;
	int r, ran = 0;

	edge = map + GUARD;
	if (map == MAP_FAILED || mprotect(map, GUARD, PROT_NONE) ||
	    sigpact_domain_create_at(map, STACK, GUARD, &outer))
		bail("no stack");
	inner = domain_new(0, 0);
	for (left = 64; left < 4096; left += 16) {
		r = sigpact_domain_call(outer, calls_at_edge, &left, &f);
		if ((r && f.kind != SIGPACT_FAULT_OVERFLOW) ||
		    sigpact_domain_call(inner, no_fault, &ran, NULL))
			return;
		*step += r == SIGSEGV;
		*step += r ? 0 : 1000000;
	}
	ran = *step % 1000000;
	*step = ran && *step > 1000000 ? 7 : 8;
}

static void edges(void)
{
	ok(child(at_edge) == 0 && *step == 7,
	   "nested: a stack that ends within the call is the outer one's fault");
}

/* each adds its digit */
static int order;

static void note(void *digit)
{
	order = order * 10 + (int)(intptr_t)digit;
	if (sigpact_domain_current())
		order = -1;
}

static void holds(void *faults)
{
	struct sigpact_cleanup one = { note, (void *)1, NULL },
			       two = { note, (void *)2, NULL },
			       three = { note, (void *)3, NULL },
			       four = { note, (void *)4, NULL };

	sigpact_domain_defer(&one);
	sigpact_domain_defer(&two);
	sigpact_domain_defer(&three);
	reached = sigpact_domain_undefer(&three) == 0 &&
		  sigpact_domain_undefer(&three) == -ENOENT;
	sigpact_domain_defer(&four);
	if (faults)
		overflow(NULL);
}

static void cleanups(void)
{
	struct sigpact_domain *d = domain_new(0, 0);

	order = 0;
	sigpact_domain_call(d, holds, NULL, NULL);
	ok(order == 0 && reached, "no cleanup is called after a return");
	sigpact_domain_call(d, holds, d, NULL);
	ok(order == 421 && reached, "all are after a fault, newest first");
	order = 0;
	sigpact_domain_call(d, overflow, NULL, NULL);
	ok(order == 0, "and once");
	sigpact_domain_destroy(d);
}

static void thread(const char *name, void *(*body)(void *), pthread_attr_t *attr)
{
	pthread_t t;
	void *good = NULL;

	if (pthread_create(&t, attr, body, NULL) || pthread_join(t, &good))
		bail("no thread");
	ok(good != NULL, "%s", name);
}

static void *without(void *unused)
{
	struct sigpact_domain *d = domain_new(0, 0);
	int r = sigpact_domain_call(d, overflow, NULL, NULL), i;
	stack_t now, none = { .ss_flags = SS_DISABLE };

	(void)unused;
	sigaltstack(NULL, &now);
	for (i = 0; i < 3; i++) {
		/* a runtime that leaves disarms what it finds */
		if (i < 2)
			sigaltstack(&none, NULL);
		else
			syscall(SYS_sigaltstack, &none, NULL);
		r |= sigpact_domain_call(d, overflow, NULL, NULL);
	}
	sigpact_domain_destroy(d);
	return r == SIGSEGV && !(now.ss_flags & SS_DISABLE) ? d : NULL;
}

static void *with(int flags)
{
	static char space[65536];
	stack_t mine = { .ss_sp = space, .ss_size = sizeof space,
			 .ss_flags = flags }, now;
	struct sigpact_domain *d = domain_new(0, 0);
	int i, good = 1;

	sigaltstack(&mine, NULL);
	for (i = 0; i < 10; i++) {
		good &= sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV;
		sigaltstack(NULL, &now);
		good &= now.ss_sp == space && now.ss_size == sizeof space &&
			now.ss_flags == flags;
	}
	sigpact_domain_destroy(d);
	return good ? space : NULL;
}

static void *own(void *unused)
{
	(void)unused;
	return with(0);
}

static void *autodisarm(void *unused)
{
	(void)unused;
	return with((int)AUTODISARM);
}

static int from_handler;

static void calls(int sig)
{
	from_handler = sigpact_domain_call(outer, no_fault, &sig, NULL);
}

static void reenters(void *domain)
{
	int ran = 0;

	reached = sigpact_domain_call(domain, no_fault, &ran, NULL) == -EBUSY &&
		  sigpact_domain_mask_set(domain, NULL) == -EBUSY &&
		  sigpact_domain_resume(domain, NULL) == -EBUSY &&
		  sigpact_domain_destroy(domain) == -EBUSY && !ran;
}

static void no_memory(void)
{
	struct rlimit little = { 64 << 20, 64 << 20 };
	struct sigpact_domain *d;

	setrlimit(RLIMIT_AS, &little);
	*step = sigpact_domain_create(128 << 20, 0, &d);
}

static void refusals(void)
{
	struct sigaction a = { .sa_handler = calls, .sa_flags = SA_ONSTACK };
	struct sigpact_domain *d = NULL;
	struct sigpact_cleanup c;
	int ran = 0;

	ok(sigpact_domain_create(0, 0, NULL) == -EFAULT &&
	       sigpact_domain_create(16383, 0, &d) == -EINVAL &&
	       sigpact_domain_create(~0ul, 0, &d) == -EINVAL &&
	       sigpact_domain_create(0, ~0ul, &d) == -EINVAL && !d,
	   "create: EFAULT, EINVAL");
	ok(child(no_memory) == 0 && *step == -ENOMEM, "create: ENOMEM");
	outer = domain_new(0, 0);
	ok(sigpact_domain_call(NULL, no_fault, &ran, NULL) == -EFAULT &&
	       sigpact_domain_call(outer, NULL, NULL, NULL) == -EFAULT &&
	       sigpact_domain_resume(NULL, NULL) == -EFAULT &&
	       sigpact_domain_resume(outer, NULL) == -ENOENT &&
	       sigpact_domain_high_water(NULL) == -EFAULT && !ran,
	   "call, resume, high_water: EFAULT, ENOENT");
	ok(sigpact_domain_call(outer, reenters, outer, NULL) == 0 && reached,
	   "a domain that runs: EBUSY");
	ok(sigpact_domain_park() == -EPERM &&
	       sigpact_domain_defer(&c) == -EPERM &&
	       sigpact_domain_undefer(&c) == -EPERM &&
	       !sigpact_domain_current(),
	   "in no domain: EPERM");
	sigpact_domain_call(outer, no_fault, &ran, NULL);
	sigaction(SIGUSR1, &a, NULL);
	raise(SIGUSR1);
	ok(from_handler == -EPERM, "on the alternate stack: EPERM");
	sigpact_domain_destroy(outer);
	ok(sigpact_domain_destroy(NULL) == 0, "destroy: NULL is no error");
}

int main(void)
{
	pthread_attr_t small;

	steps_share();
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 32 << 10);
	mask();
	promised();
	flags();
	nested();
	edges();
	cleanups();
	thread("a thread without an alternate stack; it is disarmed meanwhile",
	       without, NULL);
	thread("a thread with 32 KiB of stack", without, &small);
	thread("a thread with its own alternate stack keeps it", own, NULL);
	thread("… with SS_AUTODISARM", autodisarm, NULL);
	refusals();
	return done();
}
