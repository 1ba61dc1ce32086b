/* sigaltstack(2), interposed.  Async-signal-safe. */
#include "preload.h"

#include <errno.h>

int sigpact__sigaltstack(const stack_t *asked, stack_t *old,
			 int (*call)(const stack_t *, stack_t *))
{
	const stack_t *given;
	stack_t request;
	int e;

	if (asked && !sigpact__readable(asked, sizeof *asked))
		return call(asked, old);
	given = asked;
	if (asked) {
		request = *asked; /* old may be the same object */
		asked = &request;
		given = sigpact__altstack_lend(asked);
	}
	e = call(given, old);
	if (!e && old)
		sigpact__altstack_answer(old);
	/* EFAULT: old cannot be stored, and the stack is armed all the same */
	if (given != asked && (!e || errno == EFAULT))
		sigpact__altstack_lent(asked, given);
	if (!e && asked && asked->ss_flags & SS_DISABLE &&
	    *sigpact__rules.reporter)
		sigpact__altstack_spare();
	return e;
}

PUBLIC int sigaltstack(const stack_t *restrict asked, stack_t *restrict old)
{
	if (!sigpact__next.sigaltstack)
		sigpact__next_find();
	return sigpact__sigaltstack(asked, old, sigpact__next.sigaltstack);
}
