/* Says of each handler that this process has installed which object it lies
   in, by the kernel's own word: not through anything that is interposed. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

static volatile int calls;

static void handler(int sig)
{
	(void)sig;
	calls++;
}

static long raw_query(long sig, struct kernel_action *old)
{
	register long size __asm__("r10") = sizeof old->mask;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"((long)SYS_rt_sigaction), "D"(sig), "S"(0L),
			   "d"(old), "r"(size)
			 : "rcx", "r11", "memory");
	return result;
}

static void install_all(void)
{
	struct sigaction a;
	int sig;

	memset(&a, 0, sizeof a);
	a.sa_handler = handler;
	for (sig = 1; sig <= 64; sig++) {
		a.sa_flags = sig % 2 ? SA_ONSTACK : SA_RESTART;
		sigaction(sig, &a, NULL);
	}
	signal(SIGUSR2, handler);
}

static void *raise_in_thread(void *unused)
{
	raise(SIGUSR1);
	return unused;
}

static int report(void)
{
	int sig, found = 0;

	for (sig = 1; sig <= 64; sig++) {
		struct kernel_action a;
		Dl_info info;

		if (raw_query(sig, &a) || a.handler <= 1)
			continue;
		found++;
		if (!dladdr((void *)a.handler, &info))
			info.dli_fname = "nothing";
		printf("%d lies in %s\n", sig, info.dli_fname);
	}
	return found;
}

int main(void)
{
	stack_t s = { .ss_size = 1 << 18 };
	pthread_t t;
	int status;

	s.ss_sp = malloc(s.ss_size);
	sigaltstack(&s, NULL);
	install_all();
	if (!dlopen("libm.so.6", RTLD_NOW) && !dlopen("libc.so", RTLD_NOW))
		return 2;
	install_all();
	if (pthread_create(&t, NULL, raise_in_thread, NULL) ||
	    pthread_join(t, NULL))
		return 2;
	if (!fork()) {
		install_all();
		_exit(0);
	}
	if (wait(&status) < 0 || status)
		return 2;
	raise(SIGUSR1);
	return report() < 55 || calls < 2;
}
