/* Takes events and facts, keeps what is known of each process and thread, and
   tells: the parts for calls, deliveries and storms are files of their own.
   Tracer's context. */
#include "story.h"
#include "calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS 100000000ull

struct sigpact__story *sigpact__story_open(
	const struct sigpact__story_ends *ends)
{
	struct sigpact__story *s = calloc(1, sizeof *s);

	if (s)
		s->ends = *ends;
	return s;
}

int sigpact__story_close(struct sigpact__story *s)
{
	int e = s->no_memory ? -ENOMEM : 0;

	sigpact__processes_free(&s->all);
	free(s);
	return e;
}

void sigpact__story_tell(struct sigpact__story *s, struct sigpact__telling *t)
{
	if (t->peer.tid)
		t->peer_thread = sigpact__thread_get(&s->all, t->peer.pid,
						     t->peer.tid, 0);
	s->ends.tell(s->ends.context, t);
}

void sigpact__story_learn(struct sigpact__story *s,
			  enum sigpact__fact_kind kind, pid_t pid, pid_t tid)
{
	if (s->ends.learn)
		s->ends.learn(s->ends.context, kind, pid, tid);
}

struct sigpact__telling sigpact__telling_of(
	enum sigpact__tell kind, const struct sigpact__traced_thread *t,
	const struct sigpact__event *e)
{
	struct sigpact__telling telling = {
		.kind = kind, .time_ns = e->time_ns, .pid = e->pid,
		.tid = e->tid, .event = e, .thread = t, .process = t->process,
	};

	telling.sig = sigpact__event_signal(e);
	return telling;
}

static void take_task(struct sigpact__traced_thread *t,
		      const struct sigpact__task *task)
{
	struct sigpact__task *k = &t->task;

	memcpy(k->name, task->name, sizeof k->name);
	if (task->stack_high) {
		k->stack_low = task->stack_low;
		k->stack_high = task->stack_high;
	}
	if (task->seen & SEEN_ALTSTACK) {
		k->alt_base = task->alt_base;
		k->alt_size = task->alt_size;
		k->alt_flags = task->alt_flags;
	}
	if (task->seen & SEEN_MASKS)
		k->blocked = task->blocked;
	k->seen |= task->seen & (SEEN_ALTSTACK | SEEN_MASKS);
}

static void take_actions(struct sigpact__traced_process *p,
			 const struct sigpact__fact *f)
{
	int sig;

	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		if (f->actions.known >> (sig - 1) & 1)
			p->action[sig] = f->actions.action[sig];
	p->known |= f->actions.known;
	if (*f->actions.name)
		strncpy(p->name, f->actions.name, sizeof p->name - 1);
}

static void tell_finding(struct sigpact__story *s,
			 struct sigpact__traced_process *p,
			 const struct sigpact__fact *f, uint64_t time_ns)
{
	struct sigpact__telling telling = {
		.kind = TELL_FINDING, .sig = f->finding.sig, .pid = f->pid,
		.tid = f->finding.tid ? f->finding.tid : f->pid, .process = p,
		.finding = &f->finding, .time_ns = time_ns,
	};

	sigpact__story_tell(s, &telling);
}

static void pass(struct sigpact__story *s, uint64_t time_ns)
{
	struct sigpact__telling telling = { .kind = TELL_TIME,
					    .time_ns = time_ns };

	sigpact__storm_tick(s, time_ns);
	s->tick_ns = time_ns;
	sigpact__story_tell(s, &telling);
}

void sigpact__story_fact(struct sigpact__story *s,
			 const struct sigpact__fact *f)
{
	struct sigpact__traced_process *p;
	struct sigpact__traced_thread *t = NULL;

	if (f->kind == FACT_TIME) {
		pass(s, f->time_ns);
		return;
	}
	/* in a file it comes before the event that asked for it */
	p = sigpact__process_get(&s->all, f->pid, 1);
	if (f->kind == FACT_THREAD)
		t = sigpact__thread_get(&s->all, f->pid, f->tid, 1);
	if (!p || (f->kind == FACT_THREAD && !t)) {
		s->no_memory = 1;
		return;
	}
	if (f->kind == FACT_MAPS &&
	    sigpact__process_map(p, f->maps.map, f->maps.count))
		s->no_memory = 1;
	if (f->kind == FACT_ACTIONS)
		take_actions(p, f);
	if (t)
		take_task(t, &f->task);
	if (f->kind == FACT_FINDING)
		tell_finding(s, p, f, s->now_ns);
}

/* A thread's first stack pointer outside handlers is on its own stack, which is
   the mapping that it lies in; the main thread's grows down further than is
   mapped. */
static void learn_stack(struct sigpact__story *s,
			struct sigpact__traced_thread *t,
			const struct sigpact__event *e)
{
	uint64_t sp = e->entry.sp, left;
	const struct sigpact__map *m;

	if (t->task.stack_high || !(e->seen & SAW_REGISTERS) || !sp ||
	    t->running_count || e->entry.row == CALLS_rt_sigreturn ||
	    sigpact__place_stack(t, sp, &left) == STACK_ALTERNATE)
		return;
	if (!sigpact__place_known(t->process, sp))
		sigpact__story_learn(s, FACT_MAPS, e->pid, e->tid);
	m = t->process->mapped ?
		sigpact__map_at(&t->process->mapped->record, sp) : NULL;
	if (!m)
		return;
	t->task.stack_low = m->start;
	t->task.stack_high = m->end;
}

