/* Actions behind entry addresses: the kernel's table says which slot, the slot
   says which handler and flags the program gave.  A slot never changes once
   valid, so a delivery and a change of the action cannot tear.
   Any context. */
#include "core.h"
#include "sys.h"

#include <errno.h>
#include <signal.h>


struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

uintptr_t sigpact__action_first(void)
{
	return (uintptr_t)sigpact__thunks;
}

/* The slot behind an entry address, or NULL for any other. */
struct sigpact__slot *sigpact__action_slot(uintptr_t handler)
{
	uintptr_t offset = handler - (uintptr_t)sigpact__thunks;

	if (offset >= SLOT_COUNT * THUNK_SIZE || offset % THUNK_SIZE)
		return NULL;
	return &sigpact__slots[offset / THUNK_SIZE];
}

/* The entry address for an action; handler itself when all slots are taken.
   A slot claimed by code that this call interrupted is passed over: one action
   may then have two slots, which harms nothing. */
uintptr_t sigpact__action_wrap(uintptr_t handler, uint32_t flags,
			       uint32_t rules)
{
	uint32_t free;
	int i;

	flags &= ~(uint32_t)0x04000000; /* SA_RESTORER */
	rules |= SLOT_VALID;
	for (i = 0; i < SLOT_COUNT; i++) {
		struct sigpact__slot *s = &sigpact__slots[i];

		free = 0;
		if (__atomic_compare_exchange_n(&s->rules, &free, SLOT_BUSY, 0,
						__ATOMIC_ACQUIRE,
						__ATOMIC_ACQUIRE)) {
			s->handler = handler;
			s->flags = flags;
			__atomic_store_n(&s->rules, rules, __ATOMIC_RELEASE);
			break;
		}
		if (free == rules && s->handler == handler && s->flags == flags)
			break;
	}
	if (i == SLOT_COUNT)
		return handler;
	return (uintptr_t)sigpact__thunks + i * THUNK_SIZE;
}

/* Puts the entry routine before the handler that is installed now, if any.
   0, or -errno of rt_sigaction(2).  Below libc on purpose: only the address
   changes, not what libc keeps of it. */
int sigpact__action_take(int sig, uint32_t rules)
{
	struct kernel_action now = { 0 }, was, wrapped;
	long r = sigpact__sys4(SYS_rt_sigaction, sig, 0, (long)&now, 8);

	while (r == 0) {
		struct sigpact__slot *s = sigpact__action_slot(now.handler);

		if (now.handler == (uintptr_t)SIG_DFL ||
		    now.handler == (uintptr_t)SIG_IGN ||
		    (s && (s->rules & rules) == rules))
			return 0;
		wrapped = now;
		wrapped.handler =
		    s ? sigpact__action_wrap(s->handler, s->flags,
					     (s->rules & ~SLOT_VALID) | rules)
		      : sigpact__action_wrap(now.handler, (uint32_t)now.flags,
					     rules);
		wrapped.flags |= SA_SIGINFO;
		r = sigpact__sys4(SYS_rt_sigaction, sig, (long)&wrapped,
				  (long)&was, 8);
		/* changed by another thread between the two calls? */
		if (r == 0 && was.handler == now.handler &&
		    was.flags == now.flags && was.mask == now.mask)
			return 0;
		now = was;
	}
	return (int)r;
}
