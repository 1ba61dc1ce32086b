/* What the server itself answers: health, readiness, metrics, and a page that
   lists the functions.  I/O thread. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char page[] = { '\n' /* page.html, by meson */
#include "page.inc"
};

static const char *const paths[] = { "/", "/-/healthz", "/-/readyz",
				     "/-/metrics", "/-/functions.json", NULL };

static int index_of(const char *path)
{
	int i;

	for (i = 0; paths[i]; i++)
		if (!strcmp(path, paths[i]))
			return i;
	return -1;
}

/* A function of one's own may be at /. */
static int hidden(const struct sigpact__request *q)
{
	const struct port *port = q->listener;

	return !strcmp(q->path, "/") && port->site &&
	       sigpact__service_route(port->site, "/");
}

int sigpact__builtin_is(const struct sigpact__request *q)
{
	return index_of(q->path) >= 0 && !hidden(q);
}

int sigpact__builtin_headed(struct sigpact__request *q)
{
	if (!(q->method & (METHOD_GET | METHOD_HEAD))) {
		q->allow = "GET, HEAD";
		return 405;
	}
	q->anytime = 1;
	return 0;
}

static void answer(struct sigpact__request *q, int status, const char *type,
		   const void *body, size_t size)
{
	struct sigpact__response r = {
		.status = status,
		.content_type = type,
		.extra = "Cache-Control: no-store\r\n",
		.body = body,
		.body_size = size,
	};

	sigpact__http_answer(q, &r);
}

static void answer_made(struct sigpact__request *q, const char *type,
			char *body, size_t size)
{
	if (body)
		answer(q, 200, type, body, size);
	else
		sigpact__http_refuse(q, 503, "no memory", NULL);
	free(body);
}

void sigpact__builtin_arrived(struct server *s, struct sigpact__request *q)
{
	size_t size = 0;
	char *text;

	switch (index_of(q->path)) {
	case 0:
		answer(q, 200, "text/html; charset=utf-8", page, sizeof page);
		return;
	case 1:
		answer(q, 200, "text/plain", "alive\n", 6);
		return;
	case 2:
		if (s->draining)
			answer(q, 503, "text/plain", "draining\n", 9);
		else
			answer(q, 200, "text/plain", "ready\n", 6);
		return;
	case 3:
		text = sigpact__metrics_text(s, &size);
		answer_made(q, "application/openmetrics-text; version=1.0.0; "
			       "charset=utf-8", text, size);
		return;
	}
	text = sigpact__functions_json(s, &size);
	answer_made(q, "application/json", text, size);
}
