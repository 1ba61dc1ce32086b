/* Events and facts as JSON Lines: one a line, nothing left out, so that they
   can be read again; and beside them, for other programs, what was told of
   them.  Tracer's context. */
#include "jsonl.h"
#include "print.h"
#include "spell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(member, as) { as, offsetof(struct sigpact__event, member), \
	sizeof(((struct sigpact__event *)0)->member), 0, 0 }
#define FIELDS(member, as, n) { as, offsetof(struct sigpact__event, member), \
	sizeof(((struct sigpact__event *)0)->member[0]), n, 0 }
#define KIND(what, member) .name = what, .head = EVENT_HEAD(member)

const struct sigpact__jsonl_kind sigpact__jsonl_kinds[EVENT_KINDS] = {
	[EVENT_ENTRY] = { KIND("entry", entry), {
		FIELD(entry.stack, "stack"), FIELD(entry.nr, "nr"),
		FIELDS(entry.arg, "arg", 6), FIELD(entry.pc, "pc"),
		FIELD(entry.sp, "sp"), FIELD(entry.fp, "fp") } },
	[EVENT_EXIT] = { KIND("exit", exit), {
		FIELD(exit.nr, "nr"), FIELD(exit.result, "result") } },
	[EVENT_GENERATED] = { KIND("generated", generated), {
		FIELD(generated.sig, "sig"), FIELD(generated.code, "code"),
		FIELD(generated.to_pid, "to_pid"),
		FIELD(generated.to_tid, "to_tid"),
		FIELD(generated.group, "group"),
		FIELD(generated.outcome, "outcome") } },
	[EVENT_DELIVERED] = { KIND("delivered", delivered), {
		FIELD(delivered.sig, "sig"), FIELD(delivered.code, "code"),
		FIELDS(delivered.info, "info", 6),
		FIELD(delivered.handler, "handler"),
		FIELD(delivered.flags, "flags"),
		FIELD(delivered.action_mask, "action_mask"),
		FIELD(delivered.mask, "mask"), FIELD(delivered.pc, "pc"),
		FIELD(delivered.sp, "sp"), FIELD(delivered.frame, "frame"),
		FIELD(delivered.alt_base, "alt_base"),
		FIELD(delivered.alt_size, "alt_size"),
		FIELD(delivered.alt_flags, "alt_flags") } },
	[EVENT_STOP] = { KIND("stop", stop), { FIELD(stop.sig, "sig") } },
	[EVENT_ATTACHED] = { KIND("attached", start), {
		FIELD(start.by_pid, "by_pid") } },
	[EVENT_START] = { KIND("start", start), {
		FIELD(start.by_pid, "by_pid"), FIELD(start.by_tid, "by_tid"),
		FIELD(start.same_memory, "same_memory") } },
	[EVENT_EXEC] = { KIND("exec", exec), {
		FIELD(exec.from_tid, "from_tid"),
		{ "name", offsetof(struct sigpact__event, exec.name), 1, 16,
		  1 } } },
	[EVENT_END] = { KIND("end", end), {
		FIELD(end.status, "status"), FIELD(end.last, "last") } },
	[EVENT_LOST] = { KIND("lost", lost), { FIELD(lost.count, "count") } },
};

struct jsonl {
	FILE *file;
	/* Told while an event is read, behind whose line it belongs. */
	FILE *told;
	char *told_text;
	size_t told_size;
};

static void put_string(FILE *f, const char *key, const char *text)
{
	fprintf(f, ",\"%s\":", key);
	sigpact__put_json(f, text);
}

static void put_number(FILE *f, const char *at, unsigned size)
{
	uint64_t wide;
	int32_t narrow;
	uint16_t half;

	if (size == 8) {
		memcpy(&wide, at, sizeof wide);
		fprintf(f, "\"0x%" PRIx64 "\"", wide);
	} else if (size == 4) {
		memcpy(&narrow, at, sizeof narrow);
		fprintf(f, "%" PRId32, narrow);
	} else {
		memcpy(&half, at, sizeof half);
		fprintf(f, "%u", half);
	}
}

