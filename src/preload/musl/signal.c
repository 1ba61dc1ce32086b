/* signal(2) and its kin as musl has them (src/signal/signal.c and
   siginterrupt.c).  Async-signal-safe. */
#include "signals.h"

PUBLIC handler_t signal(int sig, handler_t handler)
{
	return set(sig, handler, SA_RESTART, 0, CALLER);
}

PUBLIC handler_t bsd_signal(int, handler_t) ALSO(signal);
PUBLIC handler_t __sysv_signal(int, handler_t) ALSO(signal);

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
