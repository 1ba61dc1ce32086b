/* How a signal is delivered to this thread, and to which handler. */
#ifndef WAYS_H
#define WAYS_H

#include <stdint.h>

enum { WAY_SIGNAL = 10 /* SIGUSR1 */, WAY_DELIVERIES = 50 };

struct way {
	int flags;		/* of the action */
	int entry, exclude;	/* the routine before it; this thread excludes */
	void *copy;		/* which of the routine's copies; NULL: best */
	uint64_t live;		/* extended state of the interrupted code */
};

void ways_start(void);	 /* also: the state that libc's functions leave … */
extern uint64_t ways_usual; /* … is this */
void ways_move(void);	 /* both stacks to another place in their pages */
uint64_t ways_block(const void *way); /* WAY_DELIVERIES, nanoseconds */

#endif