static void start(struct sigpact__story *s, struct sigpact__traced_thread *t,
		  const struct sigpact__event *e)
{
	struct sigpact__traced_thread *by = e->start.by_tid ?
		sigpact__thread_get(&s->all, e->start.by_pid, e->start.by_tid,
				    0) : NULL;
	struct sigpact__telling telling = sigpact__telling_of(
		e->pid == e->tid ? TELL_PROCESS : TELL_THREAD, t, e);

	if (by && by->process != t->process) {
		sigpact__process_inherit(t->process, by->process);
		t->task = by->task;
		t->task.tid = e->tid;
	} else if (e->pid == e->tid && !t->process->known) {
		sigpact__story_learn(s, FACT_ACTIONS, e->pid,
				     e->kind == EVENT_START ? 0 : e->tid);
	}
	/* as the kernel does it, until it names itself */
	if (!*t->task.name)
		memcpy(t->task.name, by ? by->task.name : t->process->name,
		       sizeof t->task.name);
	/* a thread starts without an alternate stack; so does what shares its
	   parent's memory, but for vfork, which is not told apart */
	if (e->kind == EVENT_START && e->start.same_memory) {
		t->task.alt_size = 0;
		t->task.alt_flags = 2;
		t->task.seen |= SEEN_ALTSTACK;
		t->task.stack_low = t->task.stack_high = 0;
	}
	telling.peer = (struct sigpact__sender){ 0, e->start.by_pid,
						 e->start.by_tid };
	sigpact__story_tell(s, &telling);
}

static void exec(struct sigpact__story *s, struct sigpact__traced_thread *t,
		 const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(TELL_PROCESS, t,
							      e);

	if (!t->process->known)
		sigpact__story_learn(s, FACT_ACTIONS, e->pid, 0);
	sigpact__process_exec(t->process);
	memcpy(t->process->name, e->exec.name, sizeof t->process->name);
	t->process->name[sizeof t->process->name - 1] = 0;
	memcpy(t->task.name, t->process->name, sizeof t->task.name);
	t->task.alt_size = t->task.stack_low = t->task.stack_high = 0;
	t->task.alt_flags = 2;
	t->task.seen |= SEEN_ALTSTACK;
	t->running_count = 0;
	t->in_call = 0;
	/* early: it may be gone when they are wanted; from a file they came
	   before this event */
	if (!t->process->mapped_now)
		sigpact__story_learn(s, FACT_MAPS, e->pid, e->tid);
	sigpact__story_tell(s, &telling);
}

static void end(struct sigpact__story *s, struct sigpact__traced_thread *t,
		const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(
		e->end.last ? TELL_PROCESS : TELL_THREAD, t, e);

	sigpact__story_tell(s, &telling);
	sigpact__thread_end(&s->all, t);
}

static void tell_event(struct sigpact__story *s,
		       struct sigpact__traced_thread *t,
		       const struct sigpact__event *e, enum sigpact__tell kind)
{
	struct sigpact__telling telling = sigpact__telling_of(kind, t, e);

	sigpact__story_tell(s, &telling);
}

static void take(struct sigpact__story *s, struct sigpact__traced_thread *t,
		 const struct sigpact__event *e)
{
	switch (e->kind) {
	case EVENT_ENTRY:
		learn_stack(s, t, e);
		sigpact__story_entry(s, t, e);
		break;
	case EVENT_EXIT:
		sigpact__story_exit(s, t, e);
		break;
	case EVENT_GENERATED:
		sigpact__story_generated(s, t, e);
		break;
	case EVENT_DELIVERED:
		sigpact__story_delivered(s, t, e);
		break;
	case EVENT_STOP:
		tell_event(s, t, e, TELL_STOP);
		break;
	case EVENT_ATTACHED:
	case EVENT_START:
		start(s, t, e);
		break;
	case EVENT_EXEC:
		exec(s, t, e);
		break;
	case EVENT_END:
		end(s, t, e);
		break;
	case EVENT_LOST:
		tell_event(s, t, e, TELL_LOST);
		break;
	}
}

/* Who sends a signal from outside is none of those that are traced, and is not
   kept. */
static void take_from_outside(struct sigpact__story *s,
			      const struct sigpact__event *e)
{
	struct sigpact__traced_process process = { .pid = e->pid };
	struct sigpact__traced_thread thread = {
		.task = { .tid = e->tid }, .process = &process };

	sigpact__story_generated(s, &thread, e);
}

/* An event that no thread is known for was missed the start of. */
void sigpact__story_event(struct sigpact__story *s,
			  const struct sigpact__event *e)
{
	struct sigpact__traced_thread *t;

	s->now_ns = e->time_ns > s->now_ns ? e->time_ns : s->now_ns;
	if (s->now_ns >= s->tick_ns + TICK_NS)
		pass(s, s->now_ns);
	t = sigpact__thread_get(&s->all, e->pid, e->tid,
				e->kind != EVENT_GENERATED);
	if (t)
		take(s, t, e);
	else if (e->kind == EVENT_GENERATED)
		take_from_outside(s, e);
	else
		s->no_memory = 1;
	if (t && e->kind != EVENT_END)
		t->process->mapped_now = 0;
}
