/* What `sigpact heal` can do about a finding, and how it is undone. */
#ifndef SIGPACT_HEAL_H
#define SIGPACT_HEAL_H

#include "cli.h"
#include "mend.h"

#include <limits.h>

/* One step.  plan.c fills in what it is to be, mending what it was. */
struct sigpact__step {
	enum {
		STEP_NONE,	/* no cure by heal; why says what else */
		STEP_LOAD,	/* load libsigpact, exclude sig */
		STEP_ACTION,	/* write `to` over `from` */
		STEP_ALTSTACK	/* a larger, guarded one for tid */
	} kind;
	const struct sigpact__finding *finding;
	const char *why;	/* why this and not another; static, or the
				   plan's */
	int apart;		/* never heal's to mend, nor asked of it */
	int sig;
	pid_t tid;
	struct sigpact__act from, to;
	uint64_t base, size;	/* the stack's own … */
	uint32_t flags;
	uint64_t ours, our_size; /* … and ours */
};

struct sigpact__plan {
	const struct sigpact__record *record;
	int load_only, no_load;
	char library[PATH_MAX + 32];
	char unseen[3 * PATH_MAX + 256]; /* why it cannot be loaded, or "" */
	struct sigpact__step *step;
	size_t count;
};

/* plan.c: a step for each finding that one of `names` (ids or names; none: all)
   stands for.  0, -ENOMEM, or -EINVAL with *unknown. */
int sigpact__plan_make(struct sigpact__plan *,
		       const struct sigpact__finding *, size_t count,
		       char **names, int name_count, const char **unknown);
/* The finding that a word was meant for, or NULL. */
const char *sigpact__plan_near(const char *word);
/* plan_text.c: the plan, made for these names, and the command that does it. */
void sigpact__plan_print(const struct sigpact__plan *, char **names, int count,
			 FILE *);
/* What stands in for a step that could not be done, if anything: the step is
   changed.  1 or 0. */
int sigpact__plan_instead(const struct sigpact__plan *, struct sigpact__step *);
/* "clear SA_ONSTACK of SIGPWR" … */
const char *sigpact__step_tell(const struct sigpact__plan *,
			       const struct sigpact__step *, char out[SPELL]);

/* mending.c: does it, with a line in the journal for each change, and on stderr
   what was done and what could not be.  How many steps are left, or -errno
   when the journal could not be written: that change was taken back. */
int sigpact__plan_do(struct sigpact__plan *, FILE *journal);
/* What a terminal or a manager sends waits until a step is done and told. */
void sigpact__hold_signals(int hold);
/* A nap, and 1, when what said e may soon be possible: the thread ran on the
   stack that is to be replaced.  *since is 0 at first. */
int sigpact__mend_again(int e, uint64_t *since);
const char *sigpact__mend_explain(int e);

/* journal.c: the line that undo reads.  0 or -errno. */
int sigpact__journal_act(FILE *, const struct sigpact__record *,
			 const struct sigpact__step *);
int sigpact__journal_exclude(FILE *, const struct sigpact__record *,
			     const struct sigpact__task *, uint64_t before,
			     uint64_t after);

#endif
