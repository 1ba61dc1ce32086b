/* Findings about signals that do not arrive as they should: dispositions that a
   runtime counts on, what stays pending, what comes too often.  Normal
   context. */
#include "checks.h"
#include "runtimes.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOCLDWAIT 2ull
#define LONG_NS 1000000000ull	/* pending for long: in two looks, so far apart */
#define SAMPLE_NS 100000000ull
enum { STORM_RATE = 1000 };	/* deliveries a second */

static uint64_t bit(int sig)
{
	return 1ull << (sig - 1);
}

static int ignored(const struct sigpact__record *r, int sig)
{
	return r->have_actions ? r->action[sig].handler == 1
			       : (r->ignored & bit(sig)) != 0;
}

/* Caught by a module that adds handlers wherever it is loaded, or back to the
   default; any other handler is the program's own choice. */
static void pipe_lost(struct sigpact__checking *c)
{
	const struct sigpact__record *r = c->record;
	const struct sigpact__runtime *by, *of =
		sigpact__runtime_with(r, TRAIT_IGNORES_PIPE, NULL);
	uint64_t handler = r->action[SIGPIPE].handler;
	const char *owner;
	char spelled[PLACE];
	size_t i;

	if (!of || ignored(r, SIGPIPE))
		return;
	if (!sigpact__has_handler(r, SIGPIPE)) {
		sigpact__check_add(c, SIGPIPE_LOST, SIGPIPE, 0, 0,
			"%s ignores SIGPIPE when it starts; it is at its "
			"default, which ends the process", of->name);
		return;
	}
	owner = r->have_actions ? sigpact__owner(r, handler) : NULL;
	for (i = 0; owner && i < r->runtime_count; i++) {
		by = &r->runtime[i];
		if (strcmp(by->module, owner) || !strcmp(of->module, owner) ||
		    !(sigpact__runtime_traits(by) & TRAIT_ADDS_ONSTACK))
			continue;
		sigpact__check_add(c, SIGPIPE_LOST, SIGPIPE, 0, handler,
			"%s ignores SIGPIPE when it starts; %s catches it at "
			"%s", of->name, by->name,
			sigpact__spell_address(r, handler, spelled));
		return;
	}
}

static void child_lost(struct sigpact__checking *c)
{
	const struct sigpact__record *r = c->record;
	const struct sigpact__runtime *of =
		sigpact__runtime_with(r, TRAIT_REAPS, NULL);
	int no_wait = r->have_actions && r->action[SIGCHLD].flags & NOCLDWAIT;

	if (of && (ignored(r, SIGCHLD) || no_wait))
		sigpact__check_add(c, SIGCHLD_LOST, SIGCHLD, 0, 0,
			"%s waits for its children; SIGCHLD %s, perhaps since "
			"before it was started", of->name,
			no_wait ? "has SA_NOCLDWAIT" : "is ignored");
}

static uint64_t stuck(const struct sigpact__task *t)
{
	return t->seen & SEEN_MASKS ? t->pending & t->blocked : 0;
}

/* Pending for the process, and no thread can take it. */
static uint64_t stuck_all(const struct sigpact__record *r)
{
	uint64_t blocked = r->task_count && !r->tasks_missed ? ~0ull : 0;
	size_t i;

	for (i = 0; i < r->task_count; i++)
		blocked &= r->task[i].seen & SEEN_MASKS ? r->task[i].blocked
							: 0;
	return r->pending & blocked;
}

