/* Reads what jsonl.c wrote, line by line.  The file may be anybody's: sizes and
   kinds are those that event.h allows, whatever it says.  Tracer's context. */
#include "jsonl.h"
#include "calls.h"
#include "print.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The largest: an rt_sigaction with its stack. */
union any_event {
	struct sigpact__event event;
	char bytes[sizeof(struct sigpact__event) + 2 * 304 + EVENT_STACK];
};

static uint64_t number(const json_t *value)
{
	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 16);
	return (uint64_t)json_integer_value(value);
}

static uint64_t member(const json_t *o, const char *key)
{
	return number(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void get_field(struct sigpact__event *e, const json_t *o,
		      const struct sigpact__jsonl_field *field)
{
	const json_t *value = json_object_get(o, field->name);
	char *at = (char *)e + field->offset;
	uint64_t n;
	unsigned i;

	if (field->text) {
		strncpy(at, text(o, field->name), field->count);
		return;
	}
	for (i = 0; i < (field->count ? field->count : 1u); i++) {
		n = number(field->count ? json_array_get(value, i) : value);
		memcpy(at + i * field->size, &n, field->size);
	}
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

/* What is behind the head, as far as it is there; nothing was seen of an event
   whose bytes are not all there. */
static void get_bytes(struct sigpact__event *e, const json_t *o, size_t head)
{
	const char *hex = text(o, "bytes");
	unsigned char *at = (unsigned char *)e + head;
	size_t i;

	if (strlen(hex) != 2 * (e->size - head)) {
		e->seen &= (uint16_t)~(SAW_FETCH_0 | SAW_FETCH_1 | SAW_CALLER);
		return;
	}
	for (i = 0; i < e->size - head; i++)
		at[i] = (unsigned char)(digit(hex[2 * i]) << 4 |
					digit(hex[2 * i + 1]));
}

static int get_event(union any_event *any, const json_t *o)
{
	const struct sigpact__jsonl_kind *k;
	const struct sigpact__jsonl_field *field;
	struct sigpact__event *e = &any->event;
	int kind, row = 0;

	memset(any, 0, sizeof *any);
	for (kind = 1; kind < EVENT_KINDS; kind++)
		if (!strcmp(sigpact__jsonl_kinds[kind].name, text(o, "event")))
			break;
	if (kind <= EVENT_EXIT)
		row = sigpact__call_row(text(o, "call"));
	if (kind == EVENT_KINDS || row < 0)
		return -EINVAL;
	k = &sigpact__jsonl_kinds[kind];
	e->kind = (uint16_t)kind;
	e->size = (uint32_t)sigpact__event_size(e->kind, (unsigned)row);
	e->seen = (uint16_t)member(o, "seen");
	e->time_ns = member(o, "time_ns");
	e->pid = (pid_t)member(o, "pid");
	e->tid = (pid_t)member(o, "tid");
	for (field = k->field; field->name; field++)
		get_field(e, o, field);
	if (kind <= EVENT_EXIT)
		e->entry.row = (uint16_t)row;
	get_bytes(e, o, k->head);
	return 0;
}

static int get_maps(struct sigpact__fact *f, const json_t *o)
{
	const json_t *maps = json_object_get(o, "maps"), *from;
	size_t i, n = json_array_size(maps);
	struct sigpact__map *map = calloc(n + 1, sizeof *map);

	if (!map)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		from = json_array_get(maps, i);
		map[i].start = member(from, "start");
		map[i].end = member(from, "end");
		map[i].offset = member(from, "offset");
		snprintf(map[i].rights, sizeof map[i].rights, "%-4.4s",
			 text(from, "rights"));
		map[i].path = (char *)(uintptr_t)text(from, "path");
	}
	f->maps.map = map;
	f->maps.count = n;
	return 0;
}

static void get_actions(struct sigpact__fact *f, const json_t *o,
			struct sigpact__act *action)
{
	const json_t *from;
	size_t i;

	memset(action, 0, RECORD_SIGNALS * sizeof *action);
	json_array_foreach(json_object_get(o, "actions"), i, from) {
		uint64_t sig = member(from, "sig");

		if (sig < 1 || sig >= RECORD_SIGNALS)
			continue;
		action[sig] = (struct sigpact__act){
			member(from, "handler"), member(from, "flags"),
			member(from, "restorer"), member(from, "mask"),
		};
	}
	f->actions.known = member(o, "known");
	f->actions.action = action;
	f->actions.name = text(o, "name");
}

static void get_task(struct sigpact__task *t, const json_t *o, pid_t tid)
{
	t->tid = tid;
	strncpy(t->name, text(o, "name"), sizeof t->name - 1);
	t->seen = (unsigned)member(o, "seen");
	t->blocked = member(o, "blocked");
	t->stack_low = member(o, "stack_low");
	t->stack_high = member(o, "stack_high");
	t->alt_base = member(o, "alt_base");
	t->alt_size = member(o, "alt_size");
	t->alt_flags = (uint32_t)member(o, "alt_flags");
}

static int get_finding(struct sigpact__finding *f, const json_t *o)
{
	size_t i;

	for (i = 0; i < sigpact__finding_kind_all; i++)
		if (!strcmp(sigpact__finding_kinds[i].id, text(o, "id")))
			f->kind = &sigpact__finding_kinds[i];
	f->sig = member(o, "sig") <= 64 ? (int)member(o, "sig") : 0;
	f->tid = (pid_t)member(o, "thread");
	f->address = member(o, "address");
	f->evidence = (char *)(uintptr_t)text(o, "evidence");
	f->cure = (char *)(uintptr_t)text(o, "cure");
	return f->kind ? 0 : -EINVAL;
}

static int take_fact(const json_t *o, const struct sigpact__jsonl_sink *sink,
		     void *context)
{
	struct sigpact__fact f = { .pid = (pid_t)member(o, "pid"),
				   .tid = (pid_t)member(o, "tid") };
	struct sigpact__act action[RECORD_SIGNALS];
	const char *name = text(o, "fact");
	int e = 0;

	if (!strcmp(name, "maps")) {
		f.kind = FACT_MAPS;
		e = get_maps(&f, o);
	} else if (!strcmp(name, "actions")) {
		f.kind = FACT_ACTIONS;
		get_actions(&f, o, action);
	} else if (!strcmp(name, "thread")) {
		f.kind = FACT_THREAD;
		get_task(&f.task, o, f.tid);
	} else if (!strcmp(name, "finding")) {
		f.kind = FACT_FINDING;
		e = get_finding(&f.finding, o);
	} else if (!strcmp(name, "time")) {
		f.kind = FACT_TIME;
		f.time_ns = member(o, "time_ns");
	} else {
		e = -EINVAL;
	}
	if (!e)
		sink->fact(context, &f);
	if (f.kind == FACT_MAPS)
		free((void *)(uintptr_t)f.maps.map);
	return e;
}

static int take_line(const json_t *o, const struct sigpact__jsonl_sink *sink,
		     void *context)
{
	union any_event any;
	int e = -EINVAL;

	if (json_object_get(o, "told"))
		return 0;
	if (json_object_get(o, "fact"))
		return take_fact(o, sink, context);
	if (json_object_get(o, "event"))
		e = get_event(&any, o);
	if (!e)
		sink->event(context, &any.event);
	return e;
}

static int begin(const json_t *o, const struct sigpact__jsonl_sink *sink,
		 void *context, char why[256])
{
	struct sigpact__story_ends ends = {
		.sees_generated = json_is_true(json_object_get(o, "generated")),
		.frame_size = (uint32_t)member(o, "frame_size"),
	};

	if (member(o, "sigpact-trace") == JSONL_VERSION)
		return sink->begin(context, text(o, "source"), &ends);
	snprintf(why, 256, "expected what sigpact trace --format=jsonl writes, "
		 "version %d", JSONL_VERSION);
	return -EINVAL;
}

int sigpact__jsonl_read(FILE *f, const struct sigpact__jsonl_sink *sink,
			void *context, char why[256])
{
	size_t room = 0, line_number = 0;
	json_error_t error;
	char *line = NULL;
	json_t *o;
	ssize_t size;
	int e = 0;

	errno = 0;
	while (!e && (size = getline(&line, &room, f)) > 0) {
		o = json_loadb(line, (size_t)size, 0, &error);
		if (!o && !line_number)
			e = begin(NULL, sink, context, why);
		else if (!o)
			snprintf(why, 256, "line %zu: %.200s; expected one "
				 "JSON object", line_number + 1, error.text);
		else if (!line_number)
			e = begin(o, sink, context, why);
		else if (take_line(o, sink, context))
			snprintf(why, 256, "line %zu: no event that this "
				 "version knows", line_number + 1);
		json_decref(o);
		line_number++;
		e = *why ? -EINVAL : e;
	}
	if (!e && ferror(f))
		e = errno ? -errno : -EIO;
	free(line);
	if (!e && !line_number)
		e = begin(NULL, sink, context, why);
	return e;
}
