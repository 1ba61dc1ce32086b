/* What of a delivery depends on the architecture: the extended state, a set
   of which is XSTATE_BV's bits, and the entry routine's ways of copying it. */
#ifndef STATE_H
#define STATE_H

#include <stdint.h>

#define STATE_BASE 0x3	/* x87 and SSE */
#define STATE_FULL 0xe7	/* … and YMM, opmask, ZMM_Hi256, Hi16_ZMM */

uint64_t state_enabled(void);	/* what this CPU has and the kernel enabled */
uint32_t state_size(void);	/* bytes of all that is enabled */
uint64_t state_of(const void *ucontext); /* live in the interrupted code */
void state_set(uint64_t live);

/* The copies of the entry routine that this CPU can do, the best one last. */
struct state_copy {
	const char *name;
	void *routine;
};
extern const struct state_copy state_copies[];
unsigned state_copies_count(void);

/* Calls an entry address as the kernel does, for the signal whose frame it
   is; routine_return must be the handler behind it. */
void routine_call(uintptr_t entry, uintptr_t frame, int sig);
void routine_return(void);
/* Makes a frame look as if it had interrupted code at this stack pointer. */
void routine_aim(uintptr_t frame, uintptr_t sp);

#endif
