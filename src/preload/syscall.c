/* syscall(2), interposed for the calls that libsigpact answers for.  System
   calls made without libc are not seen. */
#include "preload.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

/* <linux/seccomp.h>, which musl-gcc does not find: strict mode is 0. */
enum { SECCOMP_FILTER = 1 };

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

struct raw_exchange {
	struct sigpact__exchange x;
	struct kernel_action given, *old;
};

static long call_kernel(struct sigpact__exchange *x)
{
	struct raw_exchange *r = (struct raw_exchange *)x;
	long e;

	r->given.handler = x->asked.handler;
	r->given.flags = x->asked.flags;
	e = sigpact__next.syscall(SYS_rt_sigaction, x->asked.sig,
				  x->set ? &r->given : NULL, r->old,
				  sizeof r->given.mask);
	if (!e && x->get) {
		x->old_handler = r->old->handler;
		x->old_flags = r->old->flags;
	}
	return e;
}

static long rt_sigaction(int sig, const struct kernel_action *act,
			 struct kernel_action *old, uintptr_t caller)
{
	struct raw_exchange r = {
		.x = { .call = call_kernel, .set = !!act, .get = !!old,
		       .asked = { .sig = sig, .caller = caller } },
		.old = old,
	};

	if (act) {
		r.given = *act;	/* old may be the same object */
		r.x.asked.handler = act->handler;
		r.x.asked.flags = act->flags;
	}
	if (sigpact__exchange(&r.x))
		return -1;
	if (old) {
		old->handler = r.x.old_handler;
		old->flags = r.x.old_flags;
		if (r.x.answer == ANSWER_FIRST)
			old->restorer = 0;
	}
	return 0;
}

static int raw_sigaltstack(const stack_t *asked, stack_t *old)
{
	return (int)sigpact__next.syscall(SYS_sigaltstack, asked, old);
}

/* The last argument is read from the caller's frame, given or not. */
__attribute__((no_sanitize("address"))) PUBLIC long syscall(long number, ...)
{
	const struct kernel_action *act;
	unsigned long a[6];

	ARGUMENTS(a, number);
	if (!sigpact__next.syscall)
		sigpact__next_find();
	switch (number) {
	case SYS_rt_sigaction:
		act = (const struct kernel_action *)a[1];
		if (a[3] == sizeof act->mask &&
		    (!act || sigpact__readable(act, sizeof *act)))
			return rt_sigaction((int)a[0], act,
					    (struct kernel_action *)a[2],
					    CALLER);
		break;
	case SYS_sigaltstack:
		return sigpact__sigaltstack((const stack_t *)a[0],
					    (stack_t *)a[1], raw_sigaltstack);
	case SYS_seccomp:
		if (!a[0] || (a[0] == SECCOMP_FILTER && a[2]))
			sigpact__crash_filtered();
		break;
	case SYS_prctl:
		return prctl((int)a[0], a[1], a[2], a[3], a[4]);
	}
	return sigpact__next.syscall(number, a[0], a[1], a[2], a[3], a[4],
				     a[5]);
}
