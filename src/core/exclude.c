/* What a thread excludes: the part that may be called in a handler.
   One state, kept by the kernel where it can, else in the thread. */
#include "core.h"
#include "sys.h"

#include <errno.h>
#include <sigpact.h>

static long kernel(long option, long a, long b)
{
	return sigpact__sys4(SYS_prctl, option, a, b, 0);
}

int sigpact__backend; /* enum sigpact_backend or -ENOSYS; 0: not probed */

/* Idempotent, so two threads may do it at once. */
int sigpact__backend_probe(void)
{
	uint64_t mask;

	if (kernel(SIGPACT_PR_GET_EXCLUDE_MASK, (long)&mask, sizeof mask) == 0)
		sigpact__backend = SIGPACT_BACKEND_KERNEL;
	else
		sigpact__backend = sigpact__cpu_learn()
				       ? -ENOSYS
				       : SIGPACT_BACKEND_RELOCATE;
	return sigpact__backend;
}

int sigpact_backend_get(void)
{
	return sigpact__backend ? sigpact__backend : sigpact__backend_probe();
}

static int valid(int sig)
{
	return sig >= 1 && sig <= 64;
}

int sigpact__excludable(int sig)
{
	return valid(sig) && sigpact__bit(sig) & SIGPACT_EXCLUDABLE;
}

int sigpact__mask_get(uint64_t *mask)
{
	if (sigpact_backend_get() == SIGPACT_BACKEND_KERNEL)
		return (int)kernel(SIGPACT_PR_GET_EXCLUDE_MASK, (long)mask,
				   sizeof *mask);
	*mask = sigpact__self()->exclude;
	return 0;
}

/* mask: within SIGPACT_EXCLUDABLE.  The thread's stack is known by now. */
int sigpact__mask_set(uint64_t mask)
{
	if (sigpact_backend_get() == SIGPACT_BACKEND_KERNEL)
		return (int)kernel(SIGPACT_PR_SET_EXCLUDE_MASK, (long)&mask,
				   sizeof mask);
	if (!sigpact__owns_memory())
		return -EBUSY;
	sigpact__self()->exclude = mask;
	return 0;
}

int sigpact_exclude_clear(int sig)
{
	if (!sigpact__excludable(sig))
		return -EINVAL;
	if (sigpact_backend_get() == SIGPACT_BACKEND_KERNEL)
		return (int)kernel(SIGPACT_PR_CLEAR_EXCLUDE, sig, 0);
	if (!sigpact__owns_memory())
		return -EBUSY;
	sigpact__self()->exclude &= ~sigpact__bit(sig);
	return 0;
}

int sigpact_exclude_test(int sig)
{
	uint64_t mask = 0;
	int r;

	if (!valid(sig))
		return -EINVAL;
	r = sigpact__mask_get(&mask);
	return r ? r : !!(mask & sigpact__bit(sig));
}

int sigpact_exclude_mask_get(sigset_t *set)
{
	uint64_t mask, *word = (uint64_t *)set;
	size_t i;
	int r;

	if (!set)
		return -EFAULT;
	r = sigpact__mask_get(&mask);
	if (r)
		return r;
	for (i = 0; i < sizeof *set / sizeof *word; i++)
		word[i] = 0;
	word[0] = mask;
	return 0;
}
