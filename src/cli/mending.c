/* Does what a plan of `sigpact heal` says, each change told in the journal
   before a signal may end this command.  Normal context. */
#include "heal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

void sigpact__hold_signals(int hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static int can_exclude(const struct sigpact__task *t)
{
	return t->alt_size && t->stack_high;
}

/* In the record as it is with libsigpact in the process. */
static int exclude(FILE *journal, const struct sigpact__record *r, int sig,
		   int *done)
{
	uint64_t bit = 1ull << (sig - 1);
	int e, first = 0;
	size_t i;

	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *t = &r->task[i];

		if (!can_exclude(t) || t->excluded & bit)
			continue;
		e = sigpact__mend_exclude(r, t, t->excluded | bit);
		if (e == -ESRCH)
			continue;
		if (e) {
			first = first ? first : e;
			continue;
		}
		sigpact__journal_exclude(journal, r, t, t->excluded,
					 t->excluded | bit);
		++*done;
	}
	return first;
}

static int load(FILE *journal, const struct sigpact__plan *p,
		const struct sigpact__step *s, const char **why)
{
	struct sigpact__record *now = NULL;
	int done = 0, e = 0, tries;

	*why = NULL;
	for (tries = 0; !p->record->sigpact_adopt; tries++) {
		e = sigpact__mend_load(p->record, p->library, why);
		if (e != -EAGAIN || tries == 20)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	}
	if (!e)
		e = sigpact__look(p->record->pid, 0, &now);
	if (!e && !now->sigpact_adopt)
		e = -ELIBACC;
	if (!e)
		e = exclude(journal, now, s->sig, &done);
	sigpact__record_free(now);
	return !e && !done ? -ENOENT : e;
}

static int act(FILE *journal, const struct sigpact__plan *p,
	       struct sigpact__step *s, const char **why)
{
	int e = -ENOSYS;

	*why = NULL;
	switch (s->kind) {
	case STEP_LOAD:
		return load(journal, p, s, why);
	case STEP_ACTION:
		e = sigpact__mend_action(p->record, s->sig, &s->from, &s->to);
		break;
	case STEP_ALTSTACK:
		e = sigpact__mend_altstack(p->record, s->tid, s->base,
					   s->our_size, &s->ours);
		break;
	case STEP_NONE:
		return -ENOSYS;
	}
	if (!e)
		sigpact__journal_act(journal, p->record, s);
	return e;
}

static const char *explain(int e)
{
	switch (e) {
	case -ESTALE:
		return "it was changed meanwhile; look again";
	case -EBUSY:
		return "the thread could not be held, or runs on it now";
	case -ESRCH:
		return "the process or thread has ended";
	case -EACCES:
		return "a seccomp filter stands before the call";
	case -EAGAIN:
		return "no thread could be borrowed safely";
	case -ENOTSUP:
		return "it has no dlopen to call";
	case -ELIBACC:
		return "its loader refused libsigpact";
	case -ENOENT:
		return "no thread has an alternate stack";
	}
	return strerror(-e);
}

int sigpact__plan_do(struct sigpact__plan *p, FILE *journal)
{
	char text[SPELL];
	int left = 0, e;
	const char *why;
	size_t i;

	for (i = 0; i < p->count; i++) {
		struct sigpact__step *s = &p->step[i];

		if (s->kind == STEP_NONE) {
			left++;
			continue;
		}
		sigpact__hold_signals(1);
		e = act(journal, p, s, &why);
		if (e && e != -ESRCH) {
			fprintf(stderr, "sigpact heal: %s: %s%s%s\n",
				sigpact__step_tell(p, s, text), explain(e),
				why && e == -EAGAIN ? ": " : "",
				why && e == -EAGAIN ? why : "");
			if (sigpact__plan_instead(p, s))
				e = act(journal, p, s, &why);
		}
		sigpact__hold_signals(0);
		fprintf(stderr, "sigpact heal: %s: %s\n",
			sigpact__step_tell(p, s, text), e ? explain(e) : "done");
		left += e != 0;
		if (e == -ESRCH)
			break;
	}
	return left;
}
