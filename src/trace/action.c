/* A change of an action: from what the call gave, and from what was there, as
   the kernel said or as it was known.  Tracer's context. */
#include "story.h"

#include <string.h>

#define ONSTACK 0x08000000ull

#define CHILD_FLAGS 3ull	/* SA_NOCLDSTOP, SA_NOCLDWAIT */

/* Without a handler most flags and the mask mean nothing; dash sets them. */
static int same(const struct sigpact__act *a, const struct sigpact__act *b)
{
	if (a->handler == b->handler && a->handler <= 1)
		return !((a->flags ^ b->flags) & CHILD_FLAGS);
	return a->handler == b->handler && a->flags == b->flags &&
	       a->mask == b->mask;
}

/* Notes whose code added SA_ONSTACK to a handler that was there, and whether it
   is its owner. */
static void note_onstack(struct sigpact__traced_process *p, int sig,
			 const struct sigpact__act *before,
			 const struct sigpact__act *after, uint64_t by)
{
	uint64_t bit = 1ull << (sig - 1);
	const char *owner, *module;

	if (after->handler != before->handler || !(after->flags & ONSTACK)) {
		p->onstack_by[sig] = 0;
		p->onstack_owner &= ~bit;
		p->found &= ~bit;
		return;
	}
	if (before->flags & ONSTACK)
		return;
	owner = sigpact__place_module(p, after->handler);
	module = sigpact__place_module(p, by);
	p->onstack_by[sig] = by;
	if (owner && module && strcmp(owner, module))
		p->onstack_owner |= bit;
}

void sigpact__story_action(struct sigpact__story *s,
			   struct sigpact__traced_thread *t,
			   const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(TELL_ACTION, t,
							      e);
	struct sigpact__traced_process *p = t->process;
	const void *now = sigpact__event_fetch(t->entry, 0);
	const void *was = sigpact__event_fetch(e, 0);
	int sig = sigpact__event_signal(t->entry);
	struct sigpact__act before = p->action[sig], after;
	uint64_t bit;

	if (!sig)
		return;
	bit = 1ull << (sig - 1);
	telling.before_known = was || p->known & bit;
	if (was)
		memcpy(&before, was, sizeof before);
	after = before;
	if (now && t->entry->entry.arg[1])
		memcpy(&after, now, sizeof after);
	p->action[sig] = after;
	if (telling.before_known || now)
		p->known |= bit;
	if (telling.before_known && same(&before, &after))
		return;
	if (!now)
		return;
	if (after.handler > 1 && !sigpact__place_known(p, after.handler))
		sigpact__story_learn(s, FACT_MAPS, e->pid, e->tid);
	telling.sig = sig;
	telling.before = &before;
	telling.after = &after;
	telling.by = t->caller;
	note_onstack(p, sig, &before, &after, t->caller);
	sigpact__story_tell(s, &telling);
}
