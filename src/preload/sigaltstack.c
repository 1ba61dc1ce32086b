/* sigaltstack(2), interposed. */
#include "host.h"
#include "preload.h"

PUBLIC int sigaltstack(const stack_t *restrict asked, stack_t *restrict old)
{
	const stack_t *given = asked;
	stack_t request;
	int e;

	if (!sigpact__next.sigaltstack)
		sigpact__next_find();
	if (asked) {
		request = *asked; /* old may be the same object */
		asked = &request;
		given = sigpact__altstack_lend(asked);
	}
	e = sigpact__next.sigaltstack(given, old);
	if (e)
		return e;
	if (old)
		sigpact__altstack_answer(old);
	if (asked)
		sigpact__altstack_lent(asked, given);
	return 0;
}
