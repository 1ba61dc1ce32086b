/* Excluding a signal: what core/exclude.c does, after this thread's stack is
   learned and the installed actions are taken over.  Normal context, any once
   the stack is known. */
#include "core.h"
#include "host.h"

#include <errno.h>
#include <sigpact.h>

/* A fault of the entry routine's own copy must reach these as the kernel's. */
static const int faults[] = { SIGSEGV, SIGBUS };

void sigpact__faults_take(void)
{
	unsigned i;

	for (i = 0; i < sizeof faults / sizeof *faults; i++) {
		__atomic_fetch_or(&sigpact__wanted, sigpact__bit(faults[i]),
				  __ATOMIC_RELAXED);
		sigpact__policy_take(faults[i]);
	}
}

static int prepare(uint64_t mask)
{
	int sig, e = sigpact_backend_get();

	if (e != SIGPACT_BACKEND_RELOCATE || !mask)
		return e < 0 ? e : 0;
	if (!sigpact__owns_memory())
		return -EBUSY;
	e = sigpact__stack_learn();
	if (e)
		return e;
	if (mask & ~__atomic_fetch_or(&sigpact__wanted, mask, __ATOMIC_RELAXED))
		sigpact__faults_take();
	for (sig = 1; sig <= 64; sig++)
		if (mask & sigpact__bit(sig))
			sigpact__policy_take(sig);
	return 0;
}

static int change(uint64_t mask, uint64_t add)
{
	int e = prepare(add);

	return e ? e : sigpact__mask_set(mask | add);
}

int sigpact__exclude_only(uint64_t mask)
{
	return change(0, mask);
}

int sigpact_exclude_set(int sig)
{
	uint64_t mask = 0;
	int e;

	if (!sigpact__excludable(sig))
		return -EINVAL;
	e = sigpact__mask_get(&mask);
	return e ? e : change(mask, sigpact__bit(sig));
}

int sigpact_exclude_mask_set(const sigset_t *set)
{
	if (!set)
		return -EFAULT;
	return sigpact__exclude_only(*(const uint64_t *)set &
				     SIGPACT_EXCLUDABLE);
}
