/* signal(2) and its kin as glibc has them (signal/signal.c, siginterrupt.c,
   sysdeps/posix/sysv_signal.c).  Async-signal-safe. */
#include "signals.h"

static uint64_t interrupting; /* glibc's _sigintr, which is not exported */

static handler_t hold(int sig, const sigset_t *one, uintptr_t caller)
{
	struct sigaction now;
	sigset_t was;

	if (sigprocmask(SIG_BLOCK, one, &was))
		return SIG_ERR;
	if (sigismember(&was, sig))
		return SIG_HOLD;
	return sigpact__sigaction(sig, NULL, &now, caller) ? SIG_ERR
							   : now.sa_handler;
}

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

PUBLIC handler_t signal(int sig, handler_t handler)
{
	struct sigaction old;
	sigset_t itself;
	int restart;

	if (handler == SIG_ERR || sig < 1 || sig > 64) {
		errno = EINVAL;
		return SIG_ERR;
	}
	sigemptyset(&itself);
	sigaddset(&itself, sig);
	restart = interrupting >> (sig - 1) & 1 ? 0 : SA_RESTART;
	return set(sig, handler, restart, &itself, &old, CALLER)
		   ? SIG_ERR
		   : old.sa_handler;
}

PUBLIC handler_t bsd_signal(int, handler_t) ALSO(signal);
PUBLIC handler_t ssignal(int, handler_t) ALSO(signal);

PUBLIC handler_t __sysv_signal(int sig, handler_t handler)
{
	const unsigned interrupt = 0x20000000; /* SA_INTERRUPT */
	struct sigaction old;

	if (handler == SIG_ERR || sig < 1 || sig > 64) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return set(sig, handler,
		   (int)(SA_RESETHAND | SA_NODEFER | interrupt), NULL, &old,
		   CALLER)
		   ? SIG_ERR
		   : old.sa_handler;
}

PUBLIC handler_t sysv_signal(int, handler_t) ALSO(__sysv_signal);

PUBLIC int __sigaction(int sig, const struct sigaction *act,
		       struct sigaction *old)
{
	return sigpact__sigaction(sig, act, old, CALLER);
}

void sigpact__restorer_clear(struct sigaction *old)
{
	old->sa_restorer = NULL;
}
