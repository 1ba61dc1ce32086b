/* Metrics, as OpenMetrics 1.0 has it.  I/O thread; counts are read while workers
   write them. */
#include "server.h"

#include <inttypes.h>
#include <stdlib.h>

struct metrics {
	FILE *to;
	struct server *server;
	unsigned workers;
};

/* A value of a label: quoted, with the three escapes that there are. */
static void put_value(FILE *to, const char *s)
{
	fputc('"', to);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", to);
		else
			fputc(*s, to);
	fputc('"', to);
}

static void head(struct metrics *m, const char *name, const char *type,
		 const char *help)
{
	fprintf(m->to, "# TYPE sigpact_serve_%s %s\n"
		       "# HELP sigpact_serve_%s %s\n", name, type, name, help);
}

/* sigpact_serve_NAME{tenant="…",route="…" */
static void begin(struct metrics *m, const char *name, const struct route *r)
{
	fprintf(m->to, "sigpact_serve_%s{tenant=", name);
	put_value(m->to, r->tenant->config->name);
	fputs(",route=", m->to);
	put_value(m->to, r->config->path);
}

static void each_route(struct metrics *m,
		       void (*put)(struct metrics *, const struct route *))
{
	const struct service *s = m->server->service;
	size_t i, j;

	for (i = 0; i < s->config->tenant_count; i++)
		for (j = 0; j < s->site[i].route_count; j++)
			put(m, &s->site[i].route[j]);
}

static unsigned long sum(const struct metrics *m, const struct route *r,
			 size_t offset)
{
	return sigpact__counts_sum(r, m->workers, offset);
}

static void put_requests(struct metrics *m, const struct route *r)
{
	static const char *const names[] = { "ok",      "exit",    "trap",
					     "stopped", "memory", "dropped" };
	unsigned i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		begin(m, "requests_total", r);
		fprintf(m->to, ",outcome=\"%s\"} %lu\n", names[i],
			sum(m, r, offsetof(struct route_counts, ended) +
				      i * sizeof(atomic_ulong)));
	}
}

static void put_traps(struct metrics *m, const struct route *r)
{
	unsigned i;

	for (i = TRAP_NONE + 1; i < TRAPS; i++) {
		begin(m, "traps_total", r);
		fprintf(m->to, ",trap=\"%s\"} %lu\n", sigpact__trap_name(i),
			sum(m, r,
			    offsetof(struct route_counts, traps) +
				i * sizeof(atomic_ulong)));
	}
}

static void put_refused(struct metrics *m, const struct route *r)
{
	static const char *const names[] = { "queue", "admission" };
	unsigned i;

	for (i = 0; i < 2; i++) {
		begin(m, "refused_total", r);
		fprintf(m->to, ",reason=\"%s\"} %lu\n", names[i],
			(unsigned long)r->refused[i]);
	}
}

static void put_preemptions(struct metrics *m, const struct route *r)
{
	begin(m, "preemptions_total", r);
	fprintf(m->to, "} %lu\n",
		sum(m, r, offsetof(struct route_counts, preemptions)));
}

static void put_misses(struct metrics *m, const struct route *r)
{
	begin(m, "deadline_misses_total", r);
	fprintf(m->to, "} %lu\n",
		sum(m, r, offsetof(struct route_counts, misses)));
}

/* Buckets of 1, 2.5 and 5 for each power of ten of a microsecond, to 10 s. */
static void put_histogram(struct metrics *m, const struct route *r,
			  const char *name, size_t offset)
{
	static const uint64_t steps[] = { 1000, 2500, 5000 };
	uint64_t count[HISTOGRAM_BUCKETS] = { 0 }, nanoseconds, seen = 0, le;
	unsigned b = 0, step;
	char series[64];

	nanoseconds = sigpact__counts_times(r, m->workers, offset, count);
	snprintf(series, sizeof series, "%s_bucket", name);
	for (step = 0, le = steps[0]; le <= 10000000000u; step++) {
		for (; b < HISTOGRAM_BUCKETS && sigpact__histogram_end(b) <= le;
		     b++)
			seen += count[b];
		begin(m, series, r);
		fprintf(m->to, ",le=\"%g\"} %" PRIu64 "\n", (double)le / 1e9,
			seen);
		le = step % 3 == 2 ? le * 2 : step % 3 ? le * 2 : le / 2 * 5;
	}
	for (; b < HISTOGRAM_BUCKETS; b++)
		seen += count[b];
	begin(m, series, r);
	fprintf(m->to, ",le=\"+Inf\"} %" PRIu64 "\n", seen);
	snprintf(series, sizeof series, "%s_count", name);
	begin(m, series, r);
	fprintf(m->to, "} %" PRIu64 "\n", seen);
	snprintf(series, sizeof series, "%s_sum", name);
	begin(m, series, r);
	fprintf(m->to, "} %.9f\n", (double)nanoseconds / 1e9);
}

