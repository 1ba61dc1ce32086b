/* The C part: a handler of its own for SIGUSR1, and a thread that sends it to
   the main thread. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

static struct sigaction before;
static pthread_t target, sender;
static atomic_int seen;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	atomic_fetch_add(&seen, 1);
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(sig, info, context);
}

/* Called on the main thread.  No SA_ONSTACK: the mistake. */
int hook_install(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };

	target = pthread_self();
	sigemptyset(&action.sa_mask);
	action.sa_sigaction = on_signal;
	return sigaction(SIGUSR1, &action, &before);
}

static void *send(void *times)
{
	struct timespec pause = { 0, 50000 };

	for (long i = 0; i < (long)times; i++) {
		pthread_kill(target, SIGUSR1);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

int hook_fire(int times)
{
	return pthread_create(&sender, NULL, send, (void *)(long)times);
}

int hook_wait(void)
{
	return pthread_join(sender, NULL);
}

int hook_seen(void)
{
	return atomic_load(&seen);
}
