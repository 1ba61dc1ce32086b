/* signal(2) and its kin as glibc has them (signal/signal.c, siginterrupt.c,
   sysdeps/posix/sysv_signal.c).  Async-signal-safe. */
#include "signals.h"

static uint64_t interrupting; /* glibc's _sigintr, which is not exported */

PUBLIC handler_t signal(int sig, handler_t handler)
{
	int restart = sig < 1 || sig > 64 || !(interrupting >> (sig - 1) & 1);

	return set(sig, handler, restart ? SA_RESTART : 0, 1, CALLER);
}

PUBLIC handler_t bsd_signal(int, handler_t) ALSO(signal);
PUBLIC handler_t ssignal(int, handler_t) ALSO(signal);

PUBLIC handler_t __sysv_signal(int sig, handler_t handler)
{
	return set(sig, handler,
		   (int)((unsigned)SA_RESETHAND | SA_NODEFER | 0x20000000), 0,
		   CALLER);
}

PUBLIC handler_t sysv_signal(int, handler_t) ALSO(__sysv_signal);

PUBLIC int siginterrupt(int sig, int interrupt)
{
	struct sigaction a;

	if (sigpact__sigaction(sig, NULL, &a, CALLER))
		return -1;
	if (interrupt) {
		interrupting |= 1ull << (sig - 1);
		a.sa_flags &= ~SA_RESTART;
	} else {
		interrupting &= ~(1ull << (sig - 1));
		a.sa_flags |= SA_RESTART;
	}
	return sigpact__sigaction(sig, &a, NULL, CALLER);
}
