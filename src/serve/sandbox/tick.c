/* The preemption of a sandbox.  Runs in a signal handler: nothing of libc. */
#include "instance.h"

__thread struct sandbox *sigpact__sandbox SANDBOX_TLS;

int sigpact__sandbox_tick(void *ucontext)
{
	struct sandbox *s = sigpact__sandbox;

	if (!s)
		return 0;
	if (__atomic_load_n(&s->in_host, __ATOMIC_RELAXED)) {
		__atomic_store_n(&s->pending, 1, __ATOMIC_RELAXED);
		return 0;
	}
	return sigpact_domain_tick(ucontext);
}
