/* The same command under both sources, where nothing is laid out at random: of
   each thread the same events, with the same numbers and bytes, but for the
   numbers of processes, and what only one of the sources can see.
	same COMMAND [ARGUMENT]... */
#include "tap.h"
#include "calls.h"
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#define NAME(name, ...) #name,
static const char *const names[] = { SIGPACT_CALLS(NAME) };

enum { THREADS = 64, EVENTS = 1 << 16, COMPARED = 1 << EVENT_ENTRY |
       1 << EVENT_EXIT | 1 << EVENT_DELIVERED | 1 << EVENT_START |
       1 << EVENT_EXEC | 1 << EVENT_END };

struct seen {
	struct sigpact__event *event[EVENTS];
	size_t count;
	pid_t thread[THREADS];	/* in the order of their first events */
	int threads;
};
static struct seen seen[2];

static void keep(void *to, const struct sigpact__event *e)
{
	struct seen *s = to;
	int i;

	if (!(COMPARED >> e->kind & 1))
		return;
	if (s->count == EVENTS || s->threads == THREADS)
		bail("more than was expected");
	for (i = 0; i < s->threads && s->thread[i] != e->tid; i++)
		;
	if (i == s->threads)
		s->thread[s->threads++] = e->tid;
	s->event[s->count] = malloc(e->size);
	memcpy(s->event[s->count++], e, e->size);
}

/* 0; -EPERM and -ENOSYS: not to be had. */
static int run(const struct sigpact__source_kind *by, char **command,
	       struct seen *to)
{
	struct sigpact__traced traced = { .command = command };
	struct sigpact__source *s;
	char why[256] = "";
	int out = dup(1), e;

	fflush(stdout);
	dup2(2, 1); /* its own words are no test's */
	e = by->open(&traced, &s, why);
	dup2(out, 1);
	close(out);
	if (e) {
		printf("# %s: %s\n", by->name, why);
		return e;
	}
	do
		e = by->next(s, 1000, keep, to);
	while (e >= 0);
	if (e != -ECHILD || by->lost(s) || traced.command_status)
		bail("it was not traced to its end");
	by->close(s, NULL, NULL);
	return 0;
}

/* Equal, or the same thread. */
static int same(uint64_t a, uint64_t b)
{
	int i;

	for (i = 0; a != b && i < seen[0].threads; i++)
		if (a == (uint64_t)seen[0].thread[i] &&
		    b == (uint64_t)seen[1].thread[i])
			return 1;
	return a == b;
}

static int same_words(const void *a, const void *b, size_t size)
{
	const uint32_t *x = a, *y = b;

	for (; size >= 4; size -= 4, x++, y++)
		if (!same(*x, *y) && !same(-*x, -*y))
			return 0;
	return 1;
}

/* Bytes of the first fetch, in which no time that is left is told. */
#define SIZES(name, n, from0, size0, from1, size1, from, size, marks) \
	{ size0, size },
#define SIZES_(...) SIZES(__VA_ARGS__)
static const unsigned sizes[][2] = { SIGPACT_CALLS(SIZES_) };

static int tells_time(unsigned row)
{
	return row == CALLS_setitimer || row == CALLS_timer_settime;
}

/* A call that only asks: one may leave out the stack. */
static int same_seen(const struct sigpact__event *a,
		     const struct sigpact__event *b)
{
	const struct sigpact__entry *x = &a->entry, *y = &b->entry;
	int asks = (x->row == CALLS_rt_sigaction && !x->arg[1]) ||
		   (x->row == CALLS_sigaltstack && !x->arg[0]);

	return asks ? !((a->seen ^ b->seen) & ~SAW_CALLER)
		    : a->seen == b->seen && x->stack == y->stack;
}

static int same_entry(const struct sigpact__event *a,
		      const struct sigpact__event *b)
{
	const struct sigpact__entry *x = &a->entry, *y = &b->entry;
	int i, good = x->row == y->row && x->nr == y->nr && x->pc == y->pc &&
		      x->sp == y->sp && same(x->fp, y->fp) &&
		      same_seen(a, b);

	for (i = 0; i < 6; i++)
		good &= same(x->arg[i], y->arg[i]) ||
			same(-x->arg[i], -y->arg[i]);
	if (good && a->seen & SAW_FETCH_0 && x->row != CALLS_rt_sigreturn)
		good = same_words((const char *)a + EVENT_HEAD(entry),
				  (const char *)b + EVENT_HEAD(entry),
				  sizes[x->row][0]);
	return good;
}

