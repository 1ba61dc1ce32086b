/* Figures of a whole trace: for each signal, and for each pair of threads, how
   many and how long, with percentiles to about 6 %.  Tracer's context. */
#include "print.h"
#include "spell.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Sixteen steps to each power of two. */
enum { STEPS = 16, BUCKETS = 61 * STEPS, MOST_PAIRS = 20 };
struct times {
	uint64_t count, most;
	uint32_t bucket[BUCKETS];
};

struct signal {
	uint64_t sent, delivered, alternate, relocated;
	struct times latency, handler;
};

struct pair {
	int sig;
	struct sigpact__sender from;
	pid_t pid, tid;
	char from_name[16], name[16];
	uint64_t count;
	struct times latency;
};

struct summary {
	FILE *file;
	struct signal *signal[RECORD_SIGNALS];
	void *pairs;		/* a tree */
	uint64_t first_ns, last_ns, lost, calls, failed;
	int no_memory;
};

static unsigned bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < STEPS)
		return (unsigned)ns;
	power = 63 - (unsigned)__builtin_clzll(ns);
	return (power - 3) * STEPS + (unsigned)(ns >> (power - 4) & 15);
}

static uint64_t bucket_ns(unsigned bucket)
{
	return bucket < STEPS ? bucket :
		(uint64_t)(STEPS + bucket % STEPS) << (bucket / STEPS - 1);
}

static void add_time(struct times *t, uint64_t ns)
{
	t->count++;
	t->most = ns > t->most ? ns : t->most;
	t->bucket[bucket_of(ns)]++;
}

static uint64_t percentile(const struct times *t, unsigned percent)
{
	uint64_t rest = (t->count * percent + 99) / 100;
	unsigned i;

	for (i = 0; i < BUCKETS; i++) {
		if (rest <= t->bucket[i])
			break;
		rest -= t->bucket[i];
	}
	return i < BUCKETS && bucket_ns(i) < t->most ? bucket_ns(i) : t->most;
}

static struct signal *signal_of(struct summary *s, int sig)
{
	if (!s->signal[sig])
		s->signal[sig] = calloc(1, sizeof *s->signal[sig]);
	if (!s->signal[sig])
		s->no_memory = 1;
	return s->signal[sig];
}

static int order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->sig != y->sig)
		return x->sig < y->sig ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->from.tid != y->from.tid)
		return x->from.tid < y->from.tid ? -1 : 1;
	return (x->from.pid > y->from.pid) - (x->from.pid < y->from.pid);
}

static struct pair *pair_of(struct summary *s, const struct sigpact__telling *t)
{
	struct pair key = { .sig = t->sig, .from = t->peer, .tid = t->tid }, *p;
	void **at = tfind(&key, &s->pairs, order);

	if (at)
		return *at;
	p = calloc(1, sizeof *p);
	if (p) {
		p->sig = t->sig;
		p->from = t->peer;
		p->pid = t->pid;
		p->tid = t->tid;
	}
	if (p && tsearch(p, &s->pairs, order))
		return p;
	free(p);
	s->no_memory = 1;
	return NULL;
}

static void count_delivery(struct summary *s, struct signal *signal,
			   const struct sigpact__telling *t)
{
	/* SIGKILL ends each thread of a process, sent by none */
	struct pair *p = t->sig == SIGKILL ? NULL : pair_of(s, t);

	signal->delivered++;
	signal->alternate += t->stack == STACK_ALTERNATE;
	if (t->peer.time_ns)
		add_time(&signal->latency, t->time_ns - t->peer.time_ns);
	if (!p)
		return;
	p->count++;
	if (t->peer.time_ns)
		add_time(&p->latency, t->time_ns - t->peer.time_ns);
	if (t->thread)
		memcpy(p->name, t->thread->task.name, sizeof p->name);
	if (t->peer_thread)
		memcpy(p->from_name, t->peer_thread->task.name,
		       sizeof p->from_name);
}

static void tell(void *state, const struct sigpact__telling *t)
{
	struct summary *s = state;
	struct signal *signal = t->sig ? signal_of(s, t->sig) : NULL;

	s->first_ns = s->first_ns ? s->first_ns : t->time_ns;
	s->last_ns = t->time_ns > s->last_ns ? t->time_ns : s->last_ns;
	s->calls += t->kind == TELL_CALL;
	s->failed += t->kind == TELL_CALL && t->failed;
	if (t->kind == TELL_LOST)
		s->lost += t->event->lost.count;
	if (!signal)
		return;
	signal->sent += t->kind == TELL_SENT;
	signal->relocated += t->kind == TELL_RELOCATED;
	if (t->kind == TELL_DELIVERED)
		count_delivery(s, signal, t);
	if (t->kind == TELL_RETURNED)
		add_time(&signal->handler, t->time_ns - t->began_ns);
}

