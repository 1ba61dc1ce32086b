/* Domains as a program uses them: made, called, resumed, given back; the actions
   of the fault signals taken over.  Normal context; what happens in a handler
   is in core/domain.c. */
#include "core.h"
#include "host.h"
#include "sys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define DEFAULT_STACK (512ul << 10)
#define DEFAULT_GUARD (64ul << 10)
#define LEAST_STACK (16ul << 10)
#define MOST (1ul << 40)

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Not inlined: the thread may be another one after the park. */
__attribute__((noinline)) static int error_get(void)
{
	return errno;
}

__attribute__((noinline)) static void error_set(int e)
{
	errno = e;
}

static void ticked(void)
{
	int e = error_get();

	sigpact_domain_park();
	error_set(e);
}

/* The action in the program's words, also where the entry routine stands. */
static int action_now(int sig, struct sigaction *now)
{
	const struct sigpact__slot *slot;

	if (sigaction(sig, NULL, now))
		return -ENOSYS;
	slot = sigpact__action_slot((uintptr_t)now->sa_sigaction);
	if (slot) {
		now->sa_handler = (void (*)(int))slot->handler;
		now->sa_flags = (int)slot->flags;
	}
	return 0;
}

static int same_action(const struct sigaction *a, const struct sigaction *b)
{
	return a->sa_handler == b->sa_handler &&
	       *(const uint64_t *)&a->sa_mask == *(const uint64_t *)&b->sa_mask;
}

/* A call that such a signal, sent, interrupts: as before.  Ignored, it would not
   be interrupted at all; to restart it is the nearest. */
static int restart(const struct sigaction *now)
{
	return now->sa_handler == SIG_IGN ? SA_RESTART
					  : now->sa_flags & SA_RESTART;
}

/* Puts the domains' handler before whatever is there, through libc: musl keeps
   a state of its own.  All is blocked in it: on an alternate stack that others
   made there is little room. */
static int action_take(int sig)
{
	struct sigaction now, was, act;
	uintptr_t entry;
	int e;

	for (;;) {
		e = action_now(sig, &now);
		if (e ||
		    sigpact__earlier_entry((uintptr_t)now.sa_sigaction) >= 0)
			return e;
		entry = sigpact__earlier_before(
		    sig, (uintptr_t)now.sa_sigaction, (uint32_t)now.sa_flags,
		    *(const uint64_t *)&now.sa_mask);
		if (!entry)
			return -ENOMEM;
		act.sa_sigaction = (void (*)(int, siginfo_t *, void *))entry;
		act.sa_flags = SA_SIGINFO | SA_ONSTACK | restart(&now);
		sigfillset(&act.sa_mask);
		if (sigaction(sig, &act, &was))
			return -ENOSYS;
		if (sigpact__wanted & sigpact__bit(sig))
			sigpact__policy_take(sig);
		/* changed by another thread between the two calls? */
		if (same_action(&was, &now) ||
		    sigpact__action_slot((uintptr_t)was.sa_sigaction))
			return 0;
		sigaction(sig, &was, NULL);
	}
}

static int actions_take(void)
{
	unsigned i;
	int e = 0;

	pthread_mutex_lock(&lock);
	sigpact__ticked = ticked;
	for (i = 0; i < sizeof faults / sizeof *faults && !e; i++)
		e = action_take(faults[i]);
	pthread_mutex_unlock(&lock);
	return e;
}

static size_t whole_pages(size_t size, size_t otherwise)
{
	return size ? (size + 4095) & ~4095ul : otherwise;
}

/* A domain on this stack, which is the pool's if stack is not NULL. */
static int make(void *stack, const struct sigpact__pooled *at,
		struct sigpact_domain **domain)
{
	struct sigpact_domain *d;
	int e = sigpact__cpu_learn();

	if (!e)
		e = actions_take();
	if (e)
		return e;
	d = calloc(1, sizeof *d);
	if (!d)
		return -ENOMEM;
	d->stack = stack;
	d->map = at->guard;
	d->low = at->low;
	d->high = at->high;
	*domain = d;
	return 0;
}

int sigpact_domain_create(size_t stack_size, size_t guard_size,
			  struct sigpact_domain **domain)
{
	struct sigpact__pooled at;
	void *stack;
	int e;

	if (!domain)
		return -EFAULT;
	if (stack_size > MOST || guard_size > MOST ||
	    (stack_size && stack_size < LEAST_STACK))
		return -EINVAL;
	stack = sigpact__pool_take(whole_pages(stack_size, DEFAULT_STACK),
				   whole_pages(guard_size, DEFAULT_GUARD), &at);
	if (!stack)
		return -ENOMEM;
	e = make(stack, &at, domain);
	if (e)
		sigpact__pool_give(stack);
	return e;
}

