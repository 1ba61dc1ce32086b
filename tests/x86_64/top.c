/* A delivery close to the upper end of a stack, past which nothing is mapped:
   a trimmed frame may end where a whole one would not fit, and the kernel must
   still take it back.  Each distance in a process of its own, with little
   vector state live and with all. */
#include "core.h"
#include "tap.h"
#include "window.h"
#include "witness.h"

#include <signal.h>
#include <sigpact.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 64 << 10, SPAN = 6144, STEP = 16 };

static char *stack, alt[65536];
static volatile int ran;

static void handler(int sig)
{
	char here;

	(void)sig;
	if (&here >= stack && &here < stack + STACK_SIZE)
		ran = 1;
}

/* At distance bytes below the end; how the process ended. */
static int deliver(int distance, int all)
{
	struct sigpact__thread *t = sigpact__self();
	int status = -1;
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, &status, 0);
		return status;
	}
	t->low = (uintptr_t)stack;
	t->high = t->low + STACK_SIZE;
	t->floor = t->low + SIGPACT_RESERVE * 2;
	t->span = t->high - sigpact__frame_size - t->floor;
	if (all)
		witness_spoil(witness_level());
	else if (witness_level() >= WITNESS_AVX)
		__asm__ volatile(".byte 0xc5,0xf8,0x77" ::: "memory");
	window(t->high - (uintptr_t)distance, SYS_tgkill, getpid(), getpid(),
	       SIGUSR1);
	_exit(!ran);
}

static void sweep(int all, const char *what)
{
	int distance, bad = 0;

	for (distance = STEP; distance < SPAN; distance += STEP) {
		int status = deliver(distance, all);

		if (status && bad++ < 3)
			printf("# %d bytes below the end: wait status %#x\n",
			       distance, (unsigned)status);
	}
	ok(!bad, "%s: %d distances", what, SPAN / STEP - 1);
}

static void all_copies(const char *copy)
{
	char what[64];

	snprintf(what, sizeof what, "%s, little live", copy);
	sweep(0, what);
	snprintf(what, sizeof what, "%s, all live", copy);
	sweep(1, what);
}

int main(void)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };

	stack = mmap(NULL, STACK_SIZE + 65536, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED ||
	    mprotect(stack, STACK_SIZE, PROT_READ | PROT_WRITE))
		bail("no memory");
	if (sigpact_backend_get() != SIGPACT_BACKEND_RELOCATE) {
		skip("top", "this kernel excludes by itself");
		return done();
	}
	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &a, NULL);
	if (sigpact_exclude_set(SIGUSR1))
		bail("cannot exclude");
	all_copies("as this CPU copies");
	sigpact__fast = sigpact__fast_xmm;
	all_copies("copy by xmm");
	sigpact__xslow = ~0ull;
	all_copies("never the fast path");
	return done();
}
