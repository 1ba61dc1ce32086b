/* What an event is called in JSON Lines, member by member: one table for who
   writes and who reads.  Tracer's context. */
#ifndef SIGPACT_JSONL_H
#define SIGPACT_JSONL_H

#include "event.h"

#include <stddef.h>

#define JSONL_VERSION 1

/* Numbers of 32 bits and time are numbers, others "0x…", for readers that have
   doubles alone. */
struct sigpact__jsonl_field {
	const char *name;
	unsigned short offset;
	unsigned char size, count;	/* bytes; 0: one, n: an array */
	char text;			/* characters, not numbers */
};
struct sigpact__jsonl_kind {
	const char *name;		/* "entry" … */
	size_t head;			/* EVENT_HEAD */
	struct sigpact__jsonl_field field[16]; /* until .name is NULL */
};
extern const struct sigpact__jsonl_kind sigpact__jsonl_kinds[EVENT_KINDS];

#endif
