/* An architecture without an entry routine: what needs one says -ENOSYS, all
   else works, and no handler is ever replaced. */
#include <errno.h>
#include <sigpact.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

static const char *armed;
static size_t armed_size;
static volatile int on_alt, calls;

static void handler(int sig)
{
	const char here = 0, *volatile p = &here;

	on_alt = p >= armed && p < armed + armed_size;
	calls++;
}

static void (*installed(int sig))(int)
{
	struct { void (*handler)(int); unsigned long rest[3]; } a;

	if (syscall(SYS_rt_sigaction, sig, NULL, &a, 8))
		bail("rt_sigaction");
	return a.handler;
}

static void exclusion(void)
{
	struct sigpact_counts c;
	sigset_t set;

	ok(sigpact_backend_get() == -ENOSYS, "no backend");
	ok(sigpact_exclude_set(SIGUSR1) == -ENOSYS, "exclude_set: -ENOSYS");
	ok(sigpact_exclude_set(0) == -EINVAL &&
	       sigpact_exclude_set(SIGSTOP) == -EINVAL,
	   "… and -EINVAL for what is never excludable");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ok(sigpact_exclude_mask_set(&set) == -ENOSYS, "mask_set: -ENOSYS");
	ok(sigpact_exclude_test(SIGUSR1) == 0, "nothing is excluded");
	ok(sigpact_exclude_mask_get(&set) == 0 &&
	       sigisemptyset(&set),
	   "… by the mask either");
	raise(SIGUSR1);
	ok(installed(SIGUSR1) == handler && calls == 1 && on_alt,
	   "the handler is the program's, on the alternate stack");
	ok(sigpact_counts_get(SIGUSR1, &c) == 0 && c.delivered == 0,
	   "no delivery went through an entry routine");
}

int main(void)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	stack_t before = { .ss_size = 65536 }, now;
	long size = sigpact_altstack_size(1);

	before.ss_sp = malloc(before.ss_size);
	if (!before.ss_sp || sigaltstack(&before, NULL) ||
	    sigaction(SIGUSR1, &a, NULL))
		bail("no alternate stack");
	ok(size > 16384 && sigpact_altstack_size(65) == -EINVAL,
	   "altstack_size: %ld", size);
	ok(sigpact_altstack_arm((size_t)size) == 0, "altstack_arm");
	sigaltstack(NULL, &now);
	armed = now.ss_sp;
	armed_size = now.ss_size;
	ok(now.ss_sp != before.ss_sp && now.ss_size >= (size_t)size &&
	       !(now.ss_flags & SS_DISABLE),
	   "… is armed");
	exclusion();
	ok(sigpact_altstack_disarm() == 0, "altstack_disarm");
	sigaltstack(NULL, &now);
	ok(now.ss_sp == before.ss_sp && now.ss_size == before.ss_size,
	   "… arms the one before");
	return done();
}
