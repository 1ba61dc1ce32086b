/* What the tests of domains share: what a child process came to, and a domain that
   overflows. */
#ifndef DOMAIN_H
#define DOMAIN_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "usage.h"
#include <sigpact.h>

/* Steps that a child reached, in a page that it shares. */
static volatile int *step;

static inline void steps_share(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bail("no shared page");
	step = p;
}

/* AddressSanitizer's vfork clears its shadow from the stack in use to the end of
   the thread's own, and meets the gap. */
#ifdef __SANITIZE_ADDRESS__
enum { VFORK_WORKS = 0 };
#else
enum { VFORK_WORKS = 1 };
#endif

/* The status of a child that runs body, which leaves no core. */
static inline int child(void (*body)(void))
{
	struct rlimit none = { 0, 0 };
	int status;
	pid_t pid;

	*step = 0;
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &none);
		body();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("fork");
	return status;
}

static inline int died_by(int status, int sig)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == sig;
}

static inline struct sigpact_domain *domain_new(size_t stack, size_t guard)
{
	struct sigpact_domain *d;

	if (sigpact_domain_create(stack, guard, &d))
		bail("no domain");
	return d;
}

/* Writes to each frame, and not in a loop's stead. */
static volatile long deepest = -1;

__attribute__((noinline, unused)) static long recurse(long n)
{
	volatile char frame[200];

	frame[n & 7] = (char)n; /* any: the array is needed */
	return n == deepest ? 0 : recurse(n + 1) + frame[n & 7];
}

__attribute__((unused)) static void overflow(void *unused)
{
	(void)unused;
	recurse(0);
}

#endif
