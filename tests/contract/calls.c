/* prctl(2), and the system calls that syscall(2) makes. */
#include "transcript.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void ordinary_prctl(void)
{
	static const int options[] = {
		-1, 0, 0x53415800, 0x53415805, 0x7fffffff, PR_GET_DUMPABLE,
		PR_GET_KEEPCAPS, PR_GET_TIMING, PR_GET_SECUREBITS,
		PR_GET_TIMERSLACK, PR_GET_NO_NEW_PRIVS, PR_GET_THP_DISABLE,
		PR_GET_SECCOMP, PR_MCE_KILL_GET,
	};
	char name[32];
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		TELL(prctl(options[i], 0ul, 0ul, 0ul, 0ul), "prctl(%#x)",
		     (unsigned)options[i]);
		TELL(syscall(SYS_prctl, options[i], 0ul, 0ul, 0ul, 0ul),
		     "raw prctl(%#x)", (unsigned)options[i]);
	}
	blot(name, sizeof name);
	TELL(prctl(PR_SET_NAME, "sixteen letters and more"), "set name");
	TELL(prctl(PR_GET_NAME, name), "get name");
	say("  %.16s", name);
	TELL(prctl(PR_SET_NAME, 8ul, 0ul, 0ul, 0ul), "set name, bad address");
	TELL(prctl(PR_GET_NAME, 8ul, 0ul, 0ul, 0ul), "get name, bad address");
	TELL(prctl(PR_SET_PDEATHSIG, (unsigned long)SIGHUP), "set pdeathsig");
	TELL(prctl(PR_GET_PDEATHSIG, &n), "get pdeathsig");
	say("  %d", n);
	TELL(prctl(PR_SET_PDEATHSIG, 65ul), "set pdeathsig, bad");
	TELL(prctl(PR_SET_PDEATHSIG, 0ul), "clear pdeathsig");
	TELL(prctl(PR_CAPBSET_READ, 1000ul), "capbset, bad");
	TELL(prctl(PR_SET_NO_NEW_PRIVS, 2ul, 0ul, 0ul, 0ul), "no_new_privs");
	TELL(prctl(PR_SET_TIMERSLACK, 60000ul), "set timer slack");
	TELL(prctl(PR_GET_TIMERSLACK), "get timer slack");
}

static void ordinary_syscall(void)
{
	int ends[2];
	char c = 0;

	TELL(syscall(SYS_getpid) == getpid(), "getpid");
	TELL(syscall(-1), "syscall(-1)");
	TELL(syscall(100000), "syscall(100000)");
	TELL(syscall(SYS_close, -1), "close(-1)");
	TELL(syscall(SYS_pipe2, ends, 0), "pipe2");
	TELL(syscall(SYS_write, ends[1], "y", 1), "write");
	TELL(syscall(SYS_pread64, ends[0], &c, 1, 0), "pread");
	TELL(syscall(SYS_read, ends[0], &c, 1), "read");
	say("  %c", c);
	/* six arguments arrive */
	TELL(syscall(SYS_mmap, NULL, 4096, 0, 0x22, -1, 1), "mmap, odd offset");
	close(ends[0]);
	close(ends[1]);
}

static void raw_set(int sig, struct kernel_action k, size_t size)
{
	struct kernel_action given = k, old;

	blot(&old, sizeof old);
	TELL(syscall(SYS_rt_sigaction, sig, &k, &old, size),
	     "rt_sigaction(%d, %s %#llx, %zu)", sig, handler_name(k.handler),
	     (unsigned long long)k.flags, size);
	say_kernel_action("old:", &old);
	if (memcmp(&k, &given, sizeof k))
		say("  act was written");
	TELL(syscall(SYS_rt_sigaction, sig, &k, &k, size), "same object");
	say_kernel_action("same:", &k);
	TELL(syscall(SYS_rt_sigaction, sig, NULL, NULL, size), "nothing");
	say_state(sig);
}

static void raw_actions(void)
{
	static const size_t sizes[] = { 8, 0, 4, 16, 128, (size_t)-1 };
	struct kernel_action k, none = { 0, 0, 0, 0 };
	size_t i;
	int sig;

	install(SIGUSR1, count, 0);
	syscall(SYS_rt_sigaction, SIGUSR1, NULL, &k, 8);
	k.mask = ~0ull;
	for (sig = -1; sig <= 66; sig = next_signal(sig)) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			k.handler = (uintptr_t)three;
			k.flags = 0x04000000 | SA_SIGINFO | SA_ONSTACK;
			raw_set(sig, k, sizes[i]);
		}
		k.handler = (uintptr_t)one;
		k.flags = 0x04000000 | SA_RESTART;
		raw_set(sig, k, 8);
		k.handler = (uintptr_t)SIG_IGN;
		raw_set(sig, k, 8);
		raw_set(sig, none, 8);
	}
	/* the kernel takes an int */
	k.handler = (uintptr_t)one;
	TELL(syscall(SYS_rt_sigaction, 1ul << 32 | SIGUSR2, &k, NULL, 8),
	     "a signal of 64 bits");
	say_state(SIGUSR2);
	raise(SIGUSR2);
	raw_set(SIGUSR2, none, 8);
}

/* EFAULT is the kernel's to say, and some of it comes too late. */
static void raw_faults(void)
{
	void *const bad[] = { (void *)8, (void *)-8, (void *)-24,
			      (void *)0x800000000000 };
	struct kernel_action k = { (uintptr_t)SIG_IGN, 0, 0, 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		install(SIGUSR1, count, SA_RESTART);
		TELL(syscall(SYS_rt_sigaction, SIGUSR1, bad[i], NULL, 8),
		     "bad act %zu", i);
		TELL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, bad[i], 8),
		     "bad old %zu", i);
		say_state(SIGUSR1);
		TELL(syscall(SYS_rt_sigaction, SIGUSR1, &k, bad[i], 8),
		     "set and bad old %zu", i);
		say_state(SIGUSR1);
		TELL(syscall(SYS_rt_sigaction, 0, bad[i], bad[i], 8),
		     "bad signal, bad act %zu", i);
		TELL(syscall(SYS_rt_sigaction, SIGUSR1, bad[i], NULL, 4),
		     "bad size, bad act %zu", i);
	}
	install(SIGUSR1, SIG_DFL, 0);
}

void calls(void)
{
	ordinary_prctl();
	ordinary_syscall();
	raw_actions();
	raw_faults();
}
