/* A process as the tests of `sigpact exercise` see it, from inside and from
   outside, to be compared. */
#ifndef SEEN_H
#define SEEN_H

#include "record.h"

#include <stdint.h>
#include <sys/time.h>

enum { SIGNALS = 65 };

/* Of a process, by its own word.  No padding: it is compared as bytes. */
struct inside {
	uint64_t action[SIGNALS][4];
	uint64_t blocked, pending;
	uint64_t stack, stack_size, stack_flags;
	struct itimerval timer[3];
	int64_t death, group, session, descriptors;
};

void look_inside(struct inside *);
/* Both say what differs. */
int inside_differs(const struct inside *before, const struct inside *after);

/* Of a process, by /proc and by what `sigpact inspect` sees. */
struct outside {
	char status[4096], timers[4096], stat[1024], maps[65536];
	struct sigpact__record *record;
};

struct outside *look_outside(pid_t);
int outside_differs(const struct outside *, const struct outside *);

#endif
