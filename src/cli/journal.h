/* The journal of `sigpact heal`, read back: changes, and taking them back. */
#ifndef SIGPACT_JOURNAL_H
#define SIGPACT_JOURNAL_H

#include "heal.h"

enum { JOURNAL_LINE = 512, JOURNAL_MOST = 1000000 /* lines */ };

struct sigpact__change {
	enum { CHANGE_ACTION, CHANGE_ALTSTACK, CHANGE_EXCLUDE } kind;
	size_t line;
	pid_t pid, tid;
	uint64_t start;
	int sig;
	struct sigpact__act from, to;
	uint64_t base, size, ours;
	unsigned flags;
	uint64_t before, after;
};

struct sigpact__journal {
	struct sigpact__change *change; /* for free(3) */
	size_t count, bad_line;
};

/* journal.c: all of f.  0; -EINVAL: bad_line is not as heal printed it;
   -ENODATA: it has none of heal's lines; or as read(2) has it. */
int sigpact__journal_read(FILE *f, struct sigpact__journal *);

/* undo.c: takes back what was done to the record's process, the last change
   first, and in the record too.  The number of changes that stay, each said on stderr; -ESRCH: none
   was to this process; -EALREADY: all are taken back; -EOWNERDEAD: it has
   called exec since. */
int sigpact__journal_undo(const struct sigpact__journal *,
			  struct sigpact__record *);

#endif
