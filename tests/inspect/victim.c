/* Has actions, masks and alternate stacks of several kinds, says what the
   kernel says of them, one a line, then "ready", and waits to be killed. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIZE = 65536, PAGE = 4096 };

static pthread_barrier_t barrier;

__attribute__((noinline)) static void on_signal(int sig)
{
	__asm__ volatile("" : : "r"(sig));
}

static void arm(size_t size, int guard)
{
	char *p = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = { .ss_sp = p + PAGE, .ss_size = size };

	if (guard)
		mprotect(p, PAGE, PROT_NONE);
	/* the page at its top is touched, no other */
	p[PAGE + size - 1] = 1;
	sigaltstack(&stack, NULL);
}

static void say_thread(void)
{
	uint64_t blocked = 0;
	stack_t stack;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8);
	sigaltstack(NULL, &stack);
	printf("thread %ld %ju %#jx %zu\n", syscall(SYS_gettid),
	       (uintmax_t)blocked, (uintmax_t)(uintptr_t)stack.ss_sp,
	       stack.ss_flags & SS_DISABLE ? 0 : stack.ss_size);
}

static void say_actions(void)
{
	struct {
		uint64_t handler, flags, restorer, mask;
	} act;
	int sig;

	for (sig = 1; sig <= 64; sig++) {
		syscall(SYS_rt_sigaction, sig, NULL, &act, 8);
		printf("action %d %#jx %#jx %#jx %ju\n", sig,
		       (uintmax_t)act.handler, (uintmax_t)act.flags,
		       (uintmax_t)act.restorer, (uintmax_t)act.mask);
	}
}

static void *other(void *with_stack)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (with_stack)
		arm(SIZE / 4, 0);
	pthread_setname_np(pthread_self(), with_stack ? "armed\"\n" : "bare");
	pthread_kill(pthread_self(), SIGUSR1);
	say_thread();
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return NULL;
}

static void install(int sig, int flags, int masked)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = flags };

	if (masked)
		sigaddset(&act.sa_mask, masked);
	sigaction(sig, &act, NULL);
}

int main(void)
{
	pthread_t thread;
	sigset_t set;

	install(SIGUSR1, SA_ONSTACK | SA_RESTART, SIGRTMIN + 3);
	install(SIGUSR2, SA_SIGINFO, 0);
	install(SIGRTMIN + 1, SA_NODEFER | SA_RESETHAND, SIGPWR);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGQUIT);
	arm(SIZE, 1);
	say_thread();
	pthread_barrier_init(&barrier, NULL, 3);
	pthread_create(&thread, NULL, other, &barrier);
	pthread_create(&thread, NULL, other, NULL);
	pthread_barrier_wait(&barrier);
	say_actions(); /* libc's own, of the first thread, among them */
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
