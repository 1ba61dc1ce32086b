/* signal(2) and its kin in terms of sigaction; included by the file that says
   what this libc makes of each. */
#include "preload.h"
#include "host.h"

#include <errno.h>

typedef void (*handler_t)(int);

/* A second name, declared as libc declares all of these. */
#define ALSO(name) __attribute__((alias(#name), nothrow, leaf))

static handler_t set(int sig, handler_t handler, int flags, int block_itself,
		     uintptr_t caller)
{
	struct sigaction a, old;

	if (handler == SIG_ERR || sig < 1 || sig > 64) {
		errno = EINVAL;
		return SIG_ERR;
	}
	a.sa_handler = handler;
	a.sa_flags = flags;
	sigemptyset(&a.sa_mask);
	if (block_itself)
		sigaddset(&a.sa_mask, sig);
	if (sigpact__sigaction(sig, &a, &old, caller))
		return SIG_ERR;
	return old.sa_handler;
}

PUBLIC int sigignore(int sig)
{
	return set(sig, SIG_IGN, 0, 0, CALLER) == SIG_ERR ? -1 : 0;
}

PUBLIC handler_t sigset(int sig, handler_t handler)
{
	handler_t old = NULL;
	sigset_t one, was;

	if (handler == SIG_ERR || sig < 1 || sig > 64) {
		errno = EINVAL;
		return SIG_ERR;
	}
	if (handler == SIG_HOLD) {
		struct sigaction a;

		if (sigpact__sigaction(sig, NULL, &a, CALLER))
			return SIG_ERR;
		old = a.sa_handler;
	} else {
		old = set(sig, handler, 0, 0, CALLER);
		if (old == SIG_ERR)
			return SIG_ERR;
	}
	sigemptyset(&one);
	sigaddset(&one, sig);
	if (sigprocmask(handler == SIG_HOLD ? SIG_BLOCK : SIG_UNBLOCK, &one,
			&was))
		return SIG_ERR;
	return sigismember(&was, sig) ? SIG_HOLD : old;
}
