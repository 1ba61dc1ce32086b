/* A telling in words: one line, without who and when.  Tracer's context. */
#include "story.h"
#include "spell.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

static const char *const names[TELLS] = {
	[TELL_CALL] = "call",		  [TELL_SENT] = "sent",
	[TELL_DELIVERED] = "delivered",	  [TELL_RETURNED] = "returned",
	[TELL_ACTION] = "action",	  [TELL_ALTSTACK] = "altstack",
	[TELL_RELOCATED] = "relocated",	  [TELL_STOP] = "stop",
	[TELL_THREAD] = "thread",	  [TELL_PROCESS] = "process",
	[TELL_FINDING] = "finding",	  [TELL_STORM] = "storm",
	[TELL_LOST] = "lost",	  [TELL_TIME] = "time",
};

const char *sigpact__tell_name(enum sigpact__tell kind)
{
	return kind < TELLS ? names[kind] : "?";
}

static void add_signal(struct sigpact__line *l, int sig)
{
	sigpact__decode_signal(l, (uint64_t)sig, NULL);
}

static void add_address(struct sigpact__line *l,
			const struct sigpact__telling *t, uint64_t address)
{
	const char *module;
	char place[PLACE];

	sigpact__place_spell(t->process, address, place);
	module = t->briefly ? sigpact__place_module(t->process, address) : NULL;
	sigpact__line_add_foreign(l, module ? sigpact__spell_base(module) :
				  place);
}

