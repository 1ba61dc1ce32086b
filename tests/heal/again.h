/* A victim looked at again and again: what differs, and what a journal takes
   back. */
#ifndef AGAIN_H
#define AGAIN_H

#include "../busy.h"
#include "journal.h"

static inline struct sigpact__record *look(pid_t pid)
{
	struct sigpact__record *r = NULL;
	int e = sigpact__look(pid, 1 << WAY_PTRACE, &r);

	if (e || !r->have_actions)
		bail(e ? strerror(-e) : "no actions");
	return r;
}

static inline int changes(const struct sigpact__record *a,
		   const struct sigpact__record *b)
{
	int n = 0, sig;
	size_t i;

	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		n += memcmp(&a->action[sig], &b->action[sig],
			    sizeof a->action[sig]) != 0;
	for (i = 0; i < a->task_count; i++)
		n += a->task[i].alt_base != b->task[i].alt_base ||
		     a->task[i].alt_size != b->task[i].alt_size ||
		     (a->task[i].alt_flags | SS_ONSTACK) !=
			     (b->task[i].alt_flags | SS_ONSTACK);
	return n;
}

static inline int undo(struct sigpact__record *r, FILE *journal)
{
	struct sigpact__journal j;
	int left;

	rewind(journal);
	if (sigpact__journal_read(journal, &j))
		return -1;
	left = sigpact__journal_undo(&j, r);
	free(j.change);
	return left;
}

#endif
