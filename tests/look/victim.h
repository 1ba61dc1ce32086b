/* A process that tells what its threads and its actions are, and stays so. */
#ifndef VICTIM_H
#define VICTIM_H

#include <stdint.h>
#include <sys/types.h>

enum shape {
	NONE,		/* never armed */
	DISABLED,	/* armed, then not */
	GUARDED,	/* PROT_NONE below */
	HOLE,		/* nothing below */
	UNGUARDED,	/* writable memory below */
	UNMAPPED,	/* while armed */
	HALF_UNMAPPED,
	READ_ONLY,
	SHARED_A, SHARED_B, /* the same by two threads */
	AUTODISARM,
	TOUCHED,	/* three pages of it */
	FULL,		/* all pages */
	UNALIGNED,	/* begins and ends within pages that others touched */
	MAP_OF_ALL,	/* memory shared with other processes, touched */
	ON_IT,		/* waits in a handler on it */
	ELSEWHERE,	/* waits on a stack that is nobody's by now */
	SHAPES
};
extern const char *const shape_name[SHAPES];	/* odd ones: the thread's */

enum { ALT_PAGES = 8, TOUCHED_PAGES = 3 };

struct told {
	pid_t tid;
	uint64_t blocked, pending;	/* pending: the process's too */
	uint64_t base, size, flags;	/* sigaltstack(NULL, …) */
	uint64_t low, high, here;	/* pthread_getattr_np; a local */
};
struct victim {
	pid_t pid;
	struct told told[SHAPES + 1];	/* the last: the first thread */
	uint64_t action[65][4];
	int ready;
	int leave;		/* the first thread ends */
};

enum { PENDING_ALL = 45, PENDING_ONE = 46 };	/* which waits, blocked */

struct victim *victim_start(int leave);	/* returns when all wait */
/* A thread that was held runs for a moment before it waits again. */
void victim_settle(const struct victim *);
void victim_end(struct victim *);

#endif
