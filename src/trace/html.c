/* One page that needs no other file: timeline.html, with the trace in it as
   JSON.  Texts that are the same are there once, and threads by number, so that
   a long trace stays small.  Tracer's context. */
#include "print.h"
#include "spell.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* timeline.html, by the build: each byte with a comma before it. */
static const unsigned char page[] = { '\n'
#include "timeline.inc"
	, 0 };
#define PLACE_OF_DATA "@DATA@"

/* What is put together in memory until the end is known. */
struct part {
	FILE *file;
	char *text;
	size_t size, count;
};
enum { THREADS, STRINGS, EVENTS, RETURNS, FOUND, PARTS };

struct html {
	FILE *file;
	struct part part[PARTS];
	const char *source;
	uint64_t first_ns, last_ns, lost;
	void *strings, *threads;	/* trees of numbered ones */
	size_t string_count, thread_count;
	int no_memory;
};

struct numbered {
	size_t number;
	pid_t pid, tid;
	char name[16];
	char *text;
};

static int by_text(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static int by_tid(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static FILE *next(struct part *p)
{
	if (p->count++)
		fputs(",\n", p->file);
	return p->file;
}

static size_t string_of(struct html *h, char *text)
{
	struct numbered key = { .text = text }, *n, **found;

	found = tfind(&key, &h->strings, by_text);
	if (found)
		return (*found)->number;
	n = calloc(1, sizeof *n);
	if (n)
		n->text = strdup(text);
	if (!n || !n->text || !tsearch(n, &h->strings, by_text)) {
		h->no_memory = 1;
		return 0;
	}
	sigpact__put_json(next(&h->part[STRINGS]), text);
	return n->number = h->string_count++;
}

/* Its lane; -1: it is the kernel. */
static long lane_of(struct html *h, pid_t pid, pid_t tid,
		    const struct sigpact__traced_thread *t)
{
	struct numbered key = { .tid = tid }, *n, **found;

	if (!tid)
		return -1;
	found = tfind(&key, &h->threads, by_tid);
	n = found ? *found : calloc(1, sizeof *n);
	if (!n) {
		h->no_memory = 1;
		return -1;
	}
	if (!found) {
		n->pid = pid;
		n->tid = tid;
		n->number = h->thread_count++;
		if (!tsearch(n, &h->threads, by_tid))
			h->no_memory = 1;
	}
	if (t && *t->task.name)
		memcpy(n->name, t->task.name, sizeof n->name);
	return (long)n->number;
}

static uint64_t since(const struct html *h, uint64_t ns)
{
	return ns > h->first_ns ? ns - h->first_ns : 0;
}

/* Calls and handlers; took: -1 when it has not ended. */
static void put_slice(struct html *h, const struct sigpact__telling *t,
		      int kind, uint64_t start, int64_t took, char *text)
{
	long lane = lane_of(h, t->pid, t->tid, t->thread);
	long from = kind == 1 && t->peer.time_ns ?
		lane_of(h, t->peer.pid, t->peer.tid, t->peer_thread) : -1;
	size_t string = string_of(h, text);

	fprintf(next(&h->part[EVENTS]), "[%d,%ld,%" PRIu64 ",%" PRId64
		",%d,%zu,%d,%ld,%" PRIu64 "]", kind, lane, since(h, start),
		took, t->sig, string, (int)t->stack, from,
		t->peer.time_ns ? since(h, t->peer.time_ns) : 0);
}

static void put_mark(struct html *h, const struct sigpact__telling *t,
		     char *text)
{
	long lane = lane_of(h, t->pid, t->tid, t->thread);
	size_t string = string_of(h, text);

	if (lane >= 0)
		fprintf(next(&h->part[EVENTS]), "[2,%ld,%" PRIu64
			",0,%d,%zu,\"%s\"]", lane, since(h, t->time_ns), t->sig,
			string, sigpact__tell_name(t->kind));
}

static void put_finding(struct html *h, const struct sigpact__telling *t)
{
	const struct sigpact__finding *f = t->finding;
	long lane = lane_of(h, t->pid, t->tid, t->thread);
	FILE *to = next(&h->part[FOUND]);
	char name[24];

	fprintf(to, "{\"id\":\"%s\",\"name\":\"%s\",\"severity\":\"%s\","
		"\"at\":%" PRIu64 ",\"lane\":%ld,\"signal\":\"%s\",\"text\":",
		f->kind->id, f->kind->name,
		sigpact__spell_severity(f->kind->severity),
		since(h, t->time_ns), lane,
		f->sig ? sigpact__spell_signal(name, f->sig) : "");
	sigpact__put_json(to, f->evidence);
	fputs(",\"cure\":", to);
	sigpact__put_json(to, f->cure ? f->cure : "");
	fputc('}', to);
}

static void put_return(struct html *h, const struct sigpact__telling *t)
{
	fprintf(next(&h->part[RETURNS]), "[%ld,%" PRIu64 ",%" PRIu64 ",%d]",
		lane_of(h, t->pid, t->tid, t->thread), since(h, t->began_ns),
		t->time_ns - t->began_ns, (int)t->stack);
}

static void tell(void *state, const struct sigpact__telling *telling)
{
	struct sigpact__telling t = *telling;
	struct html *h = state;
	struct sigpact__line line;

	if (t.kind == TELL_TIME || t.kind == TELL_SENT)
		return;
	h->first_ns = h->first_ns ? h->first_ns : t.time_ns;
	h->last_ns = t.time_ns > h->last_ns ? t.time_ns : h->last_ns;
	if (t.kind == TELL_RETURNED) {
		put_return(h, &t);
		return;
	}
	t.no_times = 1;
	sigpact__telling_text(&t, &line);
	if (t.kind == TELL_CALL && t.began_ns)
		put_slice(h, &t, 0, t.began_ns,
			  (int64_t)(t.time_ns - t.began_ns), line.text);
	else if (t.kind == TELL_DELIVERED && t.handler > 1)
		put_slice(h, &t, 1, t.time_ns, -1, line.text);
	else if (t.kind != TELL_CALL)
		put_mark(h, &t, line.text);
	if (t.kind == TELL_LOST)
		h->lost += t.event->lost.count;
	if (t.kind == TELL_FINDING)
		put_finding(h, &t);
}

static void put_threads(const void *node, VISIT when, void *closure)
{
	const struct numbered *n = *(const struct numbered *const *)node;
	const struct numbered **all = closure;

	if (when == postorder || when == leaf)
		all[n->number] = n;
}

static void write_threads(struct html *h)
{
	const struct numbered **all = calloc(h->thread_count + 1, sizeof *all);
	FILE *to;
	size_t i;

	if (!all) {
		h->no_memory = 1;
		return;
	}
	twalk_r(h->threads, put_threads, all);
	for (i = 0; i < h->thread_count; i++) {
		to = next(&h->part[THREADS]);
		fprintf(to, "{\"pid\":%d,\"tid\":%d,\"name\":", all[i]->pid,
			all[i]->tid);
		sigpact__put_json(to, all[i]->name);
		fputc('}', to);
	}
	free(all);
}

static void write_data(struct html *h)
{
	static const char *const names[PARTS] = {
		"threads", "strings", "events", "returns", "findings"
	};
	char name[24];
	int i;

	write_threads(h);
	fprintf(h->file, "{\"source\":\"%s\",\"lost\":%" PRIu64 ",\"end\":%"
		PRIu64 ",\"signals\":[\"\"", h->source, h->lost,
		h->last_ns - h->first_ns);
	for (i = 1; i < RECORD_SIGNALS; i++)
		fprintf(h->file, ",\"%s\"", sigpact__spell_signal(name, i));
	fputc(']', h->file);
	for (i = 0; i < PARTS; i++) {
		fprintf(h->file, ",\n\"%s\":[", names[i]);
		fflush(h->part[i].file);
		fwrite(h->part[i].text, 1, h->part[i].size, h->file);
		fputc(']', h->file);
	}
	fputs("}", h->file);
}

static void free_numbered(void *what)
{
	struct numbered *n = what;

	free(n->text);
	free(n);
}

static void free_html(struct html *h)
{
	int i;

	for (i = 0; i < PARTS; i++) {
		if (h->part[i].file)
			fclose(h->part[i].file);
		free(h->part[i].text);
	}
	tdestroy(h->strings, free_numbered);
	tdestroy(h->threads, free_numbered);
	free(h);
}

static int close_html(void *state)
{
	const char *text = (const char *)page + 1;
	const char *place = strstr(text, PLACE_OF_DATA);
	struct html *h = state;
	int e;

	fwrite(text, 1, (size_t)(place - text), h->file);
	write_data(h);
	fputs(place + strlen(PLACE_OF_DATA), h->file);
	e = h->no_memory ? -ENOMEM : sigpact__print_flush(h->file);
	free_html(h);
	return e;
}

int sigpact__print_html(const struct sigpact__print *p,
			struct sigpact__printer *out)
{
	struct html *h = calloc(1, sizeof *h);
	int i;

	if (!h)
		return -ENOMEM;
	h->file = p->file;
	h->source = p->source;
	for (i = 0; i < PARTS; i++) {
		h->part[i].file = open_memstream(&h->part[i].text,
						 &h->part[i].size);
		if (!h->part[i].file) {
			free_html(h);
			return -ENOMEM;
		}
	}
	*out = (struct sigpact__printer){ .tell = tell, .close = close_html,
					  .state = h };
	return 0;
}
