/* The table of traced threads, by number.  Tracer's context, in the keeper. */
#include "ptrace.h"

#include <stdlib.h>

struct tracee *sigpact__tracee_find(struct keeper *k, pid_t tid)
{
	struct tracee *t = k->bucket[tid % TRACEE_BUCKETS];

	while (t && t->tid != tid)
		t = t->next;
	return t;
}

static void link_in(struct keeper *k, struct tracee *t)
{
	t->next = k->bucket[t->tid % TRACEE_BUCKETS];
	k->bucket[t->tid % TRACEE_BUCKETS] = t;
}

static void take_out(struct keeper *k, struct tracee *t)
{
	struct tracee **at = &k->bucket[t->tid % TRACEE_BUCKETS];

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

/* One that belongs to no process yet; NULL: no memory. */
struct tracee *sigpact__tracee_add(struct keeper *k, pid_t tid)
{
	struct tracee *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->tid = tid;
	t->row = -1;
	k->count++;
	link_in(k, t);
	return t;
}

void sigpact__tracee_rename(struct keeper *k, struct tracee *t, pid_t tid)
{
	take_out(k, t);
	t->tid = tid;
	link_in(k, t);
}

/* To this process, or, when it is NULL, to a new one of this number. */
struct process *sigpact__tracee_join(struct tracee *t, struct process *p,
				     pid_t pid)
{
	if (!p) {
		p = calloc(1, sizeof *p);
		if (!p)
			return NULL;
		p->pid = pid;
	}
	p->threads++;
	t->of = p;
	return p;
}

void sigpact__tracee_drop(struct keeper *k, struct tracee *t)
{
	take_out(k, t);
	k->count--;
	k->awaited -= t->awaited;
	k->held -= !t->of;
	if (t->of && !--t->of->threads)
		free(t->of);
	free(t);
}

/* The function may drop the one that it is given. */
void sigpact__tracee_each(struct keeper *k, void (*does)(struct keeper *,
							 struct tracee *,
							 void *),
			  void *argument)
{
	struct tracee *t, *next;
	unsigned i;

	for (i = 0; i < TRACEE_BUCKETS; i++)
		for (t = k->bucket[i]; t; t = next) {
			next = t->next;
			does(k, t, argument);
		}
}
