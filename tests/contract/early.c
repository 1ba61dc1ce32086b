/* A library whose constructor makes the calls that libsigpact interposes, which
   may be before libsigpact's own constructor. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sigpact.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int early_failed;
static char stack[1 << 17];

static void handler(int sig)
{
	(void)sig;
}

static void *thread(void *argument)
{
	return argument;
}

__attribute__((constructor)) static void early(void)
{
	stack_t s = { .ss_sp = stack, .ss_size = sizeof stack }, now;
	struct sigaction old;
	void *self, *result = NULL;
	uint64_t mask = 1;
	pthread_t t;

	self = dlopen(NULL, RTLD_NOW);
	early_failed |= !self;
	early_failed |= sigaltstack(NULL, &now) || now.ss_flags != SS_DISABLE;
	early_failed |= (prctl(SIGPACT_PR_GET_EXCLUDE_MASK, &mask, sizeof mask) ||
			 mask) << 1;
	early_failed |= (signal(SIGUSR2, handler) != SIG_DFL) << 2;
	early_failed |= (sigaction(SIGUSR2, NULL, &old) ||
			 old.sa_handler != handler) << 3;
	early_failed |= (syscall(SYS_getpid) != getpid()) << 4;
	early_failed |= (pthread_create(&t, NULL, thread, stack) ||
			 pthread_join(t, &result) || result != stack) << 5;
	early_failed |= (sigaltstack(&s, NULL) || sigaltstack(NULL, &now) ||
			 now.ss_sp != stack) << 6;
}