static void put_field(FILE *f, const struct sigpact__jsonl_field *field,
		      const struct sigpact__event *e)
{
	const char *at = (const char *)e + field->offset;
	char text[17] = "";
	unsigned i;

	if (field->text) {
		memcpy(text, at, field->count);
		put_string(f, field->name, text);
		return;
	}
	fprintf(f, ",\"%s\":%s", field->name, field->count ? "[" : "");
	for (i = 0; i < (field->count ? field->count : 1u); i++) {
		fputs(i ? "," : "", f);
		put_number(f, at + i * field->size, field->size);
	}
	fputs(field->count ? "]" : "", f);
}

/* What lies behind the head. */
static void put_bytes(FILE *f, const struct sigpact__event *e, size_t head)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = (const unsigned char *)e;
	size_t i;

	if (e->size <= head ||
	    !(e->seen & (SAW_FETCH_0 | SAW_FETCH_1 | SAW_CALLER)))
		return;
	fputs(",\"bytes\":\"", f);
	for (i = head; i < e->size; i++) {
		putc_unlocked(digits[at[i] >> 4], f);
		putc_unlocked(digits[at[i] & 15], f);
	}
	putc_unlocked('"', f);
}

static void put_event(void *state, const struct sigpact__event *e)
{
	const struct sigpact__jsonl_kind *k;
	const struct sigpact__jsonl_field *field;
	struct jsonl *j = state;

	if (!e->kind || e->kind >= EVENT_KINDS)
		return;
	k = &sigpact__jsonl_kinds[e->kind];
	fprintf(j->file, "{\"event\":\"%s\",\"time_ns\":%" PRIu64
		",\"pid\":%d,\"tid\":%d,\"seen\":%u", k->name,
		(uint64_t)e->time_ns, e->pid, e->tid, e->seen);
	if (e->kind <= EVENT_EXIT)
		fprintf(j->file, ",\"call\":\"%s\"",
			sigpact__call_name(e->entry.row));
	for (field = k->field; field->name; field++)
		put_field(j->file, field, e);
	put_bytes(j->file, e, k->head);
	fputs("}\n", j->file);
	fflush(j->told);
	fwrite(j->told_text, 1, j->told_size, j->file);
	rewind(j->told);
}

static void put_maps(FILE *f, const struct sigpact__fact *fact)
{
	size_t i;

	fputs(",\"maps\":[", f);
	for (i = 0; i < fact->maps.count; i++) {
		const struct sigpact__map *m = &fact->maps.map[i];

		fprintf(f, "%s{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64
			"\",\"offset\":\"0x%" PRIx64 "\",\"rights\":\"%.4s\"",
			i ? "," : "", m->start, m->end, m->offset, m->rights);
		put_string(f, "path", m->path);
		fputs("}", f);
	}
	fputs("]", f);
}

static void put_actions(FILE *f, const struct sigpact__fact *fact)
{
	const char *before = "";
	int sig;

	put_string(f, "name", fact->actions.name);
	fprintf(f, ",\"known\":\"0x%" PRIx64 "\",\"actions\":[",
		fact->actions.known);
	for (sig = 1; sig < RECORD_SIGNALS; sig++) {
		const struct sigpact__act *a = &fact->actions.action[sig];

		if (!a->handler && !a->flags && !a->mask)
			continue;
		fprintf(f, "%s{\"sig\":%d,\"handler\":\"0x%" PRIx64
			"\",\"flags\":\"0x%" PRIx64 "\",\"restorer\":\"0x%"
			PRIx64 "\",\"mask\":\"0x%" PRIx64 "\"}", before, sig,
			a->handler, a->flags, a->restorer, a->mask);
		before = ",";
	}
	fputs("]", f);
}

