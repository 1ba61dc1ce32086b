/* What every function of sigpact.h makes of input that it must refuse: which
   error, what it leaves untouched, and that errno is never set. */
#include <errno.h>
#include <limits.h>
#include <sigpact.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { UNTOUCHED = 4242 };

/* The result of a call; errno is part of it. */
#define GIVES(call, result) (errno = UNTOUCHED, (call) == (result)) && \
	errno == UNTOUCHED

static const int no_signal[] = { 0, -1, 65, 66, INT_MAX, INT_MIN, 256 + 10 };
#define NO_SIGNALS (sizeof no_signal / sizeof *no_signal)

static int excludes(uint64_t mask)
{
	sigset_t set;

	return !sigpact_exclude_mask_get(&set) && *(uint64_t *)&set == mask;
}

static void exclude_only(uint64_t mask)
{
	sigset_t set;

	memset(&set, 0, sizeof set);
	*(uint64_t *)&set = mask;
	if (sigpact_exclude_mask_set(&set))
		bail("no exclusion here");
}

static void signals(void)
{
	const uint64_t before = 1ull << (SIGUSR1 - 1) | 1ull << (SIGPWR - 1);
	size_t i;

	exclude_only(before);
	for (i = 0; i < NO_SIGNALS; i++) {
		int sig = no_signal[i];

		ok(GIVES(sigpact_exclude_set(sig), -EINVAL) &&
		       GIVES(sigpact_exclude_clear(sig), -EINVAL) &&
		       GIVES(sigpact_exclude_test(sig), -EINVAL),
		   "signal %d: -EINVAL", sig);
	}
	ok(GIVES(sigpact_exclude_set(SIGKILL), -EINVAL) &&
	       GIVES(sigpact_exclude_set(SIGSTOP), -EINVAL) &&
	       GIVES(sigpact_exclude_clear(SIGKILL), -EINVAL) &&
	       GIVES(sigpact_exclude_clear(SIGSTOP), -EINVAL),
	   "SIGKILL and SIGSTOP alone: -EINVAL");
	ok(GIVES(sigpact_exclude_test(SIGKILL), 0) &&
	       GIVES(sigpact_exclude_test(SIGSTOP), 0),
	   "they are signals, and not excluded");
	ok(excludes(before), "nothing of it changed what is excluded");
}

/* The kernel's exclusion would be the child's own. */
static void in_vfork(void)
{
	const uint64_t before = 1ull << (SIGPWR - 1);
	sigset_t none;
	int status = -1;
	pid_t pid;

	if (sigpact_backend_get() != SIGPACT_BACKEND_RELOCATE) {
		skip("in a vfork child", "the kernel keeps what it excludes");
		return;
	}
	exclude_only(before);
	memset(&none, 0, sizeof none);
	pid = vfork();
	if (!pid)
		_exit(GIVES(sigpact_exclude_set(SIGUSR1), -EBUSY) &&
		      GIVES(sigpact_exclude_clear(SIGPWR), -EBUSY) &&
		      GIVES(sigpact_exclude_mask_set(&none), -EBUSY) &&
		      GIVES(sigpact_exclude_test(SIGPWR), 1) ? 0 : 1);
	ok(waitpid(pid, &status, 0) == pid && !status && excludes(before),
	   "in a vfork child: -EBUSY, and its parent's are what they were");
}

static void masks(void)
{
	const uint64_t before = 1ull << (SIGUSR2 - 1);
	const uint64_t unstoppable =
		1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1);
	sigset_t set;
	size_t i;

	exclude_only(before);
	ok(GIVES(sigpact_exclude_mask_set(NULL), -EFAULT) && excludes(before),
	   "no set to take: -EFAULT");
	ok(GIVES(sigpact_exclude_mask_get(NULL), -EFAULT),
	   "no set to store to: -EFAULT");
	memset(&set, 0xff, sizeof set);
	ok(GIVES(sigpact_exclude_mask_set(&set), 0) && excludes(~unstoppable),
	   "all signals: SIGKILL and SIGSTOP are ignored");
	memset(&set, 0xff, sizeof set);
	ok(GIVES(sigpact_exclude_mask_get(&set), 0), "get");
	for (i = 1; i < sizeof set / 8; i++)
		if (((uint64_t *)&set)[i])
			break;
	ok(i == sizeof set / 8, "what the set has beyond 64 signals is zero");
	exclude_only(0);
	ok(excludes(0), "none");
}

static void counts(void)
{
	struct sigpact_counts c, blot;
	size_t i;

	memset(&c, 0xaa, sizeof c);
	blot = c;
	for (i = 0; i < NO_SIGNALS; i++)
		ok(GIVES(sigpact_counts_get(no_signal[i], &c), -EINVAL) &&
		       !memcmp(&c, &blot, sizeof c),
		   "counts of %d: -EINVAL, nothing stored", no_signal[i]);
	ok(GIVES(sigpact_counts_get(SIGUSR1, NULL), -EFAULT),
	   "nowhere to count to: -EFAULT");
	ok(GIVES(sigpact_counts_get(0, NULL), -EINVAL),
	   "no signal either: -EINVAL");
	ok(GIVES(sigpact_counts_get(SIGKILL, &c), 0) && !c.delivered,
	   "SIGKILL: none");
}

static void sizes(void)
{
	static const int bad[] = { 0, -1, 65, INT_MAX, INT_MIN };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(GIVES(sigpact_altstack_size(bad[i]), -EINVAL),
		   "an alternate stack for %d frames: -EINVAL", bad[i]);
	ok(sigpact_altstack_size(1) >= 16384 &&
	       sigpact_altstack_size(64) > sigpact_altstack_size(1),
	   "for 1 and 64: a size");
	ok(GIVES(sigpact_altstack_arm(1), -ENOMEM) &&
	       GIVES(sigpact_altstack_arm(2047), -ENOMEM) &&
	       GIVES(sigpact_altstack_arm(SIZE_MAX), -ENOMEM) &&
	       GIVES(sigpact_altstack_arm(SIZE_MAX - 65536), -ENOMEM) &&
	       GIVES(sigpact_altstack_arm(1ul << 63), -ENOMEM),
	   "one too small, one too large: -ENOMEM");
	ok(GIVES(sigpact_altstack_disarm(), -ENOENT), "none armed: -ENOENT");
}

int main(void)
{
	int backend;

	errno = UNTOUCHED;
	backend = sigpact_backend_get();
	ok(errno == UNTOUCHED && (backend == SIGPACT_BACKEND_KERNEL ||
				  backend == SIGPACT_BACKEND_RELOCATE),
	   "a backend");
	ok(GIVES(*sigpact_version() >= '0', 1), "a version");
	signals();
	in_vfork();
	masks();
	counts();
	sizes();
	return done();
}
