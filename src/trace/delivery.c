/* A signal that the kernel takes for a thread, and the return from its handler:
   on which stack, how long after it was sent, and whether that stack is one
   that somebody else chose.  Tracer's context. */
#include "story.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ONSTACK 0x08000000ull
#define NAME_NS 500000000ull	/* a name is asked for again after this */

/* What siginfo says, when the sending was not seen. */
static struct sigpact__sender told_sender(const struct sigpact__delivered *d)
{
	struct sigpact__sender from = { 0 };

	if (d->code == SI_USER || d->code == SI_TKILL || d->code == SI_QUEUE)
		from.pid = (pid_t)(uint32_t)d->info[2];
	return from;
}

static uint64_t flags_of(const struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	return e->seen & SAW_ACTION && e->delivered.flags ?
		e->delivered.flags :
		t->process->action[e->delivered.sig].flags;
}

/* Where the handler begins.  Reckoned as the kernel does when it was not seen:
   below what was interrupted, or on top of the alternate stack. */
static uint64_t frame_of(const struct sigpact__story *s,
			 const struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	uint64_t sp = e->delivered.sp, left;

	if (e->seen & SAW_FRAME)
		return e->delivered.frame;
	if (flags_of(t, e) & ONSTACK && sigpact__armed(&t->task) &&
	    sigpact__place_stack(t, sp, &left) != STACK_ALTERNATE)
		sp = t->task.alt_base + t->task.alt_size;
	else if (!(e->seen & SAW_REGISTERS))
		return 0;
	return sp - s->ends.frame_size;
}

static void tell_wrong_stack(struct sigpact__story *s,
			     const struct sigpact__telling *delivered)
{
	struct sigpact__traced_thread *t = (void *)delivered->thread;
	struct sigpact__traced_process *p = t->process;
	struct sigpact__telling telling = *delivered;
	char evidence[512], cure[64], handler[PLACE], by[PLACE], task[PLACE];
	struct sigpact__finding finding = {
		&sigpact__finding_kinds[WRONG_STACK - 1], telling.sig,
		telling.tid, telling.handler, evidence, cure,
	};
	uint64_t bit = 1ull << (telling.sig - 1);

	if (telling.stack != STACK_ALTERNATE || sigpact__is_fault(telling.sig) ||
	    !(p->onstack_owner & bit) || p->found & bit ||
	    p->action[telling.sig].handler != telling.handler)
		return;
	p->found |= bit;
	snprintf(evidence, sizeof evidence, "handler %s runs on the alternate "
		 "stack of %s, for %s added SA_ONSTACK to it",
		 sigpact__place_spell(p, telling.handler, handler),
		 sigpact__spell_task(&t->task, task),
		 sigpact__place_spell(p, p->onstack_by[telling.sig], by));
	snprintf(cure, sizeof cure, "sigpact heal %d", p->pid);
	telling.kind = TELL_FINDING;
	telling.finding = &finding;
	sigpact__story_tell(s, &telling);
}

static void run(struct sigpact__traced_thread *t,
		const struct sigpact__telling *telling, uint64_t frame,
		int sure)
{
	if (t->running_count == RUNNING) {
		memmove(t->running, t->running + 1,
			(RUNNING - 1) * sizeof *t->running);
		t->running_count--;
	}
	t->running[t->running_count++] = (struct sigpact__running){
		.sig = telling->sig, .time_ns = telling->time_ns,
		.handler = telling->handler, .frame = frame,
		.stack = telling->stack, .sender = telling->peer,
		.alt_base = t->task.alt_base, .alt_size = t->task.alt_size,
		.sure = sure,
	};
}

/* Threads name themselves when they run already. */
static void learn_name(struct sigpact__story *s,
		       struct sigpact__traced_thread *t, uint64_t time_ns)
{
	if (!t || (t->named_ns && time_ns < t->named_ns + NAME_NS))
		return;
	t->named_ns = time_ns;
	sigpact__story_learn(s, FACT_THREAD, t->process->pid, t->task.tid);
}

