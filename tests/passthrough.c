/* Says what libc's signal functions answer.  It knows nothing of sigpact: a
   script compares what it says with and without a preloaded libsigpact. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *stack;
enum { SIZE = 65536 };

static void plain(int sig)
{
	const char here = 0, *volatile p = &here;

	printf("  %d on the %s stack\n", sig,
	       p >= stack && p < stack + SIZE ? "alternate" : "native");
}

static void with_info(int sig, siginfo_t *info, void *context)
{
	printf("  %d code %d, context %d\n", sig, info->si_code, !!context);
	plain(sig);
}

static const char *name(void (*h)(int))
{
	return h == SIG_DFL			  ? "default"
	       : h == SIG_IGN			  ? "ignore"
	       : h == SIG_ERR			  ? "error"
	       : h == plain			  ? "plain"
	       : (void *)h == (void *)with_info ? "with_info"
						  : "SOMETHING ELSE";
}

static void action(int sig, void *handler, int flags)
{
	void (*h)(int) = (void (*)(int))handler;
	struct sigaction a = { .sa_handler = h, .sa_flags = flags }, old, now;
	struct { void (*handler)(int); unsigned long flags, rest[2]; } raw;
	int e, set;

	memset(&old, 0, sizeof old);
	memset(&now, 0, sizeof now);
	memset(&raw, 0, sizeof raw);
	sigaddset(&a.sa_mask, SIGHUP);
	errno = 0;
	e = set = sigaction(sig, &a, &old);
	printf("sigaction(%d, %s, %#x): %d, errno %d, was %s %#x\n", sig,
	       name(h), flags, e, errno, name(old.sa_handler), old.sa_flags);
	e = sigaction(sig, NULL, &now);
	printf("  reads %d %s %#x mask %d", e, name(now.sa_handler),
	       now.sa_flags, sigismember(&now.sa_mask, SIGHUP));
	e = (int)syscall(SYS_rt_sigaction, sig, NULL, &raw, 8);
	printf("; raw %d %s %#lx\n", e, name(raw.handler), raw.flags);
	if (!set && h != SIG_DFL && h != SIG_IGN)
		raise(sig);
}

static void altstack(size_t size, int flags)
{
	stack_t ss = { .ss_sp = stack, .ss_size = size, .ss_flags = flags };
	stack_t now;
	int e;

	errno = 0;
	e = sigaltstack(&ss, NULL);
	printf("sigaltstack(%zu, %d): %d, errno %d", size, flags, e, errno);
	sigaltstack(NULL, &now);
	printf(", now %d %zu %d\n", now.ss_sp == stack, now.ss_size,
	       now.ss_flags);
}

static void exclude(int option, unsigned long a, unsigned long b)
{
	errno = 0;
	printf("prctl(%#x): %d", (unsigned)option, prctl(option, a, b, 0, 0));
	printf(", errno %d\n", errno);
}

static void *thread(void *unused)
{
	printf("in a thread\n");
	raise(SIGUSR1);
	return unused;
}

int main(void)
{
	static const int bad[] = { 0, -1, 65, SIGKILL, SIGSTOP, 32, 33 };
	static const size_t sizes[] = { 0, 1024, 2047, 2048, 5119, 5120, SIZE };
	unsigned long mask = 0;
	pthread_t t;
	size_t i;

	stack = malloc(SIZE);
	if (!stack)
		return 1;
	setvbuf(stdout, NULL, _IONBF, 0);
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
		altstack(sizes[i], 0);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		action(bad[i], plain, 0);
	action(SIGUSR1, plain, 0);
	action(SIGUSR2, plain, SA_ONSTACK);
	action(SIGUSR1, plain, SA_ONSTACK | SA_RESTART);
	action(SIGPWR, with_info, SA_SIGINFO | SA_ONSTACK);
	action(SIGPWR, (void *)SIG_IGN, 0);
	action(SIGSEGV, plain, SA_ONSTACK);
	exclude(0x53415801, SIGUSR1, 0);
	exclude(0x53415802, SIGUSR1, 0);
	exclude(0x53415803, (unsigned long)&mask, 8);
	exclude(0x53415804, (unsigned long)&mask, 8);
	raise(SIGUSR1);
	printf("signal: %s\n", name(signal(SIGTERM, plain)));
	printf("signal: %s\n", name(signal(SIGTERM, SIG_DFL)));
	if (!pthread_create(&t, NULL, thread, NULL))
		pthread_join(t, NULL);
	altstack(SIZE, SS_DISABLE);
	return 0;
}
