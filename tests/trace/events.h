/* A source opened on a victim, and what it told, kept without the bytes that
   were fetched. */
#ifndef EVENTS_H
#define EVENTS_H

#include "calls.h"
#include "held.h"
#include "source.h"

static struct sigpact__event *told;
static size_t told_count, told_room;
static struct sigpact__traced traced;
static struct sigpact__source *source;
static char why[256];

#define EVENTS_NAME(name, ...) #name,
static const char *const row_names[] = { SIGPACT_CALLS(EVENTS_NAME) };

static inline void keep(void *argument, const struct sigpact__event *e)
{
	size_t size = e->size;

	(void)argument;
	if (told_count == told_room) {
		told_room = told_room ? told_room * 2 : 1024;
		told = realloc(told, told_room * sizeof *told);
		if (!told)
			bail("no memory");
	}
	if (size > sizeof *e)
		size = sizeof *e;
	memset(told + told_count, 0, sizeof *e);
	memcpy(told + told_count++, e, size);
}

static inline size_t count_of(int kind)
{
	size_t i, n = 0;

	for (i = 0; i < told_count; i++)
		n += told[i].kind == kind;
	return n;
}

static inline size_t count_of_row(int kind, int row)
{
	size_t i, n = 0;

	for (i = 0; i < told_count; i++)
		n += told[i].kind == kind &&
		     (kind == EVENT_ENTRY ? told[i].entry.row :
					    told[i].exit.row) == row;
	return n;
}

/* In words, for a list to be compared with. */
static inline const char *words_of(const struct sigpact__event *e)
{
	static char text[64];

	switch (e->kind) {
	case EVENT_ENTRY:
		snprintf(text, sizeof text, "%s", row_names[e->entry.row]);
		break;
	case EVENT_EXIT:
		snprintf(text, sizeof text, "%s=%d", row_names[e->exit.row],
			 (int)e->exit.result);
		break;
	case EVENT_DELIVERED:
		snprintf(text, sizeof text, "delivered %d", e->delivered.sig);
		break;
	case EVENT_START:
		return "start";
	case EVENT_EXEC:
		snprintf(text, sizeof text, "exec %.16s", e->exec.name);
		break;
	case EVENT_END:
		snprintf(text, sizeof text, "end %#x %d", e->end.status,
			 e->end.last);
		break;
	default:
		snprintf(text, sizeof text, "kind %d", e->kind);
	}
	return text;
}

static inline int open_on(const struct sigpact__source_kind *kind, pid_t pid,
			  char *const *command)
{
	told_count = 0;
	traced.pid = pid;
	traced.command = command;
	fflush(stdout);
	return kind->open(&traced, &source, why);
}

/* Until nothing is left: its end, as an error.  A minute without an event is a
   hang. */
static inline int follow(const struct sigpact__source_kind *kind)
{
	int got;

	do
		got = kind->next(source, 60000, keep, NULL);
	while (got > 0 || got == -EINTR);
	return got;
}

#endif
