/* What a person is shown when nothing else was asked for.  Changes of actions
   that differ in the signal alone are held back for a tenth of a second and are
   one line; the same change, and a delivery to the same handler on the same kind
   of stack, are said the first time; calls, sends and returns are not said.
   Tracer's context. */
#include "print.h"
#include "spell.h"

#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_NS 100000000ull
#define SECOND_NS 1000000000ull
enum { GROUPS = 16 };

/* Changes that are alike but for the signal. */
struct group {
	struct sigpact__said first;
	struct sigpact__line text, tail; /* of the first alone; of all */
	uint64_t signals;
};

/* What was said once. */
struct key {
	pid_t pid;
	int kind, sig, stack;
	uint64_t handler;
	uint64_t before, flags; /* of an action: its handler, what changed */
};

struct sigpact__fold {
	sigpact__say *say;
	void *context;
	struct group group[GROUPS];	/* the oldest first */
	size_t count;
	void *said;			/* a tree of keys */
	struct sigpact__said lost;	/* .time_ns 0: none was said */
	struct sigpact__crowd crowd;
	uint64_t left_ns;		/* when .crowd.left was said */
	uint64_t lost_count;		/* since then */
	uint64_t now_ns;
};

struct sigpact__fold *sigpact__fold_open(sigpact__say *say, void *context)
{
	struct sigpact__fold *f = calloc(1, sizeof *f);

	if (f) {
		f->say = say;
		f->context = context;
	}
	return f;
}

static void say_group(struct sigpact__fold *f, struct group *g)
{
	struct sigpact__line all = { .size = 0 };
	char name[24];
	int sig;

	g->first.text = g->text.text;
	if (g->signals & (g->signals - 1)) {
		for (sig = 1; sig <= 64; sig++)
			if (g->signals >> (sig - 1) & 1)
				sigpact__line_add(&all, "%s%s",
					all.size ? "," : "",
					sigpact__spell_signal(name, sig));
		sigpact__line_add(&all, "%s", g->tail.text);
		g->first.text = all.text;
	}
	f->say(f->context, &g->first);
}

/* Says those that began before this time, and which are of this process (0:
   any). */
static void say_until(struct sigpact__fold *f, uint64_t time_ns, pid_t pid)
{
	size_t i, kept = 0;

	for (i = 0; i < f->count; i++)
		if (f->group[i].first.time_ns <= time_ns &&
		    (!pid || f->group[i].first.pid == pid))
			say_group(f, &f->group[i]);
		else if (kept++ != i)
			f->group[kept - 1] = f->group[i];
	f->count = kept;
}

struct sigpact__said sigpact__said_of(const struct sigpact__telling *t)
{
	struct sigpact__said said = { .time_ns = t->time_ns, .kind = t->kind,
				      .pid = t->pid, .tid = t->tid };

	if (t->thread)
		memcpy(said.name, t->thread->task.name, sizeof said.name);
	if (t->finding)
		said.severity = (int)t->finding->kind->severity;
	return said;
}

static void hold(struct sigpact__fold *f, const struct sigpact__telling *t)
{
	struct sigpact__telling brief = *t;
	struct sigpact__line tail;
	struct group *g;
	size_t i;

	brief.briefly = 1;
	sigpact__telling_text(&brief, &tail);
	for (i = 0; i < f->count; i++) {
		g = &f->group[i];
		if (g->first.tid == t->tid && !strcmp(g->tail.text, tail.text))
			break;
	}
	if (i == f->count) {
		if (f->count == GROUPS)
			say_until(f, f->group[0].first.time_ns, 0);
		g = &f->group[f->count++];
		g->first = sigpact__said_of(t);
		g->tail = tail;
		g->signals = 0;
		sigpact__telling_text(t, &g->text);
	}
	g->signals |= 1ull << (t->sig - 1);
}

static int order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct key));
}

