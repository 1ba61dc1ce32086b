/* What is wrong in a record, as data: one table of kinds, from which man page
   and SARIF are made too, and one check for each.  Normal context. */
#ifndef SIGPACT_FINDINGS_H
#define SIGPACT_FINDINGS_H

#include "record.h"

enum sigpact__severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct sigpact__finding_kind {
	const char *id;		/* "SP001": never used for another kind */
	const char *name;	/* "wrong-stack-delivery" */
	enum sigpact__severity severity;
	const char *what;	/* one sentence: what it means */
};

struct sigpact__finding {
	const struct sigpact__finding_kind *kind;
	int sig;		/* or 0 */
	pid_t tid;		/* or 0: the process as a whole */
	uint64_t address;	/* or 0 */
	char *evidence;		/* one line */
	char *cure;		/* a command to type, or what to do */
};

extern const struct sigpact__finding_kind sigpact__finding_kinds[];
extern const size_t sigpact__finding_kind_count; /* in a process */
extern const size_t sigpact__finding_kind_all; /* … and `check`'s behind them */

/* Can `sigpact heal` mend it?  What cures it otherwise: static, or NULL. */
int sigpact__finding_heals(const struct sigpact__finding_kind *);
const char *sigpact__finding_cure(const struct sigpact__finding_kind *);

/* The findings of a record, by severity, then id; 0 or -ENOMEM.  A check asks
   for what it needs to have been seen, and is silent without. */
int sigpact__findings(const struct sigpact__record *,
		      struct sigpact__finding **out, size_t *count);
/* Some show only between two looks at a process: what stays pending, and how
   often a signal is delivered.  wait: nanoseconds until a second look tells
   more, 0: it would not.  between: all the findings of `after`, and those;
   `before` of another process (or NULL) counts for nothing. */
uint64_t sigpact__findings_wait(const struct sigpact__record *);
int sigpact__findings_between(const struct sigpact__record *before,
			      const struct sigpact__record *after,
			      struct sigpact__finding **out, size_t *count);
/* Frees the notes among them; how many are left. */
size_t sigpact__findings_drop_notes(struct sigpact__finding *, size_t count);
void sigpact__findings_free(struct sigpact__finding *, size_t count);

#endif
