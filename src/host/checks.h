/* Between the table of findings and its checks.  Normal context. */
#ifndef SIGPACT_CHECKS_H
#define SIGPACT_CHECKS_H

#include "findings.h"

/* A check adds what it finds; a place in the table is its id. */
enum sigpact__finding_id {
	WRONG_STACK = 1, MISSING_ONSTACK, ALTSTACK_SMALL, ALTSTACK_NO_GUARD,
	ALTSTACK_UNMAPPED, ALTSTACK_SHARED, ALTSTACK_SOME, FATAL_OVERFLOW,
	HANDLER_UNMAPPED, SIGPIPE_LOST, SIGCHLD_LOST, PENDING_BLOCKED, STORM,
	ALTSTACK_DEAD, ALTSTACK_FULL,
	FINDINGS_END,
	/* of `sigpact check`: SP101 and on */
	VECTOR_LOST = FINDINGS_END, FRAME_UNTOLD, LIBC_STACK_SMALL,
	OVERFLOW_SILENT, FRAME_REGISTERS, RED_ZONE_LOST, SIGNAL_SEMANTICS,
	RELOCATION_FAILS,
	ALL_FINDINGS_END
};

struct sigpact__checking {
	const struct sigpact__record *record;
	const struct sigpact__record *before; /* or NULL: one look alone */
	struct sigpact__finding *found;
	size_t count, room;
	int no_memory;
};

/* The evidence; %s of spell_… may be used in it.  cure: NULL, by the table. */
__attribute__((format(printf, 6, 7))) void
sigpact__check_add(struct sigpact__checking *, enum sigpact__finding_id,
		   int sig, pid_t tid, uint64_t address,
		   const char *evidence, ...);

/* "libpeer.so+0x1234", or "0x1234" when it lies in no file. */
enum { PLACE = 96 };
const char *sigpact__spell_address(const struct sigpact__record *,
				   uint64_t, char to[PLACE]);
const char *sigpact__spell_task(const struct sigpact__task *, char to[PLACE]);

void sigpact__check_actions(struct sigpact__checking *);  /* check_actions.c */
void sigpact__check_stacks(struct sigpact__checking *);   /* check_stacks.c */
void sigpact__check_lost(struct sigpact__checking *);	  /* check_lost.c */

/* What several of them ask. */
int sigpact__is_fault(int sig); /* by what the thread itself does */
int sigpact__has_handler(const struct sigpact__record *, int sig);
int sigpact__armed(const struct sigpact__task *);
/* The first runtime with a trait in the process, or NULL; its module is not
   `but` (NULL: any). */
const struct sigpact__runtime *sigpact__runtime_with(
	const struct sigpact__record *, unsigned trait, const char *but);
const char *sigpact__owner(const struct sigpact__record *, uint64_t address);

#endif
