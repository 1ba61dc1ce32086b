/* The journal of `sigpact heal`: a line for each change, which undo reads.

	sigpact-undo PID START action SIG FROM TO SUM
	sigpact-undo PID START altstack TID BASE SIZE FLAGS OURS SUM
	sigpact-undo PID START exclude TID BEFORE AFTER SUM

   FROM and TO are handler,flags,restorer,mask; START, the process's start time
   in ticks, tells it from one that was given its number later; SUM is of all
   that stands before it: nothing is taken back by a line that was cut or
   changed.  Normal context. */
#include "heal.h"
#include "journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a */
static uint32_t sum(const char *text, size_t size)
{
	uint32_t n = 0x811c9dc5;

	while (size--)
		n = (n ^ (unsigned char)*text++) * 0x01000193;
	return n;
}

__attribute__((format(printf, 3, 4))) static int
put(FILE *f, const struct sigpact__record *r, const char *format, ...)
{
	char line[JOURNAL_LINE];
	va_list ap;
	int n = snprintf(line, sizeof line, "sigpact-undo %d %" PRIu64 " ",
			 r->pid, r->start_time);

	va_start(ap, format);
	n += vsnprintf(line + n, sizeof line - (size_t)n, format, ap);
	va_end(ap);
	errno = 0;
	fprintf(f, "%s %08" PRIx32 "\n", line, sum(line, (size_t)n));
	return fflush(f) || ferror(f) ? errno ? -errno : -EIO : 0;
}

#define ACT "%" PRIx64 ",%" PRIx64 ",%" PRIx64 ",%" PRIx64

int sigpact__journal_act(FILE *f, const struct sigpact__record *r,
			 const struct sigpact__step *s)
{
	const struct sigpact__act *a = &s->from, *b = &s->to;

	if (s->kind == STEP_ACTION)
		return put(f, r, "action %d " ACT " " ACT, s->sig, a->handler,
			   a->flags, a->restorer, a->mask, b->handler, b->flags,
			   b->restorer, b->mask);
	return put(f, r, "altstack %d %" PRIx64 " %" PRIx64 " %x %" PRIx64,
		   s->tid, s->base, s->size, s->flags, s->ours);
}

int sigpact__journal_exclude(FILE *f, const struct sigpact__record *r,
			     const struct sigpact__task *t, uint64_t before,
			     uint64_t after)
{
	return put(f, r, "exclude %d %" PRIx64 " %" PRIx64, t->tid, before,
		   after);
}

static int get_act(const char *word, struct sigpact__act *a)
{
	int end = 0;

	return sscanf(word,
		      "%" SCNx64 ",%" SCNx64 ",%" SCNx64 ",%" SCNx64 "%n",
		      &a->handler, &a->flags, &a->restorer, &a->mask,
		      &end) == 4 && !word[end];
}

static int get_action(const char *line, struct sigpact__change *c)
{
	char one[128], two[128];

	c->kind = CHANGE_ACTION;
	return sscanf(line, "action %d %127s %127s", &c->sig, one, two) == 3 &&
	       c->sig > 0 && c->sig < RECORD_SIGNALS && get_act(one, &c->from)
	       && get_act(two, &c->to);
}

static int get_rest(const char *line, struct sigpact__change *c)
{
	c->kind = CHANGE_ALTSTACK;
	if (sscanf(line, "altstack %d %" SCNx64 " %" SCNx64 " %x %" SCNx64,
		   &c->tid, &c->base, &c->size, &c->flags, &c->ours) == 5)
		return 1;
	c->kind = CHANGE_EXCLUDE;
	return sscanf(line, "exclude %d %" SCNx64 " %" SCNx64, &c->tid,
		      &c->before, &c->after) == 3;
}

/* 0 or -EINVAL. */
static int parse(char *line, struct sigpact__change *c)
{
	char *end = strrchr(line, ' '), again[16];
	int at = 0;

	if (!end)
		return -EINVAL;
	snprintf(again, sizeof again, " %08" PRIx32 "\n",
		 sum(line, (size_t)(end - line)));
	if (strcmp(end, again))
		return -EINVAL;
	*end = 0;
	if (sscanf(line, "sigpact-undo %d %" SCNu64 " %n", &c->pid, &c->start,
		   &at) != 2 || !at)
		return -EINVAL;
	return get_action(line + at, c) || get_rest(line + at, c) ? 0 : -EINVAL;
}

static int add(struct sigpact__journal *j, char *line, size_t number)
{
	struct sigpact__change *more;

	more = reallocarray(j->change, j->count + 1, sizeof *more);
	if (!more)
		return -ENOMEM;
	j->change = more;
	more += j->count;
	memset(more, 0, sizeof *more);
	more->line = number;
	if (parse(line, more)) {
		j->bad_line = number;
		return -EINVAL;
	}
	j->count++;
	return 0;
}

int sigpact__journal_read(FILE *f, struct sigpact__journal *j)
{
	char line[JOURNAL_LINE];
	size_t number = 0;
	int e = 0, starts = 1;

	memset(j, 0, sizeof *j);
	errno = 0;
	while (!e && number < JOURNAL_MOST && fgets(line, sizeof line, f)) {
		int begins = starts;

		number++;
		starts = strchr(line, '\n') != NULL;
		/* what is none of ours, heal said to people */
		if (begins && !strncmp(line, "sigpact-undo", 12))
			e = add(j, line, number);
	}
	if (!e && ferror(f))
		e = errno ? -errno : -EIO;
	if (!e && !j->count)
		e = -ENODATA;
	if (!e && !starts) {
		j->bad_line = number;
		e = -EINVAL;
	}
	return e;
}