static void see_altstack(struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	if (!(e->seen & SAW_ALTSTACK))
		return;
	t->task.alt_base = e->delivered.alt_base;
	t->task.alt_size = e->delivered.alt_size;
	t->task.alt_flags = e->delivered.alt_flags;
	t->task.seen |= SEEN_ALTSTACK;
}

void sigpact__story_delivered(struct sigpact__story *s,
			      struct sigpact__traced_thread *t,
			      const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(TELL_DELIVERED,
							      t, e);
	uint64_t frame = 0;

	if (!telling.sig)
		return;
	see_altstack(t, e);
	telling.handler = e->seen & (SAW_ACTION | SAW_FRAME) ?
		e->delivered.handler : t->process->action[telling.sig].handler;
	telling.peer = sigpact__sender_take(t, telling.sig);
	telling.by_kernel = telling.peer.time_ns && !telling.peer.pid;
	learn_name(s, t, e->time_ns);
	learn_name(s, sigpact__thread_get(&s->all, telling.peer.pid,
					  telling.peer.tid, 0), e->time_ns);
	if (!telling.peer.time_ns)
		telling.peer = told_sender(&e->delivered);
	if (telling.handler > 1) {
		if (!sigpact__place_known(t->process, telling.handler))
			sigpact__story_learn(s, FACT_MAPS, e->pid, e->tid);
		frame = frame_of(s, t, e);
		telling.flags = flags_of(t, e);
		telling.about = !(e->seen & SAW_FRAME);
		telling.stack_size = t->task.alt_size;
		telling.stack = sigpact__place_stack(t, frame,
						     &telling.stack_left);
	}
	sigpact__story_tell(s, &telling);
	if (telling.handler <= 1)
		return;
	run(t, &telling, e->seen & SAW_FRAME ? frame : 0,
	    e->seen & SAW_FRAME ||
	    !(~e->seen & (SAW_ACTION | SAW_ALTSTACK)));
	tell_wrong_stack(s, &telling);
	sigpact__storm_delivered(s, t, telling.sig, telling.peer, e->time_ns);
}

/* The one whose frame it is; a handler that left by a jump has none, and is
   forgotten when one below it returns. */
static int running_at(const struct sigpact__traced_thread *t, uint64_t frame)
{
	int i;

	for (i = (int)t->running_count - 1; i >= 0; i--)
		if (t->running[i].frame == frame)
			return i;
	return (int)t->running_count - 1;
}

/* The alternate stack that was armed at the delivery need not be any more. */
static void place_return(const struct sigpact__traced_thread *t,
			 const struct sigpact__running *r, uint64_t frame,
			 struct sigpact__telling *telling)
{
	if (r->alt_size && frame >= r->alt_base &&
	    frame - r->alt_base <= r->alt_size) {
		telling->stack = STACK_ALTERNATE;
		telling->stack_left = frame - r->alt_base;
		telling->stack_size = r->alt_size;
		return;
	}
	telling->stack = sigpact__place_stack(t, frame, &telling->stack_left);
}

/* At the call the stack pointer is behind the return address, on the frame that
   the kernel takes: where it was written, or where libsigpact moved it to. */
void sigpact__story_return(struct sigpact__story *s,
			   struct sigpact__traced_thread *t,
			   const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(TELL_RETURNED, t,
							      e);
	uint64_t sp = e->seen & SAW_REGISTERS ? e->entry.sp : 0;
	const struct sigpact__running *r;
	int i = running_at(t, sp - 8);

	if (i < 0)
		return;
	r = &t->running[i];
	telling.sig = r->sig;
	telling.handler = r->handler;
	telling.peer = r->sender;
	telling.began_ns = r->time_ns;
	place_return(t, r, sp ? sp - 8 : 0, &telling);
	sigpact__storm_answered(t, r);
	t->running_count = (unsigned)i;
	if (r->sure && r->stack == STACK_ALTERNATE &&
	    telling.stack != STACK_ALTERNATE && sp) {
		telling.kind = TELL_RELOCATED;
		sigpact__story_tell(s, &telling);
		telling.kind = TELL_RETURNED;
	}
	sigpact__story_tell(s, &telling);
}
