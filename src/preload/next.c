/* Finds the functions behind the interposed ones.  Normal context. */
#include "core.h"
#include "preload.h"

#include <dlfcn.h>
#include <string.h>

struct sigpact__next sigpact__next;

static void find(void *to, const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	memcpy(to, &p, sizeof p);
}

/* From the constructor, or from the first call when an earlier object's
   constructor makes one. */
__attribute__((constructor(101))) void sigpact__next_find(void)
{
	if (sigpact__next.sigaction)
		return;
	sigpact__tls_init(); /* what is interposed looks at its thread */
	find(&sigpact__next.sigaltstack, "sigaltstack");
	find(&sigpact__next.prctl, "prctl");
	find(&sigpact__next.syscall, "syscall");
	find(&sigpact__next.pthread_create, "pthread_create");
	find(&sigpact__next.dlopen, "dlopen");
	find(&sigpact__next.thrd_create, "thrd_create");
	find(&sigpact__next.sigaction, "sigaction");
}
