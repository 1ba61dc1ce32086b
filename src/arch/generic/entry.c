/* An architecture without an entry routine: no frame is relocated, no action
   is ever taken over.  dlopen is not interposed either (x86_64/dlopen.S), so
   the rule `keep` finds nothing being loaded.  Any context. */
#include "core.h"

#include <errno.h>

int sigpact__cpu_learn(void)
{
	return -ENOSYS;
}

uintptr_t sigpact__action_first(void)
{
	return 0;
}

struct sigpact__slot *sigpact__action_slot(uintptr_t handler)
{
	return NULL;
}

uintptr_t sigpact__action_wrap(uintptr_t handler, uint32_t flags,
			       uint32_t rules)
{
	return handler;
}

int sigpact__action_take(int sig, uint32_t rules)
{
	return 0;
}
