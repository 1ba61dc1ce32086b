/* The frames that an unwinder sees in a context, in a domain, and in code that a
   tick parks. */
#include "domain.h"

#include <unwind.h>

static struct sigpact_context here, there;
static char space[65536] __attribute__((aligned(64)));

/* main's frame is found from a domain in a domain, and from nowhere else. */
static int frames, found_main;
int main(void);

static _Unwind_Reason_Code frame(struct _Unwind_Context *c, void *unused)
{
	(void)unused;
	frames++;
	found_main += _Unwind_FindEnclosingFunction(
			  (void *)(_Unwind_GetIP(c) - 1)) == (void *)main;
	return frames < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void walks(void *deeper)
{
	if (deeper)
		sigpact_domain_call(deeper, walks, NULL, NULL);
	else
		_Unwind_Backtrace(frame, NULL);
}

static void walks_and_leaves(void *unused)
{
	(void)unused;
	_Unwind_Backtrace(frame, NULL);
	sigpact_context_switch(&there, &here);
}

static void unwound(struct sigpact_domain *d, struct sigpact_domain *e)
{
	sigpact_context_make(&there, space, sizeof space, walks_and_leaves,
			     NULL);
	sigpact_context_switch(&here, &there);
	ok(frames >= 2 && frames < 5 && !found_main,
	   "a context's frames end where it began");
	frames = 0;
	sigpact_domain_call(d, walks, e, NULL);
}

int main(void)
{
	struct sigpact_domain *d = domain_new(0, 0), *e = domain_new(0, 0);

	unwound(d, e);
	ok(frames > 6 && found_main == 1,
	   "a domain's lead on to its callers (%d frames)", frames);
	return done();
}