static void put_runs(struct metrics *m, const struct route *r)
{
	put_histogram(m, r, "run_seconds", offsetof(struct route_counts, runs));
}

static void put_latencies(struct metrics *m, const struct route *r)
{
	put_histogram(m, r, "latency_seconds",
		      offsetof(struct route_counts, latencies));
}

static void put_pools(struct metrics *m, const struct route *r)
{
	struct sandbox_counts all = { 0, 0 }, one;
	struct sandbox_pool *pool;
	unsigned i;

	for (i = 0; i < m->workers; i++) {
		pool = r->pools[i];
		if (!pool)
			continue;
		one = sigpact__sandbox_pool_counts(pool);
		all.idle += one.idle;
		all.taken += one.taken;
	}
	begin(m, "sandboxes", r);
	fprintf(m->to, ",state=\"idle\"} %u\n", all.idle);
	begin(m, "sandboxes", r);
	fprintf(m->to, ",state=\"taken\"} %u\n", all.taken);
}

static void put_tenants(struct metrics *m)
{
	const struct service *s = m->server->service;
	const struct tenant *t;
	size_t i;

	head(m, "queue", "gauge", "requests that wait or run");
	for (i = 0; i < s->config->tenant_count; i++) {
		t = &s->site[i].tenant;
		fputs("sigpact_serve_queue{tenant=", m->to);
		put_value(m->to, t->config->name);
		fprintf(m->to, "} %u\n", (unsigned)t->queued);
	}
	head(m, "budget_left_seconds", "gauge",
	     "of running, in this period; tenants that have one");
	for (i = 0; i < s->config->tenant_count; i++) {
		t = &s->site[i].tenant;
		if (!t->config->budget_us)
			continue;
		fputs("sigpact_serve_budget_left_seconds{tenant=", m->to);
		put_value(m->to, t->config->name);
		fprintf(m->to, "} %.6f\n", (double)t->left_ns / 1e9);
	}
}

static void put_one(struct metrics *m, const char *name, const char *type,
		    const char *help, double value)
{
	head(m, name, type, help);
	fprintf(m->to, "sigpact_serve_%s%s %.12g\n", name,
		*type == 'c' ? "_total" : "", value);
}

static void put_server(struct metrics *m)
{
	struct server *s = m->server;
	struct sigpact__http_counts c;

	sigpact__http_counts(s->http, &c);
	put_one(m, "workers", "gauge", "threads that run functions",
		m->workers);
	put_one(m, "admitted_load", "gauge",
		"of admitted calls, in workers: estimate over deadline",
		(double)s->scheduler.load / 1e6);
	put_one(m, "connections", "gauge", "open now", (double)c.connections);
	put_one(m, "accepted_connections", "counter", "so far",
		(double)c.accepted);
	put_one(m, "http_requests", "counter", "read whole", (double)c.requests);
	put_one(m, "http_refused", "counter", "answered without a function",
		(double)c.refused);
	put_one(m, "http_timeouts", "counter", "for header, body or answer",
		(double)c.timed_out);
	put_one(m, "log_lines_dropped", "counter",
		"of the access log, which could not be written",
		(double)(sigpact__access_dropped(s->access) +
			 sigpact__access_dropped(s->errors)));
	put_one(m, "draining", "gauge", "1: it was told to stop",
		s->draining != DRAIN_NONE);
	put_one(m, "reloads", "counter", "of the configuration",
		(double)s->reloads);
	put_one(m, "reload_failures", "counter", "kept the old one",
		(double)s->reload_failures);
	put_one(m, "uptime_seconds", "gauge", "since the start",
		(double)(sigpact__now_ns() - s->started_ns) / 1e9);
}

char *sigpact__metrics_text(struct server *s, size_t *size)
{
	struct metrics m = { .server = s, .workers = s->scheduler.workers };
	char *text = NULL;
	int failed;

	m.to = open_memstream(&text, size);
	if (!m.to)
		return NULL;
	head(&m, "requests", "counter", "calls of functions that ended, by how");
	each_route(&m, put_requests);
	head(&m, "traps", "counter", "calls that trapped, by kind");
	each_route(&m, put_traps);
	head(&m, "refused", "counter", "calls that were answered with 429");
	each_route(&m, put_refused);
	head(&m, "preemptions", "counter", "a call parked for another one, or "
					   "at the end of its slice");
	each_route(&m, put_preemptions);
	head(&m, "deadline_misses", "counter", "calls that ended too late");
	each_route(&m, put_misses);
	head(&m, "run_seconds", "histogram", "time that a call ran");
	each_route(&m, put_runs);
	head(&m, "latency_seconds", "histogram",
	     "from the last byte of a request to the end of its call");
	each_route(&m, put_latencies);
	head(&m, "sandboxes", "gauge", "in the pools of all workers");
	each_route(&m, put_pools);
	put_tenants(&m);
	put_server(&m);
	fputs("# EOF\n", m.to);
	failed = ferror(m.to);
	if (fclose(m.to) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
