/* syscall(2), interposed for the calls that libsigpact answers for.  System
   calls made without libc are not seen. */
#include "host.h"
#include "preload.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

static long rt_sigaction(const unsigned long *a, uintptr_t caller)
{
	const struct kernel_action *act = (const struct kernel_action *)a[1];
	struct kernel_action given, *old = (struct kernel_action *)a[2];
	struct sigpact__request r = { .sig = (int)a[0], .caller = caller };
	unsigned long flags;
	uintptr_t handler;
	long e;

	if (act) {
		given = *act;
		r.handler = given.handler;
		r.flags = given.flags;
		act = &given;
		if (sigpact__policy(&r) == VERDICT_KEEP)
			act = NULL;
		given.handler = r.handler;
		given.flags = r.flags;
	}
	e = sigpact__next.syscall(SYS_rt_sigaction, a[0], act, old, a[3]);
	if (e)
		return e;
	if (old) {
		handler = old->handler;
		flags = old->flags;
		sigpact__policy_answer(r.sig, &handler, &flags);
		old->handler = handler;
		old->flags = flags;
	}
	if (act)
		sigpact__policy_done(&r);
	return 0;
}

PUBLIC long syscall(long number, ...)
{
	unsigned long a[6];
	va_list ap;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (!sigpact__next.syscall)
		sigpact__next_find();
	switch (number) {
	case SYS_rt_sigaction:
		if (a[3] == sizeof(uint64_t))
			return rt_sigaction(a, CALLER);
		break;
	case SYS_sigaltstack:
		return sigaltstack((const stack_t *)a[0], (stack_t *)a[1]);
	case SYS_prctl:
		return prctl((int)a[0], a[1], a[2], a[3], a[4]);
	}
	return sigpact__next.syscall(number, a[0], a[1], a[2], a[3], a[4],
				     a[5]);
}
