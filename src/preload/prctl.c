/* prctl(2), interposed, so that a program written for the kernel's exclusion
   runs on any kernel. */
#include "preload.h"

#include <errno.h>
#include <sigpact.h>
#include <sys/prctl.h>

enum { SECCOMP_STRICT = 1 }; /* <linux/seccomp.h>: musl-gcc finds none */

static int answer(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

static int set_mask(const uint64_t *mask)
{
	sigset_t set = { 0 };

	if (!sigpact__readable(mask, sizeof *mask))
		return -EFAULT;
	*(uint64_t *)&set = *mask;
	return sigpact_exclude_mask_set(&set);
}

static int get_mask(uint64_t *mask)
{
	sigset_t set;
	int r = sigpact_exclude_mask_get(&set);

	if (r)
		return r;
	if (!sigpact__writable(mask))
		return -EFAULT;
	*mask = *(const uint64_t *)&set;
	return 0;
}

/* The kernel takes an unsigned long, the library an int. */
static int signal_of(unsigned long sig)
{
	return sig <= 64 ? (int)sig : 0;
}

static int exclusion(int option, const unsigned long *a)
{
	switch (option) {
	case SIGPACT_PR_SET_EXCLUDE:
		return sigpact_exclude_set(signal_of(a[0]));
	case SIGPACT_PR_CLEAR_EXCLUDE:
		return sigpact_exclude_clear(signal_of(a[0]));
	}
	if (a[1] != sizeof(uint64_t))
		return -EINVAL;
	return option == SIGPACT_PR_SET_EXCLUDE_MASK
		   ? set_mask((const uint64_t *)a[0])
		   : get_mask((uint64_t *)a[0]);
}

PUBLIC int prctl(int option, ...)
{
	unsigned long a[4];

	ARGUMENTS(a, option);
	if (!sigpact__next.prctl)
		sigpact__next_find();
	/* without a backend the kernel's EINVAL is the answer */
	if (option >= SIGPACT_PR_SET_EXCLUDE &&
	    option <= SIGPACT_PR_GET_EXCLUDE_MASK && sigpact_backend_get() > 0)
		return answer(exclusion(option, a));
	/* without a filter it is a question */
	if (option == PR_SET_SECCOMP && (a[0] == SECCOMP_STRICT || a[1]))
		sigpact__crash_filtered();
	return sigpact__next.prctl(option, a[0], a[1], a[2], a[3]);
}
