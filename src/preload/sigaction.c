/* sigaction(2), interposed.  Async-signal-safe. */
#include "host.h"
#include "preload.h"

int sigpact__sigaction(int sig, const struct sigaction *act,
		       struct sigaction *old, uintptr_t caller)
{
	struct sigpact__request r = { .sig = sig, .caller = caller };
	struct sigaction given;
	unsigned long flags;
	uintptr_t handler;
	int e;

	if (!sigpact__next.sigaction)
		sigpact__next_find();
	if (act) {
		given = *act;
		r.handler = (uintptr_t)given.sa_handler;
		r.flags = (unsigned)given.sa_flags;
		act = &given;
		if (sigpact__policy(&r) == VERDICT_KEEP)
			act = NULL;
		given.sa_handler = (void (*)(int))r.handler;
		given.sa_flags = (int)r.flags;
	}
	e = sigpact__next.sigaction(sig, act, old);
	if (e)
		return e;
	if (old) {
		handler = (uintptr_t)old->sa_handler;
		flags = (unsigned)old->sa_flags;
		sigpact__policy_answer(sig, &handler, &flags);
		old->sa_handler = (void (*)(int))handler;
		old->sa_flags = (int)flags;
	}
	if (act)
		sigpact__policy_done(&r);
	return 0;
}

PUBLIC int sigaction(int sig, const struct sigaction *act,
		     struct sigaction *old)
{
	return sigpact__sigaction(sig, act, old, CALLER);
}