/* "850 ns", "12.3 us", "4.56 s" */
void sigpact__line_add_ns(struct sigpact__line *l, uint64_t ns)
{
	if (ns < 1000)
		sigpact__line_add(l, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		sigpact__line_add(l, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		sigpact__line_add(l, "%.1f ms", (double)ns / 1e6);
	else
		sigpact__line_add(l, "%.2f s", (double)ns / 1e9);
}

/* "4711 (HeapHelper)" */
static void add_peer(struct sigpact__line *l, const struct sigpact__telling *t)
{
	const struct sigpact__traced_thread *peer = t->peer_thread;

	if (t->peer.tid)
		sigpact__line_add(l, "thread %d", t->peer.tid);
	else
		sigpact__line_add(l, "process %d", t->peer.pid);
	if (peer && *peer->task.name) {
		sigpact__line_add(l, " (");
		sigpact__line_add_foreign(l, peer->task.name);
		sigpact__line_add(l, ")");
	}
}

static void add_stack(struct sigpact__line *l, const struct sigpact__telling *t)
{
	static const char *const stacks[] = {
		[STACK_NATIVE] = "on its native stack",
		[STACK_ALTERNATE] = "on the alternate stack",
		[STACK_FOREIGN] = "on a stack not its own",
	};

	if (t->stack == STACK_UNKNOWN)
		return;
	sigpact__line_add(l, " %s", stacks[t->stack]);
	if (t->stack == STACK_ALTERNATE && t->stack_left)
		sigpact__line_add(l, ", %s%" PRIu64 " of %" PRIu64
				  " bytes left", t->about ? "at least " : "",
				  t->stack_left, t->stack_size);
}

static void say_call(struct sigpact__line *l, const struct sigpact__telling *t)
{
	sigpact__decode_call(l, t->entry,
			     t->event->kind == EVENT_EXIT ? t->event : NULL);
}

static void say_sent(struct sigpact__line *l, const struct sigpact__telling *t)
{
	static const char *const outcomes[] = {
		[1] = ", ignored", [2] = ", already pending",
		[3] = ", not queued: the limit is reached",
		[4] = ", its siginfo is lost",
	};

	add_signal(l, t->sig);
	sigpact__line_add(l, " to ");
	if (t->peer.pid || t->peer.tid)
		add_peer(l, t);
	else
		sigpact__line_add(l, "others");
	if (t->event->kind != EVENT_GENERATED)
		return;
	sigpact__line_add(l, " {");
	sigpact__decode_code(l, t->sig, t->event->generated.code);
	sigpact__line_add(l, "}%s", t->by_kernel ? " by the kernel" : "");
	if (t->event->generated.outcome - 1 < 4)
		sigpact__line_add(l, "%s",
				  outcomes[t->event->generated.outcome]);
}

/* "+SA_ONSTACK -SA_RESTART", none of the restorer, which libc adds */
static void add_flags(struct sigpact__line *l, uint64_t before, uint64_t after)
{
	/* nor what libc makes of an int when it widens it */
	static const uint64_t restorer = 0xffffffff04000000;
	uint64_t added = after & ~before & ~restorer;
	uint64_t taken = before & ~after & ~restorer;

	if (added) {
		sigpact__line_add(l, " +");
		sigpact__decode_act_flags(l, added);
	}
	if (taken) {
		sigpact__line_add(l, " -");
		sigpact__decode_act_flags(l, taken);
	}
}

static void say_delivered(struct sigpact__line *l,
			  const struct sigpact__telling *t)
{
	add_signal(l, t->sig);
	if (!t->no_info || !t->peer.time_ns || t->by_kernel) {
		sigpact__line_add(l, " ");
		sigpact__decode_info(l, 1, t->event->delivered.info);
	}
	if (t->handler > 1) {
		sigpact__line_add(l, " to ");
		add_address(l, t, t->handler);
		if (!t->no_info)
			add_flags(l, 0, t->flags);
		add_stack(l, t);
	} else {
		sigpact__line_add(l, t->handler ? ", ignored" :
				  ", default action");
	}
	if (!t->peer.time_ns || t->no_times)
		return;
	sigpact__line_add(l, ", ");
	sigpact__line_add_ns(l, t->time_ns - t->peer.time_ns);
	sigpact__line_add(l, " after ");
	if (t->by_kernel)
		sigpact__line_add(l, "the kernel");
	else
		add_peer(l, t);
	sigpact__line_add(l, " sent it");
}

static void say_returned(struct sigpact__line *l,
			 const struct sigpact__telling *t)
{
	add_signal(l, t->sig);
	sigpact__line_add(l, " from ");
	add_address(l, t, t->handler);
	add_stack(l, t);
	if (t->no_times)
		return;
	sigpact__line_add(l, ", after ");
	sigpact__line_add_ns(l, t->time_ns - t->began_ns);
}

static void say_relocated(struct sigpact__line *l,
			  const struct sigpact__telling *t)
{
	add_signal(l, t->sig);
	sigpact__line_add(l, " from the alternate stack: its handler ran");
	add_stack(l, t);
}

static void add_handler(struct sigpact__line *l,
			const struct sigpact__telling *t, uint64_t handler)
{
	if (handler > 1)
		add_address(l, t, handler);
	else
		sigpact__line_add(l, handler ? "ignored" : "default");
}

static void add_mask(struct sigpact__line *l, uint64_t before, uint64_t after)
{
	char spelt[SPELL];

	if (before == after)
		return;
	if (after & ~before)
		sigpact__line_add(l, ", mask +%s",
			sigpact__spell_set(spelt, after & ~before));
	if (before & ~after)
		sigpact__line_add(l, ", mask -%s",
			sigpact__spell_set(spelt, before & ~after));
}

static void say_action(struct sigpact__line *l, const struct sigpact__telling *t)
{
	const struct sigpact__act *a = t->before, *b = t->after;

	if (!t->briefly)
		add_signal(l, t->sig);
	if (!t->before_known || a->handler != b->handler) {
		sigpact__line_add(l, " ");
		add_handler(l, t, t->before_known ? a->handler : b->handler);
		if (t->before_known) {
			sigpact__line_add(l, " -> ");
			add_handler(l, t, b->handler);
		}
		if (b->handler > 1)
			add_flags(l, 0, b->flags);
	} else {
		if ((a->flags ^ b->flags) & ~0x04000000ull)
			sigpact__line_add(l, " flags");
		add_flags(l, a->flags, b->flags);
		add_mask(l, a->mask, b->mask);
		sigpact__line_add(l, ", handler unchanged (");
		add_handler(l, t, b->handler);
		sigpact__line_add(l, ")");
	}
	if (!t->by)
		return;
	sigpact__line_add(l, " by ");
	add_address(l, t, t->by);
}

static void say_altstack(struct sigpact__line *l,
			 const struct sigpact__telling *t)
{
	const struct sigpact__task *k = &t->thread->task;
	char flags[SPELL];

	if (k->alt_size)
		sigpact__line_add(l, "0x%" PRIx64 ", %" PRIu64 " bytes",
				  k->alt_base, k->alt_size);
	else
		sigpact__line_add(l, "none");
	if (k->alt_flags & ~2u)
		sigpact__line_add(l, ", %s", sigpact__spell_stack_flags(flags,
							k->alt_flags & ~2u));
	if (!t->by)
		return;
	sigpact__line_add(l, " by ");
	add_address(l, t, t->by);
}

static void add_status(struct sigpact__line *l, int status)
{
	if (WIFEXITED(status)) {
		sigpact__line_add(l, "exited with status %d",
				  WEXITSTATUS(status));
		return;
	}
	sigpact__line_add(l, "ended by ");
	add_signal(l, WTERMSIG(status));
	if (WCOREDUMP(status))
		sigpact__line_add(l, ", core dumped");
}

static void say_life(struct sigpact__line *l, const struct sigpact__telling *t)
{
	switch (t->event->kind) {
	case EVENT_ATTACHED:
		sigpact__line_add(l, "attached");
		break;
	case EVENT_START:
		sigpact__line_add(l, "started");
		if (!t->peer.tid)
			break;
		sigpact__line_add(l, " by ");
		add_peer(l, t);
		break;
	case EVENT_EXEC:
		sigpact__line_add(l, "runs ");
		sigpact__line_add_foreign(l, t->process->name);
		break;
	case EVENT_END:
		add_status(l, t->event->end.status);
		break;
	}
}

static void say_stop(struct sigpact__line *l, const struct sigpact__telling *t)
{
	if (!t->event->stop.sig) {
		sigpact__line_add(l, "goes on");
		return;
	}
	sigpact__line_add(l, "stopped by ");
	add_signal(l, t->event->stop.sig);
}

static void say_finding(struct sigpact__line *l,
			const struct sigpact__telling *t)
{
	const struct sigpact__finding *f = t->finding;

	sigpact__line_add(l, "%s %s, ", f->kind->id, f->kind->name);
	if (f->sig) {
		add_signal(l, f->sig);
		sigpact__line_add(l, ": ");
	}
	sigpact__line_add_foreign(l, f->evidence);
	if (f->cure && *f->cure)
		sigpact__line_add(l, "; cure: ");
	if (f->cure)
		sigpact__line_add_foreign(l, f->cure);
}

static void say_storm(struct sigpact__line *l, const struct sigpact__telling *t)
{
	add_signal(l, t->sig);
	sigpact__line_add(l, " from ");
	if (t->peer.pid)
		add_peer(l, t);
	else
		sigpact__line_add(l, "the kernel");
	sigpact__line_add(l, ": %.0f a second",
			  (double)t->count * 1e9 / (double)(t->over_ns ?
			  t->over_ns : 1));
	sigpact__line_add(l, "%s", t->over ? ", and no more" :
			  t->answered ?
			  ", hardly ever acknowledged" :
			  ", never acknowledged");
}

static void say_lost(struct sigpact__line *l, const struct sigpact__telling *t)
{
	sigpact__line_add(l, "%" PRIu64 " events before this were lost",
			  (uint64_t)t->event->lost.count);
}

void sigpact__telling_text(const struct sigpact__telling *t,
			   struct sigpact__line *l)
{
	static void (*const say[TELLS])(struct sigpact__line *,
					const struct sigpact__telling *) = {
		say_call, say_sent, say_delivered, say_returned, say_action,
		say_altstack, say_relocated, say_stop, say_life, say_life,
		say_finding, say_storm, say_lost,
	};

	l->size = 0;
	*l->text = 0;
	if (t->kind < TELLS && say[t->kind])
		say[t->kind](l, t);
}
