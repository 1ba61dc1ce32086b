/* A command that this program is again, by a word, traced; and its events, kept.
   A test's main gives the words to traced_be first. */
#ifndef TRACED_H
#define TRACED_H

#include "calls.h"
#include "source.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

extern const struct sigpact__source_kind *const traced_by;

struct traced_part {
	const char *word;
	void (*body)(void);
};
/* Does the part that argv names, and ends; or goes on. */
void traced_be(int argc, char **argv, const struct traced_part *);

/* Of the source that was opened last. */
extern struct sigpact__traced traced;
extern struct sigpact__source *traced_source;
extern struct sigpact__event **traced_event;
extern size_t traced_count;
extern uint64_t traced_lost;	/* as EVENT_LOST told */

/* The process; else this program, to be word, or a program that has a '/'.
   -errno, with why said as a comment. */
int traced_open(pid_t pid, const char *word);
/* Until all has ended: -ECHILD. */
int traced_read_all(void);
/* Up to ms, or until at least one of that kind is there. */
void traced_read(int kind, int ms);
void traced_close(void);
/* The n-th (0 upwards) of the kind, and row (-1: any), from that thread (0:
   any); NULL. */
const struct sigpact__event *traced_nth(int kind, int row, pid_t tid, int n);
size_t traced_number(int kind, int row, pid_t tid);
/* The bytes behind the head. */
const void *traced_bytes(const struct sigpact__event *);
void traced_show(void);		/* as comments */

#endif
