/* signal(2) and its kin in terms of sigaction; included by the file that says
   what this libc makes of each. */
#include "preload.h"

#include <errno.h>

typedef void (*handler_t)(int);

/* A second name, declared as libc declares all of these. */
#define ALSO(name) __attribute__((alias(#name), nothrow, leaf))

/* mask: NULL for an empty one. */
static int set(int sig, handler_t handler, int flags, const sigset_t *mask,
	       struct sigaction *old, uintptr_t caller)
{
	struct sigaction a;

	a.sa_handler = handler;
	a.sa_flags = flags;
	if (mask)
		a.sa_mask = *mask;
	else
		sigemptyset(&a.sa_mask);
	return sigpact__sigaction(sig, &a, old, caller);
}

PUBLIC int sigignore(int sig)
{
	return set(sig, SIG_IGN, 0, NULL, NULL, CALLER);
}

/* hold is this libc's sigset(sig, SIG_HOLD). */
static handler_t hold(int sig, const sigset_t *one, uintptr_t caller);

PUBLIC handler_t sigset(int sig, handler_t handler)
{
	struct sigaction old;
	sigset_t one, was;

	sigemptyset(&one);
	if (sigaddset(&one, sig))
		return SIG_ERR;
	if (handler == SIG_HOLD)
		return hold(sig, &one, CALLER);
	if (set(sig, handler, 0, NULL, &old, CALLER) ||
	    sigprocmask(SIG_UNBLOCK, &one, &was))
		return SIG_ERR;
	return sigismember(&was, sig) ? SIG_HOLD : old.sa_handler;
}
