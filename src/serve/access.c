/* The access log: a JSON object a line, for each request and for each line that a
   function wrote to stderr.  Any thread. */
#include "server.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "2026-01-31T12:00:00.000Z" */
static json_t *time_now(void)
{
	struct timespec t;
	struct tm tm;
	char text[40];

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	return json_sprintf("%s.%03ldZ", text, t.tv_nsec / 1000000);
}

/* A line, or none when there is no memory for it. */
static void put(struct access_log *log, json_t *line)
{
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;

	if (text)
		sigpact__access_put(log, text);
	free(text);
	json_decref(line);
}

/* What is not UTF-8 becomes '?'. */
static json_t *text(const char *s)
{
	json_t *j = s ? json_string(s) : json_null();
	char *copy, *at;

	if (j)
		return j;
	copy = strdup(s);
	for (at = copy; at && *at; at++)
		if (*at & 0x80)
			*at = '?';
	j = json_string(copy);
	free(copy);
	return j;
}

static void put_job(json_t *o, const struct job *job)
{
	uint64_t now = sigpact__now_ns();

	json_object_set_new(o, "tenant", text(job->route->tenant->config->name));
	json_object_set_new(o, "route", text(job->route->config->path));
	json_object_set_new(o, "run_us",
			    json_integer((json_int_t)(job->ran_ns / 1000)));
	json_object_set_new(
	    o, "latency_us",
	    json_integer((json_int_t)((now - job->arrived_ns) / 1000)));
	json_object_set_new(o, "late", json_boolean(now > job->deadline_ns));
}

void sigpact__access_write(struct access_log *log,
			   const struct sigpact__request *q, int status,
			   size_t size, const struct job *job, const char *trap)
{
	char peer[SIGPACT__PEER_SIZE] = "";
	json_t *o = json_object();

	json_object_set_new(o, "time", time_now());
	if (q) {
		sigpact__request_peer(q, peer);
		json_object_set_new(o, "client", text(peer));
		json_object_set_new(o, "method", text(q->method_name));
		json_object_set_new(o, "path", text(q->path));
	}
	json_object_set_new(o, "status", json_integer(status));
	json_object_set_new(o, "bytes", json_integer((json_int_t)size));
	if (job)
		put_job(o, job);
	if (trap)
		json_object_set_new(o, "trap", text(trap));
	put(log, o);
}

void sigpact__access_stderr(struct access_log *log, const struct job *job,
			    const char *line, size_t size)
{
	char *copy = strndup(line, size);
	json_t *o = json_object();

	json_object_set_new(o, "time", time_now());
	json_object_set_new(o, "tenant", text(job->route->tenant->config->name));
	json_object_set_new(o, "route", text(job->route->config->path));
	json_object_set_new(o, "stderr", text(copy));
	free(copy);
	put(log, o);
}