static int is_first(struct sigpact__fold *f, const struct sigpact__telling *t)
{
	struct key *key = calloc(1, sizeof *key), **at;

	if (!key)
		return 1;
	key->pid = t->pid;
	key->kind = (int)t->kind;
	key->sig = t->sig;
	key->stack = (int)t->stack;
	key->handler = t->handler;
	if (t->kind == TELL_ACTION) {
		key->handler = t->after->handler;
		key->before = t->before->handler;
		key->flags = t->before->flags ^ t->after->flags;
	}
	at = tsearch(key, &f->said, order);
	if (at && *at == key)
		return 1;
	free(key);
	return !at;
}

static void say(struct sigpact__fold *f, const struct sigpact__telling *t)
{
	struct sigpact__said said = sigpact__said_of(t);
	struct sigpact__telling brief = *t;
	struct sigpact__line line;

	say_until(f, UINT64_MAX, t->pid);
	brief.no_info = 1;
	sigpact__telling_text(&brief, &line);
	said.text = line.text;
	f->say(f->context, &said);
}

/* One line a second, the first at once. */
static void say_lost(struct sigpact__fold *f, uint64_t time_ns)
{
	struct sigpact__line line = { .size = 0 };

	sigpact__line_add(&line, "%ju events before this were lost",
			  (uintmax_t)f->lost_count);
	f->lost.time_ns = time_ns;
	f->lost.text = line.text;
	f->lost_count = 0;
	f->say(f->context, &f->lost);
}

static void lose(struct sigpact__fold *f, const struct sigpact__telling *t)
{
	uint64_t before = f->lost.time_ns;

	f->lost = sigpact__said_of(t);
	f->lost_count += t->event->lost.count;
	if (!before || t->time_ns >= before + SECOND_NS)
		say_lost(f, t->time_ns);
	else
		f->lost.time_ns = before;
}

static void say_left(struct sigpact__fold *f, uint64_t time_ns)
{
	struct sigpact__said said = { .time_ns = time_ns,
				      .kind = TELL_PROCESS };
	struct sigpact__line line = { .size = 0 };

	if (f->crowd.left) {
		sigpact__line_add(&line, "%ju more were started; --event=all "
				  "tells of them", (uintmax_t)f->crowd.left);
		said.text = line.text;
		f->say(f->context, &said);
	}
	f->crowd.left = 0;
	f->left_ns = time_ns;
}

/* What routine it is. */
static void tell_routine(struct sigpact__fold *f,
			 const struct sigpact__telling *t)
{
	if (t->time_ns >= f->left_ns + SECOND_NS)
		say_left(f, t->time_ns);
	if (sigpact__crowd_hides(&f->crowd, t))
		return;
	if (t->kind != TELL_PROCESS && !is_first(f, t))
		return;
	if (t->kind == TELL_ACTION)
		hold(f, t);
	else
		say(f, t);
}

void sigpact__fold_tell(struct sigpact__fold *f,
			const struct sigpact__telling *t)
{
	f->now_ns = t->time_ns;
	if (f->lost_count && t->time_ns >= f->lost.time_ns + SECOND_NS)
		say_lost(f, f->lost.time_ns + SECOND_NS);
	if (f->count && t->time_ns >= HOLD_NS)
		say_until(f, t->time_ns - HOLD_NS, 0);
	switch (t->kind) {
	case TELL_ACTION:
	case TELL_PROCESS:
	case TELL_DELIVERED:
	case TELL_RELOCATED:
		/* the process's end tells of SIGKILL */
		if (t->sig != SIGKILL)
			tell_routine(f, t);
		break;
	case TELL_STOP:
	case TELL_FINDING:
	case TELL_STORM:
		say(f, t);
		break;
	case TELL_LOST:
		lose(f, t);
		break;
	default:
		break;
	}
}

void sigpact__fold_close(struct sigpact__fold *f)
{
	say_until(f, UINT64_MAX, 0);
	if (f->crowd.left)
		say_left(f, f->now_ns);
	if (f->lost_count)
		say_lost(f, f->now_ns);
	sigpact__crowd_free(&f->crowd);
	tdestroy(f->said, free);
	free(f);
}
