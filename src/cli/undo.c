/* Takes back what `sigpact heal` did, by its journal.  A change is taken back
   where it still stands, and only to what can still be used.  Normal
   context. */
#include "journal.h"

#include <errno.h>
#include <string.h>

static struct sigpact__task *task(const struct sigpact__record *r, pid_t tid)
{
	size_t i;

	for (i = 0; i < r->task_count; i++)
		if (r->task[i].tid == tid)
			return &r->task[i];
	return NULL;
}

static int same(const struct sigpact__act *a, const struct sigpact__act *b)
{
	return a->handler == b->handler && a->flags == b->flags &&
	       a->mask == b->mask;
}

/* Is it as it was before heal?  So it is, too, when its thread has ended. */
static int is_back(const struct sigpact__record *r,
		   const struct sigpact__change *c)
{
	const struct sigpact__task *t = task(r, c->tid);

	if (c->kind == CHANGE_ACTION)
		return r->have_actions && same(&r->action[c->sig], &c->from);
	if (!t)
		return 1;
	if (c->kind == CHANGE_ALTSTACK)
		return t->seen & SEEN_ALTSTACK && t->alt_size &&
		       t->alt_base == c->base;
	return t->seen & SEEN_THREAD && t->excluded == c->before;
}

/* All of it is mapped, with this right. */
static int usable(const struct sigpact__record *r, uint64_t from, uint64_t size,
		  char right)
{
	const struct sigpact__map *m;
	uint64_t at = from;

	while (at - from < size) {
		m = sigpact__map_at(r, at);
		if (!m || !strchr(m->rights, right))
			return 0;
		at = m->end;
	}
	return 1;
}

static int take_back(const struct sigpact__record *r,
		     const struct sigpact__change *c)
{
	const struct sigpact__task *t = task(r, c->tid);
	uint64_t since = 0;
	int e;

	if (c->kind == CHANGE_ACTION) {
		if (c->from.handler > 1 && !usable(r, c->from.handler, 1, 'x'))
			return -EFAULT;
		return sigpact__mend_action(r, c->sig, &c->to, &c->from);
	}
	if (!t)
		return 0;
	if (c->kind == CHANGE_ALTSTACK) {
		if (!usable(r, c->base, c->size, 'w'))
			return -EFAULT;
		do
			e = sigpact__unmend_altstack(r, c->tid, c->ours,
						     c->base, c->size,
						     c->flags);
		while (sigpact__mend_again(e, &since));
		return e;
	}
	if (t->seen & SEEN_THREAD && t->excluded != c->after)
		return -ESTALE;
	return sigpact__mend_exclude(r, t, c->before);
}

/* In the record too: an earlier line may be about the same. */
static void note(struct sigpact__record *r, const struct sigpact__change *c)
{
	struct sigpact__task *t = task(r, c->tid);

	if (c->kind == CHANGE_ACTION)
		r->action[c->sig] = c->from;
	else if (t && c->kind == CHANGE_ALTSTACK)
		t->alt_base = c->base;
	else if (t)
		t->excluded = c->before;
}

static void tell(const struct sigpact__change *c, int e)
{
	char name[24];

	fprintf(stderr, "sigpact heal: not taken back: ");
	if (c->kind == CHANGE_ACTION)
		fprintf(stderr, "action of %s",
			sigpact__spell_signal(name, c->sig));
	else
		fprintf(stderr, "%s of thread %d",
			c->kind == CHANGE_ALTSTACK ? "alternate stack"
						   : "exclusions",
			c->tid);
	fprintf(stderr, " (line %zu): %s\n", c->line,
		e == -ESTALE   ? "it was changed again since"
		: e == -EFAULT ? "what was there before is no longer mapped"
			       : sigpact__mend_explain(e));
}

static int is_of(const struct sigpact__record *r,
		 const struct sigpact__change *c)
{
	return c->pid == r->pid && c->start == r->start_time;
}

int sigpact__journal_undo(const struct sigpact__journal *j,
			  struct sigpact__record *r)
{
	size_t mine = 0, back = 0, i;
	int e, left = 0;

	for (i = 0; i < j->count; i++)
		if (is_of(r, &j->change[i])) {
			mine++;
			back += is_back(r, &j->change[i]);
		}
	if (!mine)
		return -ESRCH;
	if (back == mine)
		return -EALREADY;
	for (i = j->count; i--;) {
		const struct sigpact__change *c = &j->change[i];

		if (!is_of(r, c))
			continue;
		e = take_back(r, c);
		if (e == -EOWNERDEAD)
			return e;
		if (!e)
			note(r, c);
		/* else by an earlier --undo that did not come to its end */
		if (!e || (e == -ESTALE && is_back(r, c)))
			continue;
		tell(c, e);
		left++;
	}
	return left;
}
