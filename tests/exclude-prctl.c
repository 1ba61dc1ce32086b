/* The exclusion as the kernel's interface has it: prctl(2), and the system call
   made by syscall(2).  Knows libsigpact by its header's numbers alone, so that
   it runs linked, preloaded, and on a kernel that has it. */
#include <errno.h>
#include <pthread.h>
#include <sigpact.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { UNTOUCHED = 4242, STACK_SIZE = 1 << 17 };
static char stack[STACK_SIZE];
static volatile int on_stack;
static int raw; /* by syscall(2) */

static long ask(int option, unsigned long a, unsigned long b)
{
	errno = UNTOUCHED;
	return raw ? syscall(SYS_prctl, option, a, b, 0, 0)
		   : prctl(option, a, b, 0, 0);
}

static int succeeds(int option, unsigned long a, unsigned long b)
{
	return ask(option, a, b) == 0 && errno == UNTOUCHED;
}

static int fails(int option, unsigned long a, unsigned long b, int error)
{
	return ask(option, a, b) == -1 && errno == error;
}

static uint64_t mask(void)
{
	uint64_t now = 0xaaaaaaaaaaaaaaaa;

	return succeeds(SIGPACT_PR_GET_EXCLUDE_MASK, (unsigned long)&now,
			sizeof now)
		       ? now
		       : 0xbbbbbbbbbbbbbbbb;
}

static int set_mask(uint64_t to)
{
	return succeeds(SIGPACT_PR_SET_EXCLUDE_MASK, (unsigned long)&to,
			sizeof to);
}

static uint64_t bit(int sig)
{
	return 1ull << (sig - 1);
}

static void handler(int sig)
{
	char here;

	(void)sig;
	on_stack = (uintptr_t)&here - (uintptr_t)stack < STACK_SIZE;
}

static int runs_on_stack(int sig)
{
	on_stack = -1;
	raise(sig);
	return on_stack;
}

static void one_signal(void)
{
	static const unsigned long bad[] = {
		0, 65, 66, SIGKILL, SIGSTOP, -1ul, 1ul << 32 | SIGUSR1, 1ul << 31,
	};
	size_t i;

	ok(set_mask(0) && mask() == 0, "empty");
	ok(succeeds(SIGPACT_PR_SET_EXCLUDE, SIGUSR1, 0) &&
	       succeeds(SIGPACT_PR_SET_EXCLUDE, 64, 0) &&
	       mask() == (bit(SIGUSR1) | bit(64)),
	   "set");
	ok(runs_on_stack(SIGUSR1) == 0 && runs_on_stack(SIGUSR2) == 1,
	   "only the excluded signal stays off the alternate stack");
	ok(succeeds(SIGPACT_PR_SET_EXCLUDE, SIGUSR1, 0), "set again");
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(fails(SIGPACT_PR_SET_EXCLUDE, bad[i], 0, EINVAL) &&
		       fails(SIGPACT_PR_CLEAR_EXCLUDE, bad[i], 0, EINVAL),
		   "signal %#lx: EINVAL", bad[i]);
	ok(mask() == (bit(SIGUSR1) | bit(64)), "nothing changed by it");
	ok(succeeds(SIGPACT_PR_CLEAR_EXCLUDE, SIGUSR1, 0) &&
	       succeeds(SIGPACT_PR_CLEAR_EXCLUDE, SIGUSR2, 0) &&
	       mask() == bit(64) && runs_on_stack(SIGUSR1) == 1,
	   "clear");
}

static void whole_mask(void)
{
	static const unsigned long sizes[] = { 0, 4, 7, 9, 16, 128, -1ul };
	const int set = SIGPACT_PR_SET_EXCLUDE_MASK;
	const int get = SIGPACT_PR_GET_EXCLUDE_MASK;
	uint64_t all = ~0ull, now = 0xaaaaaaaaaaaaaaaa;
	unsigned long none = (unsigned long)mmap(NULL, 4096, PROT_NONE,
						 MAP_PRIVATE | MAP_ANONYMOUS,
						 -1, 0);
	const unsigned long bad[] = { 0, 8, none, none - 4, -8ul };
	size_t i;

	ok(set_mask(all) && mask() == ~(bit(SIGKILL) | bit(SIGSTOP)),
	   "all: SIGKILL and SIGSTOP are ignored");
	ok(runs_on_stack(SIGUSR1) == 0 && runs_on_stack(SIGUSR2) == 0,
	   "no signal on the alternate stack");
	set_mask(bit(SIGUSR2));
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
		ok(fails(set, (unsigned long)&all, sizes[i], EINVAL) &&
		       fails(get, (unsigned long)&now, sizes[i], EINVAL) &&
		       fails(get, 0, sizes[i], EINVAL),
		   "size %lu: EINVAL", sizes[i]);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(fails(set, bad[i], sizeof all, EFAULT) &&
		       fails(get, bad[i], sizeof all, EFAULT),
		   "address %s: EFAULT", i < 2 ? i ? "8" : "NULL"
					 : i < 4 ? "of an inaccessible page"
						 : "-8");
	ok(now == 0xaaaaaaaaaaaaaaaa && mask() == bit(SIGUSR2),
	   "nothing stored, nothing changed");
}

static void *new_thread(void *unused)
{
	(void)unused;
	return mask() == 0 ? stack : NULL;
}

static void inherited(void)
{
	pthread_t t;
	void *good = NULL;
	int status = -1;

	set_mask(bit(SIGUSR1));
	ok(!pthread_create(&t, NULL, new_thread, NULL) &&
	       !pthread_join(t, &good) && good,
	   "empty in a new thread");
	if (!fork())
		_exit(mask() != bit(SIGUSR1) || runs_on_stack(SIGUSR1));
	wait(&status);
	ok(!status, "inherited by fork");
}

int main(int argc, char **argv)
{
	stack_t s = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction a;

	if (argc > 1)
		return mask() != 0;
	memset(&a, 0, sizeof a);
	a.sa_handler = handler;
	a.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGUSR2, &a, NULL);
	sigaltstack(&s, NULL);
	for (raw = 0; raw < 2; raw++) {
		one_signal();
		whole_mask();
		inherited();
	}
	if (!fork()) {
		execl("/proc/self/exe", argv[0], "exec", (char *)NULL);
		_exit(2);
	}
	wait(&argc);
	ok(!argc, "gone after exec");
	return done();
}