static void put_times(FILE *f, const struct times *t, int most)
{
	static const unsigned percents[] = { 50, 99 };
	struct sigpact__line line;
	size_t i;

	for (i = 0; i < 2 + (size_t)most; i++) {
		line.size = 0;
		if (t->count)
			sigpact__line_add_ns(&line, i < 2 ?
				percentile(t, percents[i]) : t->most);
		else
			sigpact__line_add(&line, "-");
		fprintf(f, " %9s", line.text);
	}
}

static void put_signals(const struct summary *s)
{
	char name[24];
	int sig, any = 0;

	for (sig = 1; sig < RECORD_SIGNALS; sig++) {
		const struct signal *g = s->signal[sig];

		if (!g || !(g->sent || g->delivered || g->handler.count))
			continue;
		if (!any++)
			fprintf(s->file, "\n%-12s %9s %9s %9s %9s %9s %9s %9s "
				"%9s %9s\n", "SIGNAL", "SENT", "DELIVERED",
				"ALTSTACK", "RELOCATED", "WAIT 50%", "99%",
				"MOST", "RUN 50%", "99%");
		fprintf(s->file, "%-12s %9ju %9ju %9ju %9ju",
			sigpact__spell_signal(name, sig), (uintmax_t)g->sent,
			(uintmax_t)g->delivered, (uintmax_t)g->alternate,
			(uintmax_t)g->relocated);
		put_times(s->file, &g->latency, 1);
		put_times(s->file, &g->handler, 0);
		fputc('\n', s->file);
	}
}

struct pairs {
	const struct pair *at[MOST_PAIRS];
	size_t count, all;
};

/* Those with the most deliveries, the first of all. */
static void collect(const void *node, VISIT when, void *closure)
{
	const struct pair *p = *(const struct pair *const *)node;
	struct pairs *pairs = closure;
	size_t i;

	if (when != postorder && when != leaf)
		return;
	pairs->all++;
	if (pairs->count < MOST_PAIRS)
		i = pairs->count++;
	else if (pairs->at[MOST_PAIRS - 1]->count < p->count)
		i = MOST_PAIRS - 1;
	else
		return;
	for (; i && pairs->at[i - 1]->count < p->count; i--)
		pairs->at[i] = pairs->at[i - 1];
	pairs->at[i] = p;
}

static void put_who(FILE *f, pid_t pid, pid_t tid, const char *name)
{
	char *clean = sigpact__spell_text(name);
	char who[96] = "kernel";

	if (tid)
		snprintf(who, sizeof who, "%d %.48s", tid, clean ? clean : "");
	else if (pid)
		snprintf(who, sizeof who, "process %d", pid);
	fprintf(f, "%-24s ", who);
	free(clean);
}

static void put_pairs(const struct summary *s)
{
	struct pairs pairs = { .count = 0 };
	char name[24];
	size_t i;

	twalk_r(s->pairs, collect, &pairs);
	if (pairs.count)
		fprintf(s->file, "\n%-24s %-24s %-12s %9s %9s %9s %9s\n",
			"FROM", "TO", "SIGNAL", "DELIVERED", "WAIT 50%", "99%",
			"MOST");
	for (i = 0; i < pairs.count; i++) {
		const struct pair *p = pairs.at[i];

		put_who(s->file, p->from.pid, p->from.tid, p->from_name);
		put_who(s->file, p->pid, p->tid, p->name);
		fprintf(s->file, "%-12s %9ju",
			sigpact__spell_signal(name, p->sig),
			(uintmax_t)p->count);
		put_times(s->file, &p->latency, 1);
		fputc('\n', s->file);
	}
	if (pairs.all > pairs.count)
		fprintf(s->file, "and %zu pairs with fewer\n",
			pairs.all - pairs.count);
}

static int close_summary(void *state)
{
	struct summary *s = state;
	int sig, e;

	fprintf(s->file, "\n%.3f s, %ju calls, %ju failed, %ju events lost\n",
		(double)(s->last_ns - s->first_ns) / 1e9, (uintmax_t)s->calls,
		(uintmax_t)s->failed, (uintmax_t)s->lost);
	put_signals(s);
	put_pairs(s);
	e = s->no_memory ? -ENOMEM : sigpact__print_flush(s->file);
	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		free(s->signal[sig]);
	tdestroy(s->pairs, free);
	free(s);
	return e;
}

int sigpact__print_summary(const struct sigpact__print *p,
			   struct sigpact__printer *out)
{
	struct summary *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	s->file = p->file;
	*out = (struct sigpact__printer){ .tell = tell, .close = close_summary,
					  .state = s };
	return 0;
}
