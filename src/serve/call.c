/* A request becomes a job, and a job's result an answer.  The I/O thread begins a
   call, a worker ends it. */
#include "arguments.h"
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One for each request that is on its way. */
struct call {
	struct job job;			/* first */
	struct sigpact__request *request;
	struct server *server;
	void *memory;			/* argv and environ */
};

/* Where a request goes now: it may have been headed before a reload. */
static struct route *route_of(const struct sigpact__request *q)
{
	const struct port *port = q->listener;

	return port->site ? sigpact__service_route(port->site, q->path) : NULL;
}

int sigpact__call_headed(void *server, struct sigpact__request *q)
{
	struct route *r;

	if (sigpact__builtin_is(q))
		return sigpact__builtin_headed(q);
	r = route_of(q);
	if (!r)
		return 404;
	if (!(q->method & (METHOD_GET | METHOD_HEAD | METHOD_POST))) {
		q->allow = "GET, HEAD, POST";
		return 405;
	}
	if (r->tenant->queued >= r->tenant->config->queue) {
		r->refused[0]++;
		q->why = "too many requests wait";
		q->retry_after = 1;
		return 429;
	}
	if (r->config->request_size && r->config->request_size < q->body_limit)
		q->body_limit = r->config->request_size;
	return 0;
}

static const char *const words[] = {
	[JOB_EXITED] = "the function exited with a status that is not 0",
	[JOB_TRAPPED] = "the function trapped",
	[JOB_STOPPED] = "the function ran longer than it may",
	[JOB_REFUSED] = "no memory for a sandbox",
	[JOB_DROPPED] = "the server stops",
};
static const int statuses[] = {
	[JOB_RETURNED] = 200, [JOB_EXITED] = 500, [JOB_TRAPPED] = 500,
	[JOB_STOPPED] = 504, [JOB_REFUSED] = 503, [JOB_DROPPED] = 503,
};

static const char *trap_of(enum outcome outcome,
			   const struct sandbox_result *result)
{
	return outcome == JOB_TRAPPED  ? sigpact__trap_name(result->trap)
	       : outcome == JOB_EXITED ? "exit"
				       : NULL;
}

/* {"status":500,"error":"…","trap":"…"} */
static void failed(struct call *c, enum outcome outcome,
		   const struct sandbox_result *result)
{
	const char *trap = trap_of(outcome, result);
	char body[256], extra[64] = "";
	struct sigpact__response r = {
		.status = statuses[outcome],
		.content_type = "application/json",
		.body = body,
		.extra = extra,
	};
	int n = snprintf(body, sizeof body, "{\"status\":%d,\"error\":\"%s\"",
			 r.status, words[outcome]);

	if (trap) {
		snprintf(extra, sizeof extra, "Sigpact-Trap: %s\r\n", trap);
		n += snprintf(body + n, sizeof body - (size_t)n,
			      ",\"trap\":\"%s\"", trap);
	}
	if (outcome == JOB_EXITED)
		n += snprintf(body + n, sizeof body - (size_t)n,
			      ",\"exit\":%d", result->status);
	if (r.status == 503)
		snprintf(extra, sizeof extra, "Retry-After: 1\r\n");
	n += snprintf(body + n, sizeof body - (size_t)n, "}\n");
	r.body_size = (size_t)n;
	sigpact__http_answer(c->request, &r);
}

static void ended(struct job *job, enum outcome outcome,
		  const struct sandbox_result *result)
{
	struct call *c = (struct call *)job;
	struct service *service = job->route->service;
	struct sigpact__response r = { .status = 200 };

	if (c->server->access)
		sigpact__access_write(
		    c->server->access, c->request, statuses[outcome],
		    outcome == JOB_RETURNED ? result->output_size : 0, job,
		    trap_of(outcome, result));
	if (outcome == JOB_RETURNED) {
		r.content_type = job->route->config->content_type;
		r.body = result->output;
		r.body_size = result->output_size;
		sigpact__http_answer(c->request, &r);
	} else {
		failed(c, outcome, result);
	}
	free(c->memory);
	free(c);
	service->calls--;
}

/* One that arrived, but becomes no job. */
static void refuse(struct server *s, struct sigpact__request *q, int status,
		   const char *why, unsigned retry_after)
{
	char extra[48] = "";

	if (retry_after)
		snprintf(extra, sizeof extra, "Retry-After: %u\r\n",
			 retry_after);
	sigpact__call_refused(s, q, status);
	sigpact__http_refuse(q, status, why, extra);
}

static void log_line(void *job, const char *line, size_t size)
{
	const struct server *s = ((struct call *)job)->server;

	sigpact__access_stderr(s->access ? s->access : s->errors, job, line,
			       size);
}

/* Makes the job of a request; NULL: it was refused. */
static struct call *make(struct server *s, struct sigpact__request *q,
			 struct route *r)
{
	struct call *c = calloc(1, sizeof *c);
	int e =
	    c ? sigpact__arguments_of(q, r->config, &c->job.call, &c->memory)
	      : -ENOMEM;

	if (e) {
		free(c);
		if (e == -EINVAL)
			refuse(s, q, 400, "an escape in the query is none", 0);
		else
			refuse(s, q, 503, "no memory", 1);
		return NULL;
	}
	c->request = q;
	c->server = s;
	c->job.route = r;
	c->job.call.input = q->body;
	c->job.call.input_size = q->body_size;
	c->job.call.log = log_line;
	c->job.call.context = &c->job;
	c->job.arrived_ns = q->arrived_ns;
	c->job.deadline_ns = q->arrived_ns + r->config->deadline_us * 1000;
	c->job.ended = ended;
	return c;
}

static void submit(struct server *s, struct call *c)
{
	struct route *r = c->job.route;

	r->tenant->queued++;
	r->service->calls++;
	if (sigpact__scheduler_submit(&s->scheduler, &c->job)) {
		sigpact__admission_leave(&s->scheduler, &c->job);
		r->tenant->queued--;
		ended(&c->job, JOB_REFUSED, NULL);
	}
}

void sigpact__call_arrived(void *server, struct sigpact__request *q)
{
	struct server *s = server;
	struct route *r;
	struct call *c;
	unsigned wait;

	if (sigpact__builtin_is(q)) {
		sigpact__builtin_arrived(s, q);
		return;
	}
	r = route_of(q);
	if (!r) {
		refuse(s, q, 404, NULL, 0);
		return;
	}
	c = make(s, q, r);
	if (!c)
		return;
	wait = sigpact__admission_ask(&s->scheduler, &c->job);
	if (!wait) {
		submit(s, c);
		return;
	}
	r->refused[1]++;
	free(c->memory);
	free(c);
	refuse(s, q, 429, "no time for this before its deadline", wait);
}

void sigpact__call_refused(void *server, const struct sigpact__request *q,
			   int status)
{
	struct server *s = server;

	if (s->access)
		sigpact__access_write(s->access, q, status, 0, NULL, NULL);
}

void sigpact__call_settled(void *server)
{
	struct server *s = server;

	sigpact__scheduler_settle(&s->scheduler);
	if (s->older)
		sigpact__server_retire(s);
}
