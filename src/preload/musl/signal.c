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

PUBLIC int siginterrupt(int sig, int interrupt)
{
	return set_restart(sig, !interrupt, CALLER);
}
