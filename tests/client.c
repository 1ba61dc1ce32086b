/* A client of an installed libsigpact, in what C11 and C++17 share: calls all
   of the header, and its handler tells on which stack it runs.

	client		all that any client may expect
	client later	also that a handler is excluded which was installed
			after the call: shared library only */
#define _XOPEN_SOURCE 700
#include <sigpact.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t on_alternate;

static void handler(int sig, siginfo_t *info, void *context)
{
	const char *frame = (const char *)info;
	stack_t ss;

	(void)sig;
	(void)context;
	/* where the kernel, or sigpact, put the frame */
	sigaltstack(NULL, &ss);
	on_alternate = frame >= (const char *)ss.ss_sp &&
		       frame < (const char *)ss.ss_sp + ss.ss_size;
}

static void must(int good, const char *what)
{
	if (good)
		return;
	printf("client: not so: %s\n", what);
	exit(1);
}

static void catch_signal(int sig)
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_sigaction = handler;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	must(!sigaction(sig, &action, NULL), "sigaction");
}

static int fire(int sig)
{
	on_alternate = -1;
	raise(sig);
	return on_alternate;
}

static void exclusion(void)
{
	sigset_t set, is;
	int backend = sigpact_backend_get();

	must(backend == SIGPACT_BACKEND_KERNEL ||
		 backend == SIGPACT_BACKEND_RELOCATE,
	     "there is a backend");
	catch_signal(SIGUSR1);
	must(fire(SIGUSR1) == 1, "on the alternate stack");
	must(!sigpact_exclude_set(SIGUSR1), "exclude_set");
	must(fire(SIGUSR1) == 0, "excluded: on the native stack");
	must(sigpact_exclude_test(SIGUSR1) == 1, "exclude_test");
	must(!sigpact_exclude_clear(SIGUSR1), "exclude_clear");
	must(fire(SIGUSR1) == 1, "cleared: on the alternate stack");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(!sigpact_exclude_mask_set(&set), "exclude_mask_set");
	must(fire(SIGUSR1) == 0, "masked: on the native stack");
	must(!sigpact_exclude_mask_get(&is) && sigismember(&is, SIGUSR1) == 1 &&
		 sigismember(&is, SIGUSR2) == 0,
	     "exclude_mask_get");
	must(sigpact_exclude_set(SIGKILL) == -EINVAL, "SIGKILL: EINVAL");
}

static void counts(void)
{
	struct sigpact_counts c;

	must(!sigpact_counts_get(SIGUSR1, &c), "counts_get");
	if (sigpact_backend_get() == SIGPACT_BACKEND_RELOCATE)
		must(c.relocated == 2 && c.delivered >= c.relocated,
		     "two relocated");
}

/* Its own stack, of which nobody has told the library anything yet. */
static void *in_thread(void *unused)
{
	must(sigpact_exclude_test(SIGUSR1) == 0, "empty in a new thread");
	must(!sigpact_altstack_arm(1 << 16), "altstack_arm in a thread");
	must(fire(SIGUSR1) == 1, "thread: on the alternate stack");
	must(!sigpact_exclude_set(SIGUSR1), "exclude_set in a thread");
	must(fire(SIGUSR1) == 0, "thread: on the native stack");
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	must(sigpact_altstack_size(4) > 16384, "altstack_size");
	must(!sigpact_altstack_arm(0), "altstack_arm");
	exclusion();
	counts();
	must(!pthread_create(&thread, NULL, in_thread, NULL) &&
		 !pthread_join(thread, NULL),
	     "a thread");
	if (argc > 1 && !strcmp(argv[1], "later")) {
		must(!sigpact_exclude_set(SIGUSR2), "exclude_set before");
		catch_signal(SIGUSR2);
		must(fire(SIGUSR2) == 0, "later: on the native stack");
	}
	must(!sigpact_altstack_disarm(), "altstack_disarm");
	printf("sigpact %s\n", sigpact_version());
	return 0;
}
