/* A domain while its code runs: a fault in it becomes its result, a tick parks
   it.  Both edit the frame and return, so that the kernel's sigreturn puts mask
   and alternate stack right.  Any context. */
#include "core.h"
#include "sys.h"

#include <errno.h>
#include <signal.h>

void (*sigpact__ticked)(void);

/* A frame larger than this is not told from another stack. */
#define LARGEST_FRAME (1ul << 20)

static int on_stack_of(const struct sigpact_domain *d, uintptr_t sp)
{
	return sp - d->map <= d->high - d->map;
}

/* sp below the guard: a large frame, when it is the guard that was touched. */
static int past_guard(const struct sigpact_domain *d, uintptr_t sp,
		      uintptr_t address)
{
	return d->map - sp < LARGEST_FRAME &&
	       address - d->map < d->low - d->map;
}

/* The outermost function on a domain's stack. */
void sigpact__domain_main(void *domain)
{
	struct sigpact_domain *d = domain;

	d->function(d->argument);
	d->leaving = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&d->function, NULL, __ATOMIC_RELAXED); /* ended */
	sigpact_context_switch(&d->own, &d->caller);
}

/* Raised by the thread's own instruction?  Else it was sent, or the kernel found
   broken memory that nobody has touched yet. */
static int is_fault(int sig, int code)
{
	return code > 0 && !(sig == SIGBUS && code == BUS_MCEERR_AO);
}

/* As if the domain's code had switched to its caller: no register of it is
   alive there, and its floating-point state is not worth keeping. */
static void recover(const struct sigpact_domain *d, uintptr_t uc)
{
	uintptr_t state = sigpact__get8(uc + UC_FPREGS);
	uint64_t flags = sigpact__get8(uc + UC_RFLAGS);

	sigpact__set8(uc + UC_RFLAGS,
		      flags & ~(uint64_t)(RFLAGS_DF | RFLAGS_AC));
	sigpact__set8(uc + UC_RSP, (uintptr_t)d->caller.stack_pointer);
	sigpact__set8(uc + UC_RIP, (uintptr_t)sigpact__context_landing);
	sigpact__set8(uc + UC_SIGMASK, d->mask);
	/* an x87 exception that is pending would be raised again */
	sigpact__set8(state + XS_BV, sigpact__get8(state + XS_BV) &
				     (1u << XFEATURE_PKRU));
	sigpact__set4(state + XS_MXCSR, XS_MXCSR_VALUE);
}

/* The action of each signal that domains take over (switch.S). */
__attribute__((used)) void sigpact__domain_handle(int sig, void *info, void *uc,
						  unsigned entry)
{
	struct sigpact_domain *d = sigpact__self()->domain;
	int code = (int)sigpact__get4((uintptr_t)info + INFO_CODE);
	uintptr_t sp = sigpact__get8((uintptr_t)uc + UC_RSP);
	uintptr_t address = sigpact__get8((uintptr_t)info + INFO_ADDR);

	/* or on a stack that is not the domain's: a handler's, a goroutine's; or
	   in a vfork child, which would return to its parent's caller */
	if (!d || !is_fault(sig, code) ||
	    (!on_stack_of(d, sp) && !past_guard(d, sp, address)) ||
	    !sigpact__owns_memory()) {
		sigpact__earlier_run(entry, sig, (uintptr_t)info,
				     (uintptr_t)uc);
		return;
	}
	sigpact__fault_describe(&d->fault, d, sig, (uintptr_t)info,
				(uintptr_t)uc);
	recover(d, (uintptr_t)uc);
}

struct sigpact_domain *sigpact_domain_current(void)
{
	return sigpact__self()->domain;
}

int sigpact_domain_park(void)
{
	struct sigpact_domain *d = sigpact__self()->domain;

	if (!d || !on_stack_of(d, (uintptr_t)__builtin_frame_address(0)))
		return -EPERM;
	d->leaving = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sigpact_context_switch(&d->own, &d->caller);
	/* in another thread, maybe */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	d->leaving = 0;
	return 0;
}

/* Registers, extended state, the frame of the next signal, and the functions
   that park. */
static size_t headroom(void)
{
	return FRAME_RED_ZONE + 256 + sigpact__xwhole + 64 +
	       sigpact__frame_size + SIGPACT_RESERVE;
}

int sigpact_domain_tick(void *ucontext)
{
	struct sigpact_domain *d = sigpact__self()->domain;
	uintptr_t uc = (uintptr_t)ucontext, sp, pc;

	if (!d || d->leaving)
		return 0;
	sp = sigpact__get8(uc + UC_RSP);
	pc = sigpact__get8(uc + UC_RIP);
	if (sp - d->low > d->high - d->low || sp - d->low < headroom())
		return 0;
	/* a handler of another signal, code that may not be interrupted, or a
	   vfork child, whose domain runs in its parent */
	if (sigpact__get8(uc + UC_SIGMASK) != d->mask ||
	    sigpact__in_routine(pc) || !sigpact__owns_memory())
		return 0;
	/* a tick that comes before it has parked has nothing to do */
	d->leaving = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	d->tick_pc = pc;
	sigpact__set8(uc + UC_RIP, (uintptr_t)sigpact__tick_landing);
	return 1;
}

int sigpact_domain_defer(struct sigpact_cleanup *cleanup)
{
	struct sigpact_domain *d = sigpact__self()->domain;

	if (!d)
		return -EPERM;
	if (!cleanup)
		return -EFAULT;
	cleanup->next = d->cleanups;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	d->cleanups = cleanup;
	return 0;
}

int sigpact_domain_undefer(struct sigpact_cleanup *cleanup)
{
	struct sigpact_domain *d = sigpact__self()->domain;
	struct sigpact_cleanup *c = d ? d->cleanups : NULL;

	if (!d)
		return -EPERM;
	while (c && c != cleanup)
		c = c->next;
	if (!c)
		return -ENOENT;
	d->cleanups = c->next;
	return 0;
}

long sigpact_domain_high_water(const struct sigpact_domain *domain)
{
	unsigned char pages[64] = { 0 };
	uintptr_t at;
	size_t i, n;

	if (!domain)
		return -EFAULT;
	for (at = domain->low; at < domain->high; at += n * 4096) {
		n = (domain->high - at) / 4096;
		n = n < sizeof pages ? n : sizeof pages;
		if (sigpact__sys3(SYS_mincore, (long)at, (long)(n * 4096),
				  (long)pages))
			break;
		for (i = 0; i < n; i++)
			if (pages[i] & 1)
				return (long)(domain->high - at - i * 4096);
	}
	return 0;
}
