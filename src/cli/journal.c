/* The journal of `sigpact heal`: a line for each change, which undo reads.

	sigpact-undo PID START action SIG FROM TO
	sigpact-undo PID START altstack TID BASE SIZE FLAGS OURS
	sigpact-undo PID START exclude TID BEFORE AFTER

   FROM and TO are handler,flags,restorer,mask; START, the process's start time
   in ticks, tells it from one that was given its number later.  Normal
   context. */
#include "heal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void begin(FILE *f, const struct sigpact__record *r)
{
	fprintf(f, "sigpact-undo %d %" PRIu64 " ", r->pid, r->start_time);
}

static void put_act(FILE *f, const struct sigpact__act *a)
{
	fprintf(f, " %" PRIx64 ",%" PRIx64 ",%" PRIx64 ",%" PRIx64, a->handler,
		a->flags, a->restorer, a->mask);
}

void sigpact__journal_act(FILE *f, const struct sigpact__record *r,
			  const struct sigpact__step *s)
{
	begin(f, r);
	if (s->kind == STEP_ACTION) {
		fprintf(f, "action %d", s->sig);
		put_act(f, &s->from);
		put_act(f, &s->to);
	} else {
		fprintf(f, "altstack %d %" PRIx64 " %" PRIx64 " %x %" PRIx64,
			s->tid, s->base, s->size, s->flags, s->ours);
	}
	fputc('\n', f);
	fflush(f);
}

void sigpact__journal_exclude(FILE *f, const struct sigpact__record *r,
			      const struct sigpact__task *t, uint64_t before,
			      uint64_t after)
{
	begin(f, r);
	fprintf(f, "exclude %d %" PRIx64 " %" PRIx64 "\n", t->tid, before,
		after);
	fflush(f);
}

static int get_act(const char *word, struct sigpact__act *a)
{
	return sscanf(word,
		      "%" SCNx64 ",%" SCNx64 ",%" SCNx64 ",%" SCNx64,
		      &a->handler, &a->flags, &a->restorer, &a->mask) == 4;
}

static int undo_action(const struct sigpact__record *r, const char *line)
{
	struct sigpact__act from, to;
	char one[128], two[128];
	int sig;

	if (sscanf(line, "%d %127s %127s", &sig, one, two) != 3 ||
	    !get_act(one, &from) || !get_act(two, &to))
		return -EINVAL;
	return sigpact__mend_action(r, sig, &to, &from);
}

static int undo_altstack(const struct sigpact__record *r, const char *line)
{
	uint64_t base, size, ours;
	unsigned flags;
	int tid;

	if (sscanf(line, "%d %" SCNx64 " %" SCNx64 " %x %" SCNx64, &tid, &base,
		   &size, &flags, &ours) != 5)
		return -EINVAL;
	return sigpact__unmend_altstack(r, tid, ours, base, size, flags);
}

static int undo_exclude(const struct sigpact__record *r, const char *line)
{
	uint64_t before, after;
	size_t i;
	int tid;

	if (sscanf(line, "%d %" SCNx64 " %" SCNx64, &tid, &before, &after) != 3)
		return -EINVAL;
	for (i = 0; i < r->task_count; i++)
		if (r->task[i].tid == tid)
			return r->task[i].seen & SEEN_THREAD &&
				       r->task[i].excluded != after
				   ? -ESTALE
				   : sigpact__mend_exclude(r, &r->task[i],
							   before);
	return 0; /* the thread is gone, and its exclusions with it */
}

/* 0, 1: not of this process, or -errno. */
static int undo(const struct sigpact__record *r, const char *line)
{
	uint64_t start;
	int pid, at = 0;

	if (sscanf(line, "sigpact-undo %d %" SCNu64 " %n", &pid, &start,
		   &at) != 2 || !at)
		return -EINVAL;
	if (pid != r->pid || start != r->start_time)
		return 1;
	line += at;
	if (!strncmp(line, "action ", 7))
		return undo_action(r, line + 7);
	if (!strncmp(line, "altstack ", 9))
		return undo_altstack(r, line + 9);
	if (!strncmp(line, "exclude ", 8))
		return undo_exclude(r, line + 8);
	return -EINVAL;
}

int sigpact__journal_undo(FILE *f, const struct sigpact__record *r)
{
	char line[512], **lines = NULL, **more;
	size_t count = 0;
	int failed = 0, mine = 0, bad = 0, e;

	while (fgets(line, sizeof line, f)) {
		if (strncmp(line, "sigpact-undo ", 13))
			continue; /* what heal said to people */
		more = realloc(lines, (count + 1) * sizeof *lines);
		if (more)
			lines = more;
		if (!more || !(lines[count] = strdup(line)))
			break;
		count++;
	}
	while (count--) {
		e = undo(r, lines[count]);
		mine += e != 1;
		bad |= e == -EINVAL;
		if (e < 0) {
			failed++;
			fprintf(stderr, "sigpact heal: not undone (%s): %s",
				e == -ESTALE ? "it was changed since"
					     : strerror(-e),
				lines[count]);
		}
		free(lines[count]);
	}
	free(lines);
	return bad ? -EINVAL : !mine ? -ESRCH : failed;
}
