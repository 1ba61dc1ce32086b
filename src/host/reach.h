/* What the commands reach in a process that has libsigpact.  An ELF note of
   the library (owner "sigpact", type 1) holds the distance from itself to this
   struct, which the constructor fills in; addresses are the process's own. */
#ifndef SIGPACT_REACH_H
#define SIGPACT_REACH_H

#include <stdint.h>

#define SIGPACT_NOTE_NAME "sigpact"
#define SIGPACT_NOTE_TYPE 1
#define SIGPACT_REACH_VERSION 2

struct sigpact__reach {
	uint64_t version;	/* last to be set; 0 until then */
	uint64_t counts;	/* of a pointer to SHARDS blocks (core.h) */
	uint64_t slots, thunks;	/* the actions behind entry addresses */
	/* a thread's struct is at slot ? *(*(tp + 8) + slot) + offset
				       : tp + offset, for its pointer tp */
	uint64_t tls_slot, tls_offset;
	uint64_t adopt;		/* long (*)(uint64_t mask, low, high) */
	uint64_t crash;		/* a handler that stands for SIG_DFL */
};

#endif
