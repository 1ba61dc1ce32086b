/* sigaction(2), interposed, and what it has in common with a raw rt_sigaction.
   Async-signal-safe. */
#include "host.h"
#include "preload.h"

long sigpact__exchange(struct sigpact__exchange *x)
{
	long e;

	if (x->set && sigpact__policy(&x->asked) == VERDICT_KEEP)
		x->set = 0;
	e = x->call(x);
	if (e)
		return e;
	if (x->get)
		x->answer = sigpact__policy_answer(x->asked.sig,
						   &x->old_handler,
						   &x->old_flags);
	if (x->set)
		sigpact__policy_done(&x->asked);
	return 0;
}

struct libc_exchange {
	struct sigpact__exchange x;
	struct sigaction given, *old;
};

static long call_libc(struct sigpact__exchange *x)
{
	struct libc_exchange *l = (struct libc_exchange *)x;
	int e;

	l->given.sa_handler = (void (*)(int))x->asked.handler;
	l->given.sa_flags = (int)x->asked.flags;
	e = sigpact__next.sigaction(x->asked.sig, x->set ? &l->given : NULL,
				    l->old);
	if (!e && x->get) {
		x->old_handler = (uintptr_t)l->old->sa_handler;
		x->old_flags = (unsigned)l->old->sa_flags;
	}
	return e;
}

/* Libc refuses these, and reads no action for them. */
static int refused(int sig)
{
	return sig < 1 || sig > 64 || (sig >= 32 && sig < SIGRTMIN);
}

int sigpact__sigaction(int sig, const struct sigaction *act,
		       struct sigaction *old, uintptr_t caller)
{
	struct libc_exchange l = {
		.x = { .call = call_libc, .set = !!act, .get = !!old,
		       .asked = { .sig = sig, .caller = caller } },
		.old = old,
	};

	if (!sigpact__next.sigaction)
		sigpact__next_find();
	if (refused(sig))
		return sigpact__next.sigaction(sig, act, old);
	if (act) {
		l.given = *act;	/* old may be the same object */
		l.x.asked.handler = (uintptr_t)act->sa_handler;
		l.x.asked.flags = (unsigned)act->sa_flags;
	}
	if (sigpact__exchange(&l.x))
		return -1;
	if (old) {
		old->sa_handler = (void (*)(int))l.x.old_handler;
		old->sa_flags = (int)l.x.old_flags;
		if (l.x.answer == ANSWER_FIRST)
			sigpact__restorer_clear(old);
	}
	return 0;
}

PUBLIC int sigaction(int sig, const struct sigaction *act,
		     struct sigaction *old)
{
	return sigpact__sigaction(sig, act, old, CALLER);
}
