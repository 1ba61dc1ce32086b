/* Who sends a signal to whom, until it is delivered: by the kernel's word where
   the source has it, else by the calls.  Tracer's context. */
#include "story.h"
#include "calls.h"

#include <signal.h>
#include <string.h>

struct target {
	pid_t pid, tid;		/* tid 0: the process */
};

/* Only those of one process or thread; pidfds are not looked up. */
static struct target target_of(const struct sigpact__entry *e)
{
	switch (e->row) {
	case CALLS_kill:
	case CALLS_rt_sigqueueinfo:
		return (struct target){ (pid_t)e->arg[0], 0 };
	case CALLS_tkill:
		return (struct target){ 0, (pid_t)e->arg[0] };
	case CALLS_tgkill:
	case CALLS_rt_tgsigqueueinfo:
		return (struct target){ (pid_t)e->arg[0], (pid_t)e->arg[1] };
	}
	return (struct target){ 0, 0 };
}

/* Where its sender is kept, or NULL: it is none of those that are traced. */
static struct sigpact__sender *slot(struct sigpact__story *s,
				    struct target to, int sig)
{
	struct sigpact__traced_thread *t;
	struct sigpact__traced_process *p;

	if (to.tid) {
		t = sigpact__thread_get(&s->all, to.pid, to.tid, 0);
		return t ? &t->sent[sig] : NULL;
	}
	p = to.pid > 0 ? sigpact__process_get(&s->all, to.pid, 0) : NULL;
	return p ? &p->sent[sig] : NULL;
}

static void note(struct sigpact__story *s, struct target to, int sig,
		 const struct sigpact__sender *from)
{
	struct sigpact__sender *at = sig ? slot(s, to, sig) : NULL;

	/* what is pending already stays the first one's */
	if (at && !at->time_ns)
		*at = *from;
}

/* At the entry: it may be delivered before the call has ended. */
void sigpact__story_send(struct sigpact__story *s,
			 struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	struct sigpact__sender from = { e->time_ns, e->pid, e->tid };

	if (!s->ends.sees_generated)
		note(s, target_of(&e->entry), sigpact__event_signal(e), &from);
}

void sigpact__story_sent(struct sigpact__story *s,
			 struct sigpact__traced_thread *t,
			 const struct sigpact__event *e)
{
	struct sigpact__telling telling = sigpact__telling_of(TELL_SENT, t, e);
	struct target to = target_of(&t->entry->entry);
	struct sigpact__sender *at;
	int sig = sigpact__event_signal(t->entry);

	if (s->ends.sees_generated || !sig)
		return;
	if (e->exit.result < 0) {
		at = slot(s, to, sig);
		if (at && at->tid == e->tid &&
		    at->time_ns == t->entry->time_ns)
			at->time_ns = 0;
		return;
	}
	telling.sig = sig;
	telling.entry = t->entry;
	telling.peer = (struct sigpact__sender){ 0, to.pid, to.tid };
	sigpact__story_tell(s, &telling);
}

static int by_kernel(int code)
{
	return code > 0 || code == SI_TIMER || code == SI_MESGQ ||
	       code == SI_ASYNCIO || code == SI_SIGIO;
}

void sigpact__story_generated(struct sigpact__story *s,
			      struct sigpact__traced_thread *t,
			      const struct sigpact__event *e)
{
	const struct sigpact__generated *g = &e->generated;
	struct sigpact__telling telling = sigpact__telling_of(TELL_SENT, t, e);
	struct sigpact__sender from = { e->time_ns, e->pid, e->tid };
	struct target to = { g->to_pid, g->group ? 0 : g->to_tid };

	if (!telling.sig)
		return;
	telling.by_kernel = by_kernel(g->code);
	if (telling.by_kernel)
		from.pid = from.tid = 0;
	if (g->outcome == 0 || g->outcome == 4)
		note(s, to, telling.sig, &from);
	telling.peer = (struct sigpact__sender){ 0, to.pid, to.tid };
	sigpact__story_tell(s, &telling);
}

struct sigpact__sender sigpact__sender_take(struct sigpact__traced_thread *t,
					    int sig)
{
	struct sigpact__sender *at = t->sent[sig].time_ns ? &t->sent[sig] :
		&t->process->sent[sig], sender = *at;

	memset(at, 0, sizeof *at);
	return sender;
}
