/* What a call that begins or has ended changes: the thread's alternate stack
   and mask here, actions and what is sent in files of their own.  Tracer's
   context. */
#include "story.h"
#include "calls.h"

#include <stdlib.h>
#include <string.h>

enum { DISABLE = 2 };	/* SS_DISABLE */

static int keep_entry(struct sigpact__traced_thread *t,
		      const struct sigpact__event *e)
{
	struct sigpact__event *copy = t->entry;

	if (t->entry_room < e->size) {
		copy = realloc(t->entry, e->size);
		if (!copy)
			return 0;
		t->entry = copy;
		t->entry_room = e->size;
	}
	memcpy(copy, e, e->size);
	return 1;
}

/* Was it found to lie nowhere since the mappings were read? */
static int was_unmapped(struct sigpact__traced_process *p, uint64_t word)
{
	size_t i, n = sizeof p->unmapped / sizeof *p->unmapped;

	for (i = 0; i < n; i++)
		if (p->unmapped[i] == word)
			return 1;
	p->unmapped[p->unmapped_next++ % n] = word;
	return 0;
}

static uint64_t find_caller(struct sigpact__story *s,
			    struct sigpact__traced_thread *t,
			    const struct sigpact__event *e)
{
	uint64_t unmapped, caller;

	caller = sigpact__place_caller(t->process, e, &unmapped);
	if (!unmapped || was_unmapped(t->process, unmapped))
		return caller;
	sigpact__story_learn(s, FACT_MAPS, e->pid, e->tid);
	return sigpact__place_caller(t->process, e, &unmapped);
}

/* A handler that waits, or sends something, answers by that. */
static void answer(struct sigpact__traced_thread *t, unsigned row)
{
	if (!t->running_count)
		return;
	if (sigpact__call_marks(row) & CALLS_SENDS ||
	    row == CALLS_rt_sigsuspend || row == CALLS_rt_sigtimedwait ||
	    row == CALLS_pause)
		t->running[t->running_count - 1].answered = 1;
}

void sigpact__story_entry(struct sigpact__story *s,
			  struct sigpact__traced_thread *t,
			  const struct sigpact__event *e)
{
	unsigned marks = sigpact__call_marks(e->entry.row);
	struct sigpact__telling telling;

	t->in_call = !(marks & CALLS_NO_EXIT) && keep_entry(t, e);
	answer(t, e->entry.row);
	if (marks & CALLS_CALLER && e->entry.arg[e->entry.row ==
						 CALLS_rt_sigaction])
		t->caller = find_caller(s, t, e);
	if (marks & CALLS_SENDS)
		sigpact__story_send(s, t, e);
	if (!(marks & CALLS_NO_EXIT))
		return;
	telling = sigpact__telling_of(TELL_CALL, t, e);
	telling.entry = e;
	sigpact__story_tell(s, &telling);
	if (e->entry.row == CALLS_rt_sigreturn)
		sigpact__story_return(s, t, e);
}

static void set_altstack(struct sigpact__story *s,
			 struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	struct { uint64_t base; uint32_t flags, unused; uint64_t size; } new;
	const void *bytes = sigpact__event_fetch(t->entry, 0);
	struct sigpact__telling telling =
		sigpact__telling_of(TELL_ALTSTACK, t, e);

	if (!bytes || !t->entry->entry.arg[0])
		return;
	memcpy(&new, bytes, sizeof new);
	if (new.flags & DISABLE)
		new.base = new.size = 0;
	t->task.alt_base = new.base;
	t->task.alt_size = new.size;
	t->task.alt_flags = new.flags;
	t->task.seen |= SEEN_ALTSTACK;
	telling.by = t->caller;
	sigpact__story_tell(s, &telling);
}

static void set_mask(struct sigpact__traced_thread *t)
{
	const void *bytes = sigpact__event_fetch(t->entry, 0);
	uint64_t set;

	if (!bytes)
		return;
	memcpy(&set, bytes, sizeof set);
	switch ((int)t->entry->entry.arg[0]) {
	case 0:
		t->task.blocked |= set;
		break;
	case 1:
		t->task.blocked &= ~set;
		break;
	default:
		t->task.blocked = set;
		t->task.seen |= SEEN_MASKS;
	}
}

static void take_effect(struct sigpact__story *s,
			struct sigpact__traced_thread *t,
			const struct sigpact__event *e)
{
	if (sigpact__call_marks(e->exit.row) & CALLS_SENDS)
		sigpact__story_sent(s, t, e);
	if (e->exit.result < 0)
		return;
	if (e->exit.row == CALLS_rt_sigaction)
		sigpact__story_action(s, t, e);
	if (e->exit.row == CALLS_sigaltstack)
		set_altstack(s, t, e);
	if (e->exit.row == CALLS_rt_sigprocmask)
		set_mask(t);
}

/* One whose begin was not seen, for it had begun before, says nothing. */
void sigpact__story_exit(struct sigpact__story *s,
			 struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(TELL_CALL, t, e);

	if (!t->in_call || t->entry->entry.row != e->exit.row)
		return;
	t->in_call = 0;
	telling.entry = t->entry;
	telling.sig = sigpact__event_signal(t->entry);
	telling.failed = sigpact__exit_failed(e);
	telling.began_ns = t->entry->time_ns;
	sigpact__story_tell(s, &telling);
	take_effect(s, t, e);
}
