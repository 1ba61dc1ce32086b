/* Exclusion by relocation, through the linked library. */
#include <errno.h>
#include <sigpact.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

static char alt[65536];
static volatile int on_alt, calls;

static void handler(int sig, siginfo_t *info, void *uc)
{
	char here;

	(void)uc;
	on_alt = &here >= alt && &here < alt + sizeof alt;
	calls++;
	if (info->si_signo != sig)
		abort();
}

int main(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };
	struct sigaction a = { .sa_sigaction = handler,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigpact_counts c;
	struct sigaction old;
	int i;

	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &a, NULL);
	raise(SIGUSR1);
	ok(on_alt, "not excluded: on the alternate stack");
	ok(sigpact_exclude_set(SIGUSR1) == 0, "exclude");
	for (i = 0; i < 100000; i++)
		raise(SIGUSR1);
	ok(!on_alt && calls == 100001, "excluded: on the native stack");
	ok(sigpact_counts_get(SIGUSR1, &c) == 0 &&
	       (sigpact_backend_get() == SIGPACT_BACKEND_KERNEL ||
		c.relocated == 100000),
	   "counted");
	sigaction(SIGUSR1, NULL, &old);
	ok(old.sa_sigaction == handler && old.sa_flags & SA_ONSTACK,
	   "the action reads as it was set");
	sigpact_exclude_clear(SIGUSR1);
	raise(SIGUSR1);
	ok(on_alt, "cleared: on the alternate stack");
	ok(sigpact_exclude_set(0) == -EINVAL &&
	       sigpact_exclude_set(65) == -EINVAL &&
	       sigpact_exclude_set(-1) == -EINVAL &&
	       sigpact_exclude_set(SIGKILL) == -EINVAL,
	   "bad signals");
	return done();
}
