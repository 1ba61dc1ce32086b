/* Processes that start faster than a person reads: of those beyond the first
   few of a second nothing is said but what is wrong.  Tracer's context. */
#include "print.h"

#include <search.h>
#include <stdlib.h>

#define SECOND_NS 1000000000ull
enum { FEW = 8 };

struct quiet {
	pid_t pid;
};

static int order(const void *a, const void *b)
{
	const struct quiet *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void add(struct sigpact__crowd *c, pid_t pid)
{
	struct quiet *quiet = calloc(1, sizeof *quiet), **at;

	if (!quiet)
		return;
	quiet->pid = pid;
	at = tsearch(quiet, &c->quiet, order);
	if (!at || *at != quiet)
		free(quiet);
}

static void start(struct sigpact__crowd *c, const struct sigpact__telling *t)
{
	if (t->time_ns >= c->since_ns + SECOND_NS) {
		c->since_ns = t->time_ns;
		c->started = 0;
	}
	if (c->started++ < FEW)
		return;
	add(c, t->pid);
	c->left++;
}

int sigpact__crowd_hides(struct sigpact__crowd *c,
			 const struct sigpact__telling *t)
{
	struct quiet key = { t->pid }, *quiet, **at;
	unsigned kind = t->kind == TELL_PROCESS ? t->event->kind : 0;

	if (kind == EVENT_START)
		start(c, t);
	at = tfind(&key, &c->quiet, order);
	if (!at)
		return 0;
	quiet = *at;
	if (kind == EVENT_END) {
		tdelete(&key, &c->quiet, order);
		free(quiet);
	}
	return 1;
}

void sigpact__crowd_free(struct sigpact__crowd *c)
{
	tdestroy(c->quiet, free);
	c->quiet = NULL;
}
