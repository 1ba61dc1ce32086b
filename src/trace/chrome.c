/* Chrome's trace format, for Perfetto and speedscope: a track for each thread,
   calls and handlers as slices, an arrow from a signal's sending to its
   delivery, and how long an alternate stack was in use.  Tracer's context. */
#include "print.h"
#include "spell.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct chrome {
	FILE *file;
	uint64_t first_ns, count;
	void *named;		/* a tree of threads */
};

struct named {
	pid_t tid;
	char name[16];
};

static int order(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Microseconds since the first. */
static double at(const struct chrome *c, uint64_t ns)
{
	return ns > c->first_ns ? (double)(ns - c->first_ns) / 1e3 : 0;
}

static void begin(struct chrome *c, const char *phase, pid_t pid, pid_t tid,
		  uint64_t ns)
{
	fprintf(c->file, "%s{\"ph\":\"%s\",\"pid\":%d,\"tid\":%d,\"ts\":%.3f",
		c->count++ ? ",\n" : "", phase, pid, tid, at(c, ns));
}

static void put(struct chrome *c, const char *key, const char *text)
{
	fprintf(c->file, ",\"%s\":", key);
	sigpact__put_json(c->file, text);
}

static void end(struct chrome *c, const char *text)
{
	if (text) {
		fputs(",\"args\":{\"what\":", c->file);
		sigpact__put_json(c->file, text);
		fputc('}', c->file);
	}
	fputc('}', c->file);
}

static void put_name(struct chrome *c, const char *what, pid_t pid, pid_t tid,
		     const char *name)
{
	begin(c, "M", pid, tid, c->first_ns);
	put(c, "name", what);
	fputs(",\"args\":{\"name\":", c->file);
	sigpact__put_json(c->file, name);
	fputs("}}", c->file);
}

/* The track's name, again when it has changed. */
static void name_thread(struct chrome *c, const struct sigpact__telling *t)
{
	const char *name = t->thread ? t->thread->task.name : "";
	struct named key = { .tid = t->tid }, *n;
	void **found;

	if (!*name)
		return;
	found = tfind(&key, &c->named, order);
	n = found ? *found : calloc(1, sizeof *n);
	if (!n || !strcmp(n->name, name))
		return;
	n->tid = t->tid;
	strcpy(n->name, name);
	if (!found && !tsearch(n, &c->named, order))
		free(n);
	put_name(c, "thread_name", t->pid, t->tid, name);
	if (t->pid == t->tid)
		put_name(c, "process_name", t->pid, t->tid, name);
}

static void slice(struct chrome *c, const struct sigpact__telling *t,
		  const char *category, const char *name, const char *text)
{
	begin(c, "X", t->pid, t->tid, t->began_ns);
	fprintf(c->file, ",\"dur\":%.3f,\"cat\":\"%s\"",
		(double)(t->time_ns - t->began_ns) / 1e3, category);
	put(c, "name", name);
	end(c, text);
}

/* One end of an arrow; it hangs on the slice that it is in. */
static void arrow(struct chrome *c, const struct sigpact__telling *t,
		  const char *phase, uint64_t sent_ns, pid_t sender)
{
	char name[24];

	begin(c, phase, t->pid, t->tid, *phase == 's' ? sent_ns : t->time_ns);
	fprintf(c->file, ",\"cat\":\"signal\",\"id\":\"%" PRIu64 "-%d\"%s",
		sent_ns, sender, *phase == 'f' ? ",\"bp\":\"e\"" : "");
	put(c, "name", sigpact__spell_signal(name, t->sig));
	end(c, NULL);
}

static void sent(struct chrome *c, const struct sigpact__telling *t)
{
	int queued = t->event->kind != EVENT_GENERATED ||
		     t->event->generated.outcome == 0 ||
		     t->event->generated.outcome == 4;

	if (queued && !t->by_kernel)
		arrow(c, t, "s", t->entry ? t->entry->time_ns : t->time_ns,
		      t->tid);
}

static void delivered(struct chrome *c, const struct sigpact__telling *t,
		      const char *text)
{
	if (t->peer.time_ns && t->peer.tid && t->handler > 1)
		arrow(c, t, "f", t->peer.time_ns, t->peer.tid);
	if (t->handler > 1)
		return;
	begin(c, "i", t->pid, t->tid, t->time_ns);
	fputs(",\"s\":\"t\"", c->file);
	put(c, "name", text);
	end(c, NULL);
}

/* Its name is the whole of it, for a marker shows nothing else. */
static void marker(struct chrome *c, const struct sigpact__telling *t,
		   const char *text)
{
	char name[256];

	snprintf(name, sizeof name, "%s: %.200s", sigpact__tell_name(t->kind),
		 text);
	begin(c, "i", t->pid, t->tid, t->time_ns);
	fprintf(c->file, ",\"s\":\"%s\",\"cat\":\"%s\"",
		t->kind == TELL_LOST ? "g" : t->kind == TELL_FINDING ? "p" :
		"t", sigpact__tell_name(t->kind));
	put(c, "name", name);
	end(c, text);
}

static void returned(struct chrome *c, const struct sigpact__telling *t,
		     const char *text)
{
	static const char *const stacks[] = {
		[STACK_UNKNOWN] = "handler",
		[STACK_NATIVE] = "handler,native",
		[STACK_ALTERNATE] = "handler,alternate",
		[STACK_FOREIGN] = "handler,foreign",
	};
	char name[24];
	int i;

	slice(c, t, stacks[t->stack], sigpact__spell_signal(name, t->sig),
	      text);
	for (i = 0; i < 2 && t->stack == STACK_ALTERNATE; i++) {
		begin(c, i ? "e" : "b", t->pid, t->tid,
		      i ? t->time_ns : t->began_ns);
		fprintf(c->file, ",\"cat\":\"alternate stack\",\"id\":%d",
			t->tid);
		put(c, "name", "alternate stack");
		end(c, NULL);
	}
}

static void tell(void *state, const struct sigpact__telling *t)
{
	struct chrome *c = state;
	struct sigpact__line line;

	if (t->kind == TELL_TIME)
		return;
	if (!c->first_ns)
		c->first_ns = t->time_ns;
	name_thread(c, t);
	sigpact__telling_text(t, &line);
	switch (t->kind) {
	case TELL_CALL:
		if (t->began_ns)
			slice(c, t, "call",
			      sigpact__call_name(t->entry->entry.row),
			      line.text);
		break;
	case TELL_SENT:
		sent(c, t);
		break;
	case TELL_DELIVERED:
		delivered(c, t, line.text);
		break;
	case TELL_RETURNED:
		returned(c, t, line.text);
		break;
	default:
		marker(c, t, line.text);
	}
}

static int close_chrome(void *state)
{
	struct chrome *c = state;
	int e;

	fputs("\n]}\n", c->file);
	e = sigpact__print_flush(c->file);
	tdestroy(c->named, free);
	free(c);
	return e;
}

int sigpact__print_chrome(const struct sigpact__print *p,
			  struct sigpact__printer *out)
{
	struct chrome *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->file = p->file;
	fprintf(c->file, "{\"displayTimeUnit\":\"ns\",\"otherData\":"
		"{\"source\":\"%s\"},\"traceEvents\":[\n", p->source);
	*out = (struct sigpact__printer){ .tell = tell, .close = close_chrome,
					  .state = c };
	return 0;
}
