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
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* The journal could not be written, and this errno is why. */
enum { UNWRITTEN = -10000 };

static int unwritten(int e)
{
	return UNWRITTEN + e;
}

int sigpact__mend_again(int e, uint64_t *since)
{
	struct timespec now, nap = { 0, 1000000 };
	uint64_t ns;

	if (e != -EBUSY)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (!*since)
		*since = ns;
	nanosleep(&nap, NULL);
	return ns - *since < MEND_HOLD_MS * 1000000ull;
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
		++*done;
		e = sigpact__journal_exclude(journal, r, t, t->excluded,
					     t->excluded | bit);
		if (e) {
			sigpact__mend_exclude(r, t, t->excluded);
			return unwritten(e);
		}
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

static void take_back(const struct sigpact__record *r,
		      const struct sigpact__step *s)
{
	uint64_t since = 0;

	if (s->kind == STEP_ACTION)
		sigpact__mend_action(r, s->sig, &s->to, &s->from);
	else
		while (sigpact__mend_again(
		    sigpact__unmend_altstack(r, s->tid, s->ours, s->base,
					     s->size, s->flags), &since))
			continue;
}

static int act(FILE *journal, const struct sigpact__plan *p,
	       struct sigpact__step *s, const char **why)
{
	uint64_t since = 0;
	int e = -ENOSYS, written;

	*why = NULL;
	switch (s->kind) {
	case STEP_LOAD:
		return load(journal, p, s, why);
	case STEP_ACTION:
		e = sigpact__mend_action(p->record, s->sig, &s->from, &s->to);
		break;
	case STEP_ALTSTACK:
		do
			e = sigpact__mend_altstack(p->record, s->tid, s->base,
						   s->our_size, &s->ours);
		while (sigpact__mend_again(e, &since));
		break;
	case STEP_NONE:
		return -ENOSYS;
	}
	written = e ? 0 : sigpact__journal_act(journal, p->record, s);
	if (written) {
		take_back(p->record, s);
		return unwritten(written);
	}
	return e;
}

const char *sigpact__mend_explain(int e)
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
	case -EPERM:
		return "it may not be traced, or a debugger holds it";
	case -EOWNERDEAD:
		return "it has called exec: another program runs there";
	case -ENOENT:
		return "no thread has an alternate stack";
	}
	return strerror(-e);
}

/* There is nothing more to mend. */
static int is_over(const struct sigpact__record *r, int e)
{
	return e == -EOWNERDEAD || (e == -ESRCH && kill(r->pid, 0));
}

static void tell(const struct sigpact__plan *p, const struct sigpact__step *s,
		 const char *what, const char *why)
{
	char text[SPELL];

	fprintf(stderr, "sigpact heal: %s: %s%s%s\n",
		sigpact__step_tell(p, s, text), what, why ? ": " : "",
		why ? why : "");
}

/* The finding is left as it is: what else cures it. */
static void tell_left(const struct sigpact__plan *p,
		      const struct sigpact__step *s)
{
	char text[SPELL];

	fprintf(stderr, "sigpact heal: %s %s: %s: %s\n", s->finding->kind->id,
		s->finding->kind->name, sigpact__step_tell(p, s, text), s->why);
}

/* 0, or as act; said so. */
static int step(struct sigpact__plan *p, struct sigpact__step *s, FILE *journal)
{
	const char *why;
	int e = act(journal, p, s, &why);

	if (!e)
		tell(p, s, "done", NULL);
	else if (e > UNWRITTEN)
		tell(p, s, sigpact__mend_explain(e), e == -EAGAIN ? why : NULL);
	if (!e || e <= UNWRITTEN || is_over(p->record, e) ||
	    !sigpact__plan_instead(p, s))
		return e;
	return step(p, s, journal);
}

int sigpact__plan_do(struct sigpact__plan *p, FILE *journal)
{
	int left = 0, e;
	size_t i;

	for (i = 0; i < p->count; i++) {
		if (p->step[i].kind == STEP_NONE) {
			tell_left(p, &p->step[i]);
			left += !p->step[i].apart;
			continue;
		}
		sigpact__hold_signals(1);
		e = step(p, &p->step[i], journal);
		if (e <= UNWRITTEN)
			return e - UNWRITTEN;
		sigpact__hold_signals(0);
		left += e != 0;
		if (is_over(p->record, e))
			break;
	}
	return left;
}
