/* Events in words, as strace(1) has them: calls, and what came with a signal.
   Tracer's context. */
#ifndef SIGPACT_DECODE_H
#define SIGPACT_DECODE_H

#include "event.h"

#include <stddef.h>
#include <stdint.h>

/* A line that is being written; what does not fit is left out. */
struct sigpact__line {
	char text[2048];
	size_t size;
};
__attribute__((format(printf, 2, 3))) void
sigpact__line_add(struct sigpact__line *, const char *format, ...);
/* Of another process's words: as spell.h has them. */
void sigpact__line_add_foreign(struct sigpact__line *, const char *);
void sigpact__line_add_ns(struct sigpact__line *, uint64_t ns); /* "1.2 ms" */

/* fetch.c: what the event carries, or NULL when it was not seen.  which: 0, 1 of
   an entry, 0 of an exit. */
const void *sigpact__event_fetch(const struct sigpact__event *, int which);
/* The user stack from sp up, of calls that are marked so. */
const unsigned char *sigpact__event_stack(const struct sigpact__event *,
					  size_t *size);
/* Bytes that an event of this kind (and row, of calls) has, or 0: no such. */
size_t sigpact__event_size(unsigned kind, unsigned row);
unsigned sigpact__call_marks(unsigned row);	/* CALLS_… */

/* decode.c */
const char *sigpact__call_name(unsigned row);
/* The row of a name, or -1. */
int sigpact__call_row(const char *name);
/* "kill(4711, SIGPWR) = 0"; exit NULL: it has not ended, or does not. */
void sigpact__decode_call(struct sigpact__line *,
			  const struct sigpact__event *entry,
			  const struct sigpact__event *exit);
/* The signal that a call or an event is about; 0: none. */
int sigpact__event_signal(const struct sigpact__event *);
/* Did it fail?  A wait that a signal ends, or is restarted, has not. */
int sigpact__exit_failed(const struct sigpact__event *exit);

/* decode_value.c: what an argument is or points to; bytes NULL: were not to be
   read. */
typedef void sigpact__decode_value(struct sigpact__line *, uint64_t value,
				   const void *bytes);
sigpact__decode_value sigpact__decode_number, sigpact__decode_hex,
	sigpact__decode_signal, sigpact__decode_act, sigpact__decode_set,
	sigpact__decode_how, sigpact__decode_altstack, sigpact__decode_info,
	sigpact__decode_timespec, sigpact__decode_itimerval,
	sigpact__decode_itimerspec, sigpact__decode_context,
	sigpact__decode_timer_id, sigpact__decode_sigevent,
	sigpact__decode_which, sigpact__decode_clock, sigpact__decode_sfd,
	sigpact__decode_timer_flags;
/* Names of bits, and what has none as a number. */
void sigpact__decode_act_flags(struct sigpact__line *, uint64_t flags);

/* decode_info.c */
void sigpact__decode_code(struct sigpact__line *, int sig, int code);

#endif
