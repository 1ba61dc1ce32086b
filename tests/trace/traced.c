/* See traced.h. */
#include "traced.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sigpact__traced traced;
struct sigpact__source *traced_source;
struct sigpact__event **traced_event;
size_t traced_count;
uint64_t traced_lost;

void traced_be(int argc, char **argv, const struct traced_part *parts)
{
	if (argc < 3 || strcmp(argv[1], "be"))
		return;
	for (; parts->word; parts++)
		if (!strcmp(parts->word, argv[2]))
			parts->body();
	exit(0);
}

static void keep(void *unused, const struct sigpact__event *e)
{
	if (!(traced_count & (traced_count - 1)))
		traced_event = realloc(traced_event, (traced_count * 2 + 1) *
					       sizeof *traced_event);
	if (!traced_event)
		bail("no memory");
	if (e->kind == EVENT_LOST)
		traced_lost += e->lost.count;
	traced_event[traced_count] = malloc(e->size);
	memcpy(traced_event[traced_count++], e, e->size);
}

int traced_open(pid_t pid, const char *word)
{
	char *words[] = { "/proc/self/exe", "be", (char *)word, NULL };
	char why[256];
	int e;

	while (traced_count)
		free(traced_event[--traced_count]);
	traced_lost = 0;
	if (word && *word == '/')
		memmove(words, words + 2, 2 * sizeof *words);
	traced = (struct sigpact__traced){ .pid = pid, .command = words };
	e = traced_by->open(&traced, &traced_source, why);
	if (*why)
		printf("# %s: %s\n", traced_by->name, why);
	return e;
}

int traced_read_all(void)
{
	int n, rest = 600;

	do
		n = traced_by->next(traced_source, 100, keep, NULL);
	while (n >= 0 && (n || rest--));
	return n;
}

void traced_read(int kind, int ms)
{
	for (; ms > 0 && !traced_number(kind, -1, 0); ms -= 50)
		if (traced_by->next(traced_source, 50, keep, NULL) < 0)
			break;
}

void traced_close(void)
{
	traced_by->close(traced_source, keep, NULL);
	traced_source = NULL;
}

static int is(const struct sigpact__event *e, int kind, int row, pid_t tid)
{
	if (e->kind != kind || (tid && e->tid != tid))
		return 0;
	return row < 0 || (kind == EVENT_ENTRY ? e->entry.row : e->exit.row) ==
			      row;
}

const struct sigpact__event *traced_nth(int kind, int row, pid_t tid, int n)
{
	size_t i;

	for (i = 0; i < traced_count; i++)
		if (is(traced_event[i], kind, row, tid) && !n--)
			return traced_event[i];
	return NULL;
}

size_t traced_number(int kind, int row, pid_t tid)
{
	size_t i, n = 0;

	for (i = 0; i < traced_count; i++)
		n += (size_t)is(traced_event[i], kind, row, tid);
	return n;
}

const void *traced_bytes(const struct sigpact__event *e)
{
	return (const char *)e + (e->kind == EVENT_ENTRY ? EVENT_HEAD(entry)
						       : EVENT_HEAD(exit));
}

void traced_show(void)
{
	static const char *const kinds[] = { "?", "entry", "exit", "generated",
					     "delivered", "stop", "attached",
					     "start", "exec", "end", "lost" };
#define NAME(name, ...) #name,
	static const char *const names[] = { SIGPACT_CALLS(NAME) };
	const struct sigpact__event *e;
	size_t i;

	for (i = 0; i < traced_count; i++) {
		e = traced_event[i];
		printf("# %d/%d %s", e->pid, e->tid, kinds[e->kind]);
		if (e->kind == EVENT_ENTRY || e->kind == EVENT_EXIT)
			printf(" %s", names[e->entry.row]);
		printf(" %lld\n", (long long)e->exit.result);
	}
}
