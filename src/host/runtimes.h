/* What a finding must know of the runtimes that a record names.  Normal
   context; for the commands. */
#ifndef SIGPACT_RUNTIMES_H
#define SIGPACT_RUNTIMES_H

#include "record.h"

enum {
	TRAIT_ADDS_ONSTACK = 1,	/* to the handlers of others */
	TRAIT_OWN_STACK = 2,	/* its handlers must run on the thread's own */
	TRAIT_IGNORES_PIPE = 4,	/* SIGPIPE; and fails when it does not */
	TRAIT_GUARD_ZONES = 8,	/* finds room for a handler on overflow */
	TRAIT_REAPS = 16	/* waits for its children's statuses */
};
unsigned sigpact__runtime_traits(const struct sigpact__runtime *);

#endif