int sigpact_domain_create_at(void *memory, size_t stack_size, size_t guard_size,
			     struct sigpact_domain **domain)
{
	struct sigpact__pooled at = { .guard = (uintptr_t)memory };

	if (!memory || !domain)
		return -EFAULT;
	if (stack_size > MOST || guard_size > MOST ||
	    stack_size < LEAST_STACK || !guard_size ||
	    (at.guard | stack_size | guard_size) & 4095)
		return -EINVAL;
	at.low = at.guard + guard_size;
	at.high = at.low + stack_size;
	return make(NULL, &at, domain);
}

static int change(struct sigpact_domain *d, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(&d->state, &from, to, 0,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Of AddressSanitizer, where the program has it. */
void __asan_unpoison_memory_region(const volatile void *, size_t)
    __attribute__((weak, visibility("default")));

/* What frames that never returned have left, in this order: a cleanup may lie
   in one of them. */
static void clean(struct sigpact_domain *d)
{
	struct sigpact_cleanup *c;

	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region((const void *)d->low,
					      d->high - d->low);
	while ((c = d->cleanups)) {
		d->cleanups = c->next;
		c->function(c->argument);
	}
}

int sigpact_domain_destroy(struct sigpact_domain *d)
{
	if (!d)
		return 0;
	if (change(d, DOMAIN_PARKED, DOMAIN_RUNS))
		clean(d);
	else if (!change(d, DOMAIN_IDLE, DOMAIN_RUNS))
		return -EBUSY;
	if (d->stack)
		sigpact__pool_give(d->stack);
	free(d);
	return 0;
}

int sigpact_domain_end(struct sigpact_domain *d)
{
	if (!d)
		return -EFAULT;
	if (!change(d, DOMAIN_PARKED, DOMAIN_RUNS))
		return d->state == DOMAIN_IDLE ? -ENOENT : -EBUSY;
	clean(d);
	__atomic_store_n(&d->state, DOMAIN_IDLE, __ATOMIC_RELEASE);
	return 0;
}

/* Until it returns, faults or parks. */
static int run(struct sigpact_domain *d, struct sigpact_fault *fault)
{
	struct sigpact__thread *t = sigpact__self();
	uint32_t next = DOMAIN_IDLE;
	int r = 0;

	if (!d->mask_given)
		sigpact__sys4(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&d->mask,
			      8);
	d->outer = t->domain;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&t->domain, d, __ATOMIC_RELAXED);
	sigpact_context_switch(&d->caller, &d->own);
	__atomic_store_n(&t->domain, d->outer, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (d->fault.signal) {
		r = d->fault.signal;
		if (fault)
			*fault = d->fault;
		clean(d);
	} else if (d->function) {
		r = SIGPACT_PARKED;
		next = DOMAIN_PARKED;
	}
	__atomic_store_n(&d->state, next, __ATOMIC_RELEASE);
	return r;
}

int sigpact_domain_mask_set(struct sigpact_domain *d, const sigset_t *mask)
{
	if (!d)
		return -EFAULT;
	if (d->state == DOMAIN_RUNS)
		return -EBUSY;
	d->mask_given = mask != NULL;
	/* SIGKILL and SIGSTOP are never in the kernel's, to which a tick compares */
	if (mask)
		d->mask = *(const uint64_t *)mask & SIGPACT_EXCLUDABLE;
	return 0;
}

/* A caller that is in a domain and has no more stack faults here, while that
   domain still is the one that runs: the switch takes less. */
__attribute__((noinline, no_sanitize_address)) static void room(void)
{
	(void)*((const volatile char *)__builtin_frame_address(0) - 512);
}

static int ready(void)
{
	room();
	return sigpact__shadow_stack() ? -ENOSYS : sigpact__altstack_have();
}

int sigpact_domain_call(struct sigpact_domain *d, void (*function)(void *),
			void *argument, struct sigpact_fault *fault)
{
	int e;

	if (!d || !function)
		return -EFAULT;
	e = ready();
	if (e)
		return e;
	if (!change(d, DOMAIN_IDLE, DOMAIN_RUNS))
		return -EBUSY;
	d->function = function;
	d->argument = argument;
	d->cleanups = NULL;
	d->fault.signal = 0;
	d->leaving = 0;
	sigpact__context_lay(&d->own, d->high, sigpact__domain_start,
			     sigpact__domain_main, d);
	return run(d, fault);
}

int sigpact_domain_resume(struct sigpact_domain *d, struct sigpact_fault *fault)
{
	int e;

	if (!d)
		return -EFAULT;
	e = ready();
	if (e)
		return e;
	if (!change(d, DOMAIN_PARKED, DOMAIN_RUNS))
		return d->state == DOMAIN_IDLE ? -ENOENT : -EBUSY;
	return run(d, fault);
}
