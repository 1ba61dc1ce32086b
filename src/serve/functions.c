/* What the page at / shows, as JSON: each function with its latency and traps.
   I/O thread. */
#include "server.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *percentiles(const struct route *r, unsigned workers,
			   size_t offset)
{
	uint64_t count[HISTOGRAM_BUCKETS] = { 0 };

	sigpact__counts_times(r, workers, offset, count);
	return json_pack(
	    "{s:f, s:f}", "p50",
	    (double)sigpact__histogram_percentile(count, 50) / 1000, "p99",
	    (double)sigpact__histogram_percentile(count, 99) / 1000);
}

static json_t *traps(const struct route *r, unsigned workers)
{
	json_t *o = json_object();
	unsigned long n;
	unsigned i;

	for (i = TRAP_NONE + 1; i < TRAPS; i++) {
		n = sigpact__counts_sum(r, workers,
					offsetof(struct route_counts, traps) +
					    i * sizeof(atomic_ulong));
		if (n)
			json_object_set_new(o, sigpact__trap_name(i),
					    json_integer((json_int_t)n));
	}
	return o;
}

static unsigned long ended(const struct route *r, unsigned workers,
			   enum outcome outcome)
{
	return sigpact__counts_sum(r, workers,
				   offsetof(struct route_counts, ended) +
				       outcome * sizeof(atomic_ulong));
}

static json_t *function(const struct site *site, const struct route *r,
			unsigned workers)
{
	unsigned long calls = 0;
	unsigned i;

	for (i = 0; i <= JOB_DROPPED; i++)
		calls += ended(r, workers, i);
	return json_pack(
	    "{s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "tenant",
	    r->tenant->config->name, "route", r->config->path, "port",
	    (int)sigpact__listener_port(site->port->listener), "calls",
	    (json_int_t)calls, "late",
	    (json_int_t)sigpact__counts_sum(
		r, workers, offsetof(struct route_counts, misses)),
	    "exited", (json_int_t)ended(r, workers, JOB_EXITED), "stopped",
	    (json_int_t)ended(r, workers, JOB_STOPPED), "no_memory",
	    (json_int_t)ended(r, workers, JOB_REFUSED), "latency_us",
	    percentiles(r, workers, offsetof(struct route_counts, latencies)),
	    "run_us",
	    percentiles(r, workers, offsetof(struct route_counts, runs)),
	    "traps", traps(r, workers));
}

char *sigpact__functions_json(struct server *s, size_t *size)
{
	const struct service *now = s->service;
	json_t *list = json_array();
	char *text;
	size_t i, j;

	for (i = 0; i < now->config->tenant_count; i++)
		for (j = 0; j < now->site[i].route_count; j++)
			json_array_append_new(
			    list, function(&now->site[i], &now->site[i].route[j],
					   s->scheduler.workers));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	if (text)
		*size = strlen(text);
	return text;
}
