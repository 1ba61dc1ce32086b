/* signal(2) and its kin as musl has them (src/signal/signal.c and
   siginterrupt.c).  Async-signal-safe. */
#include "signals.h"

PUBLIC handler_t signal(int sig, handler_t handler)
{
	struct sigaction old;

	return set(sig, handler, SA_RESTART, NULL, &old, CALLER)
		   ? SIG_ERR
		   : old.sa_handler;
}

PUBLIC handler_t bsd_signal(int, handler_t) ALSO(signal);
PUBLIC handler_t __sysv_signal(int, handler_t) ALSO(signal);

static handler_t hold(int sig, const sigset_t *one, uintptr_t caller)
{
	struct sigaction now;
	sigset_t was;

	if (sigpact__sigaction(sig, NULL, &now, caller) ||
	    sigprocmask(SIG_BLOCK, one, &was))
		return SIG_ERR;
	return sigismember(&was, sig) ? SIG_HOLD : now.sa_handler;
}

PUBLIC int siginterrupt(int sig, int interrupt)
{
	struct sigaction a;

	if (sigpact__sigaction(sig, NULL, &a, CALLER))
		return -1;
	if (interrupt)
		a.sa_flags &= ~SA_RESTART;
	else
		a.sa_flags |= SA_RESTART;
	return sigpact__sigaction(sig, &a, NULL, CALLER);
}

/* musl never tells it. */
void sigpact__restorer_clear(struct sigaction *old)
{
	(void)old;
}