static void put_task(FILE *f, const struct sigpact__task *t)
{
	put_string(f, "name", t->name);
	fprintf(f, ",\"seen\":%u,\"blocked\":\"0x%" PRIx64
		"\",\"stack_low\":\"0x%" PRIx64 "\",\"stack_high\":\"0x%" PRIx64
		"\",\"alt_base\":\"0x%" PRIx64 "\",\"alt_size\":\"0x%" PRIx64
		"\",\"alt_flags\":%" PRId32, t->seen, t->blocked, t->stack_low,
		t->stack_high, t->alt_base, t->alt_size, (int32_t)t->alt_flags);
}

static void put_finding(FILE *f, const struct sigpact__finding *finding)
{
	fprintf(f, ",\"id\":\"%s\",\"sig\":%d,\"thread\":%d,"
		"\"address\":\"0x%" PRIx64 "\"", finding->kind->id,
		finding->sig, finding->tid, finding->address);
	put_string(f, "evidence", finding->evidence);
	put_string(f, "cure", finding->cure ? finding->cure : "");
}

static void put_fact(void *state, const struct sigpact__fact *fact)
{
	static const char *const names[FACTS] = {
		"maps", "actions", "thread", "finding", "time"
	};
	struct jsonl *j = state;

	fprintf(j->file, "{\"fact\":\"%s\",\"pid\":%d,\"tid\":%d",
		names[fact->kind], fact->pid, fact->tid);
	if (fact->kind == FACT_MAPS)
		put_maps(j->file, fact);
	else if (fact->kind == FACT_ACTIONS)
		put_actions(j->file, fact);
	else if (fact->kind == FACT_THREAD)
		put_task(j->file, &fact->task);
	else if (fact->kind == FACT_FINDING)
		put_finding(j->file, &fact->finding);
	else
		fprintf(j->file, ",\"time_ns\":%" PRIu64, fact->time_ns);
	fputs("}\n", j->file);
}

static void put_told(void *state, const struct sigpact__telling *t)
{
	struct jsonl *j = state;
	struct sigpact__line line;
	char name[24];

	if (t->kind == TELL_TIME)
		return;
	sigpact__telling_text(t, &line);
	fprintf(j->told, "{\"told\":\"%s\",\"time_ns\":%" PRIu64
		",\"pid\":%d,\"tid\":%d", sigpact__tell_name(t->kind),
		t->time_ns, t->pid, t->tid);
	if (t->thread && *t->thread->task.name)
		put_string(j->told, "name", t->thread->task.name);
	if (t->sig)
		fprintf(j->told, ",\"signal\":\"%s\"",
			sigpact__spell_signal(name, t->sig));
	if (t->finding)
		fprintf(j->told, ",\"id\":\"%s\"", t->finding->kind->id);
	put_string(j->told, "text", line.text);
	fputs("}\n", j->told);
}

static int close_jsonl(void *state)
{
	struct jsonl *j = state;
	int e;

	fclose(j->told);
	fwrite(j->told_text, 1, j->told_size, j->file);
	e = sigpact__print_flush(j->file);
	free(j->told_text);
	free(j);
	return e;
}

int sigpact__print_jsonl(const struct sigpact__print *p,
			 struct sigpact__printer *out)
{
	struct jsonl *j = calloc(1, sizeof *j);

	if (j)
		j->told = open_memstream(&j->told_text, &j->told_size);
	if (!j || !j->told) {
		free(j);
		return -ENOMEM;
	}
	j->file = p->file;
	fprintf(j->file, "{\"sigpact-trace\":%d,\"source\":\"%s\","
		"\"generated\":%s,\"frame_size\":%" PRIu32 "}\n", JSONL_VERSION,
		p->source, p->ends.sees_generated ? "true" : "false",
		p->ends.frame_size);
	*out = (struct sigpact__printer){
		.tell = put_told, .event = put_event, .fact = put_fact,
		.close = close_jsonl, .state = j,
	};
	return 0;
}