static int same_exit(const struct sigpact__event *a,
		     const struct sigpact__event *b)
{
	const struct sigpact__exit *x = &a->exit, *y = &b->exit;
	int good = x->row == y->row && x->nr == y->nr &&
		   (x->result == y->result || x->row == CALLS_alarm);

	if (good && a->seen & SAW_FETCH_0 && !tells_time(x->row))
		good = same_words((const char *)a + EVENT_HEAD(exit),
				  (const char *)b + EVENT_HEAD(exit),
				  sizes[x->row][1]);
	return good;
}

static int same_delivery(const struct sigpact__event *a,
			 const struct sigpact__event *b)
{
	const struct sigpact__delivered *x = &a->delivered, *y = &b->delivered;
	unsigned both = a->seen & b->seen;

	return x->sig == y->sig && x->code == y->code &&
	       same_words(x->info, y->info, sizeof x->info) &&
	       (!(both & SAW_REGISTERS) || (x->pc == y->pc &&
					    x->sp == y->sp)) &&
	       (!(both & SAW_ACTION) || x->handler == y->handler) &&
	       (!(both & SAW_MASK) || x->mask == y->mask) &&
	       (!(both & SAW_ALTSTACK) || (x->alt_base == y->alt_base &&
					   x->alt_size == y->alt_size));
}

static int same_event(const struct sigpact__event *a,
		      const struct sigpact__event *b)
{
	if (a->kind != b->kind || !same((uint64_t)a->pid, (uint64_t)b->pid))
		return 0;
	switch (a->kind) {
	case EVENT_ENTRY:
		return same_entry(a, b);
	case EVENT_EXIT:
		return a->seen == b->seen && same_exit(a, b);
	case EVENT_DELIVERED:
		return same_delivery(a, b);
	case EVENT_START:
		return a->start.same_memory == b->start.same_memory;
	case EVENT_EXEC:
		return !strcmp(a->exec.name, b->exec.name);
	}
	return a->end.last == b->end.last && a->end.status == b->end.status;
}

static void tell(const char *by, const struct sigpact__event *e)
{
	if (!e) {
		printf("# %s: nothing\n", by);
		return;
	}
	printf("# %s: %d/%d kind %d seen %#x", by, e->pid, e->tid, e->kind,
	       e->seen);
	if (e->kind == EVENT_ENTRY || e->kind == EVENT_EXIT)
		printf(" %s %lld", names[e->entry.row],
		       (long long)e->exit.result);
	if (e->kind == EVENT_START)
		printf(" by %d/%d memory %u", e->start.by_pid, e->start.by_tid,
		       e->start.same_memory);
	putchar('\n');
}

static const struct sigpact__event *following(const struct seen *s, int thread,
					      size_t *at)
{
	while (*at < s->count)
		if (s->event[(*at)++]->tid == s->thread[thread])
			return s->event[*at - 1];
	return NULL;
}

static int same_thread(int thread)
{
	const struct sigpact__event *a, *b;
	size_t at_a = 0, at_b = 0;

	for (;;) {
		a = following(&seen[0], thread, &at_a);
		b = following(&seen[1], thread, &at_b);
		if (!a && !b)
			return 1;
		if (a && b && same_event(a, b))
			continue;
		tell("bpf", a);
		tell("ptrace", b);
		return 0;
	}
}

int main(int argc, char **argv)
{
	int i, good = 1;

	if (argc < 2)
		bail("usage: same COMMAND [ARGUMENT]...");
	personality(ADDR_NO_RANDOMIZE);
	if (run(&sigpact__source_bpf, argv + 1, &seen[0]) ||
	    run(&sigpact__source_ptrace, argv + 1, &seen[1])) {
		skip("both sources tell the same", "one of them cannot be had");
		return done();
	}
	ok(seen[0].threads == seen[1].threads, "as many threads: %d",
	   seen[0].threads);
	for (i = 0; i < seen[0].threads && i < seen[1].threads; i++)
		good &= same_thread(i);
	ok(good, "both sources tell the same: %zu events", seen[0].count);
	return done();
}