static int by_tid(const void *a, const void *b)
{
	const struct sigpact__task *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static const struct sigpact__task *was(const struct sigpact__record *r,
				       const struct sigpact__task *t)
{
	size_t i;

	for (i = 0; i < r->task_count; i++)
		if (!by_tid(&r->task[i], t))
			return &r->task[i];
	return NULL;
}

static void add_stuck(struct sigpact__checking *c, uint64_t set,
		      const struct sigpact__task *t)
{
	uint64_t ms = (c->record->at_ns - c->before->at_ns) / 1000000;
	char task[PLACE];
	int sig;

	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		if (set & bit(sig))
			sigpact__check_add(c, PENDING_BLOCKED, sig,
				t ? t->tid : 0, 0,
				"pending and blocked in two looks %ju ms "
				"apart: %s", (uintmax_t)ms,
				t ? sigpact__spell_task(t, task)
				  : "for the process, in all its threads");
}

static void pending(struct sigpact__checking *c)
{
	const struct sigpact__record *r = c->record, *b = c->before;
	size_t i;

	if (!b || r->at_ns < b->at_ns + LONG_NS)
		return;
	add_stuck(c, stuck_all(r) & stuck_all(b), NULL);
	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *t = &r->task[i], *before;

		before = stuck(t) ? was(b, t) : NULL;
		if (before)
			add_stuck(c, stuck(t) & stuck(before), t);
	}
}

static uint64_t more(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* The shard that most of them were added to, if it has half of all. */
static int busiest(const struct sigpact__checking *c, int sig, uint64_t all)
{
	uint64_t n;
	int i;

	for (i = 0; i < RECORD_SHARDS; i++) {
		n = more(c->record->delivered_by[i][sig],
			 c->before->delivered_by[i][sig]);
		if (n && n >= all - n)
			return i;
	}
	return -1;
}

/* The one thread that counts there, or NULL; *count of them. */
static const struct sigpact__task *counting(const struct sigpact__record *r,
					    int shard, int *count)
{
	const struct sigpact__task *found = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < r->task_count; i++)
		if (r->task[i].seen & SEEN_THREAD && r->task[i].shard == shard) {
			found = &r->task[i];
			++*count;
		}
	return *count == 1 ? found : NULL;
}

static void add_storm(struct sigpact__checking *c, int sig, uint64_t n,
		      uint64_t ns)
{
	const struct sigpact__record *r = c->record;
	int shard = busiest(c, sig, n), count = 0;
	const struct sigpact__task *to =
		r->counts_shared ? NULL : counting(r, shard, &count);
	char who[PLACE + 32] = "several threads";

	if (to)
		sigpact__spell_task(to, who);
	else if (r->counts_shared)
		strcpy(who, "some process of its run");
	else if (shard >= 0 && count)
		snprintf(who, sizeof who, "one of %d threads", count);
	sigpact__check_add(c, STORM, sig, to ? to->tid : 0,
		r->action[sig].handler,
		"%ju deliveries in %ju ms, to %s; who sends them is not to be "
		"seen without tracing", (uintmax_t)n,
		(uintmax_t)(ns / 1000000), who);
}

/* Only libsigpact counts deliveries; the kernel does not. */
static void storm(struct sigpact__checking *c)
{
	const struct sigpact__record *r = c->record, *b = c->before;
	uint64_t ns, n;
	int sig;

	if (!b || !r->have_counts || !b->have_counts ||
	    r->at_ns < b->at_ns + SAMPLE_NS)
		return;
	ns = r->at_ns - b->at_ns;
	for (sig = 1; sig < RECORD_SIGNALS; sig++) {
		n = more(r->counts[sig].delivered, b->counts[sig].delivered);
		if (n && (double)n * 1e9 >= (double)ns * STORM_RATE)
			add_storm(c, sig, n, ns);
	}
}

uint64_t sigpact__findings_wait(const struct sigpact__record *r)
{
	uint64_t any = stuck_all(r);
	size_t i;

	for (i = 0; i < r->task_count; i++)
		any |= stuck(&r->task[i]);
	if (any)
		return LONG_NS;
	return r->have_counts ? SAMPLE_NS : 0;
}

void sigpact__check_lost(struct sigpact__checking *c)
{
	pipe_lost(c);
	child_lost(c);
	pending(c);
	storm(c);
}
