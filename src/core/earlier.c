/* The actions that were there before the domains' handler, and a fault that is
   for them.  Each has an entry address of its own, so that of two runtimes
   that stand before each other in turn each is asked once.  Runs in a handler;
   the table grows in normal context, under the domains' lock. */
#include "core.h"
#include "sys.h"

#include <signal.h>

#define ENTRY 16

static struct sigpact__earlier table[FAULT_ENTRIES];

int sigpact__earlier_entry(uintptr_t handler)
{
	uintptr_t offset = handler - (uintptr_t)sigpact__fault_entries;

	if (offset >= FAULT_ENTRIES * ENTRY || offset % ENTRY)
		return -1;
	return (int)(offset / ENTRY);
}

uintptr_t sigpact__earlier_before(int sig, uintptr_t handler, uint32_t flags,
				  uint64_t mask)
{
	unsigned i;

	for (i = 0; i < FAULT_ENTRIES; i++) {
		struct sigpact__earlier *e = &table[i];

		if (e->sig == sig && e->handler == handler &&
		    e->flags == flags && e->mask == mask)
			break;
		if (e->sig)
			continue;
		e->handler = handler;
		e->flags = flags;
		e->mask = mask;
		e->sig = sig;
		break;
	}
	if (i == FAULT_ENTRIES)
		return 0;
	return (uintptr_t)sigpact__fault_entries + i * ENTRY;
}

/* The handler of SA_RESETHAND.  A vfork child has actions of its own, but not
   this table. */
static uint64_t once(struct sigpact__earlier *e, int sig)
{
	if (sigpact__owns_memory())
		return __atomic_exchange_n(&e->handler, (uintptr_t)SIG_DFL,
					   __ATOMIC_RELAXED);
	sigpact__crash_default(sig);
	return e->handler;
}

void sigpact__earlier_run(unsigned entry, int sig, uintptr_t info,
			  uintptr_t uc)
{
	struct sigpact__earlier *e = &table[entry];
	uint64_t handler = e->handler, mask, was;

	if (e->flags & SA_RESETHAND)
		handler = once(e, sig);
	/* the kernel lets nobody ignore a fault, only what was sent */
	if (handler == (uintptr_t)SIG_IGN &&
	    (int)sigpact__get4(info + INFO_CODE) <= 0)
		return;
	if (handler == (uintptr_t)SIG_DFL || handler == (uintptr_t)SIG_IGN) {
		sigpact__crash_end(sig, info);
		return;
	}
	mask = sigpact__get8(uc + UC_SIGMASK) | e->mask;
	if (!(e->flags & SA_NODEFER))
		mask |= sigpact__bit(sig);
	sigpact__sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&was,
		      8);
	((void (*)(int, void *, void *))handler)(sig, (void *)info, (void *)uc);
	sigpact__sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&was, 0, 8);
}
