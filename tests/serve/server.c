/* A server of serve_http alone, for tests and bench/http.sh: workers answer what
   the path says.

	server [WORKERS [LIMIT=VALUE...]]

   Prints the port it listens at; then takes commands from standard input: drain,
   stop, listen (another port, printed), unlisten (that one), counts.  */
#include "http.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 8 };
enum what { EMPTY, ECHO, SIZED, SLEEP, ASK, NOW, ANYTIME };

static const struct {
	const char *path;
	enum what what;
	unsigned methods;
	size_t body_limit;
} route[] = {
	{ "/empty", EMPTY, -1u, 0 },
	{ "/echo", ECHO, -1u, 0 },
	{ "/small", ECHO, -1u, 16 },
	{ "/sized", SIZED, METHOD_GET | METHOD_HEAD, 0 },
	{ "/sleep", SLEEP, -1u, 0 },
	{ "/ask", ASK, -1u, 0 },
	{ "/now", NOW, -1u, 0 },
	{ "/anytime", ANYTIME, -1u, 0 },
};

static struct sigpact__http *http;
static struct sigpact__listener *other;
static char pattern[8 << 20];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct sigpact__request *first, **last = &first;
static int sleeping, over;

static int headed(void *context, struct sigpact__request *r)
{
	size_t i;

	if (!strcmp(r->path, "/busy")) {
		r->retry_after = 7;
		return 429;
	}
	for (i = 0; i < sizeof route / sizeof *route; i++) {
		if (strcmp(r->path, route[i].path))
			continue;
		r->route = (void *)(uintptr_t)route[i].what;
		r->anytime = route[i].what == ANYTIME;
		r->allow = "GET, HEAD";
		if (route[i].body_limit)
			r->body_limit = route[i].body_limit;
		return route[i].methods & r->method ? 0 : 405;
	}
	return 404;
}

static void answer(struct sigpact__request *r, const void *body, size_t size)
{
	const struct sigpact__response response = {
		.status = 200,
		.content_type = "text/plain",
		.body = body,
		.body_size = size,
	};

	sigpact__http_answer(r, &response);
}

/* What was understood of the request. */
static void answer_asked(struct sigpact__request *r)
{
	char text[16384], peer[SIGPACT__PEER_SIZE];
	unsigned i;
	int n;

	sigpact__request_peer(r, peer);
	n = snprintf(text, sizeof text, "%s %s %s %d %d %zu %s %s\n",
		     r->method_name, r->path, r->query, r->minor, r->keep,
		     r->body_size, peer, (const char *)r->listener);
	for (i = 0; i < r->header_count; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%s=%s\n",
			      r->header[i].name, r->header[i].value);
	answer(r, text, (size_t)n);
}

static void serve(struct sigpact__request *r)
{
	long n = atol(r->query);
	struct timespec pause = { n / 1000, n % 1000 * 1000000 };

	switch ((enum what)(uintptr_t)r->route) {
	case ECHO:
		answer(r, r->body, r->body_size);
		return;
	case SIZED:
		answer(r, pattern, (size_t)n < sizeof pattern ? (size_t)n : 0);
		return;
	case ASK:
		answer_asked(r);
		return;
	case SLEEP:
		nanosleep(&pause, NULL);
		answer(r, sigpact__request_lost(r) ? "lost" : "here", 4);
		return;
	default:
		answer(r, NULL, 0);
	}
}

static void *work(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!over) {
		struct sigpact__request *r = first;

		if (!r) {
			sleeping++;
			pthread_cond_wait(&more, &lock);
			sleeping--;
			continue;
		}
		first = r->next;
		if (!first)
			last = &first;
		pthread_mutex_unlock(&lock);
		serve(r);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void arrived(void *context, struct sigpact__request *r)
{
	if ((enum what)(uintptr_t)r->route >= NOW) {
		serve(r);
		return;
	}
	pthread_mutex_lock(&lock);
	*last = r;
	last = &r->next;
	pthread_mutex_unlock(&lock);
}

static void settled(void *context)
{
	int wake;

	pthread_mutex_lock(&lock);
	wake = first && sleeping;
	pthread_mutex_unlock(&lock);
	if (wake)
		pthread_cond_broadcast(&more);
}

static void say_counts(void)
{
	struct sigpact__http_counts c;

	sigpact__http_counts(http, &c);
	printf("%lu %lu %lu %lu %lu %lu\n", c.connections, c.accepted,
	       c.requests, c.refused, c.timed_out, c.paused);
}

static void command(void *context)
{
	char line[64] = "";
	ssize_t n = read(0, line, sizeof line - 1);

	if (n <= 0 || !strcmp(line, "stop\n")) {
		sigpact__http_stop(http);
	} else if (!strcmp(line, "drain\n")) {
		sigpact__http_drain(http);
	} else if (!strcmp(line, "listen\n")) {
		if (sigpact__http_listen(http, "127.0.0.1", 0, "other", &other))
			abort();
		printf("%u\n", sigpact__listener_port(other));
	} else if (!strcmp(line, "unlisten\n")) {
		sigpact__http_unlisten(http, other);
		puts("done");
	} else {
		say_counts();
	}
	fflush(stdout);
}

static int set_limit(struct sigpact__http_limits *l, const char *name,
		     unsigned value)
{
	static const char *const names[] = { "headers", "header_ms", "body_ms",
					     "idle_ms", "write_ms",
					     "connections" };
	unsigned *const fields[] = { &l->headers, &l->header_ms, &l->body_ms,
				     &l->idle_ms, &l->write_ms,
				     &l->connections };
	size_t i;

	for (i = 0; i < sizeof fields / sizeof *fields; i++)
		if (!strcmp(name, names[i])) {
			*fields[i] = value;
			return 1;
		}
	if (!strcmp(name, "header_size"))
		l->header_size = value;
	else if (!strcmp(name, "url_size"))
		l->url_size = value;
	else if (!strcmp(name, "body_size"))
		l->body_size = value;
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	static const struct sigpact__http_callbacks callbacks = {
		.headed = headed, .arrived = arrived, .settled = settled,
	};
	struct sigpact__http_limits limits = { .header_size = 0 };
	struct sigpact__listener *listener;
	pthread_t worker[WORKERS];
	int i, workers = argc > 1 ? atoi(argv[1]) : 1, e;
	size_t k;

	for (i = 2; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return 2;
		*value++ = '\0';
		if (!set_limit(&limits, argv[i], (unsigned)atoi(value)))
			return 2;
	}
	for (k = 0; k < sizeof pattern; k++)
		pattern[k] = (char)('a' + k % 23);
	if (workers > WORKERS ||
	    sigpact__http_create(&limits, &callbacks, NULL, &http) ||
	    sigpact__http_listen(http, NULL, 0, "first", &listener) ||
	    sigpact__http_watch(http, 0, command, NULL))
		return 2;
	for (i = 0; i < workers; i++)
		pthread_create(worker + i, NULL, work, NULL);
	printf("%u\n", sigpact__listener_port(listener));
	fflush(stdout);
	e = sigpact__http_run(http);
	pthread_mutex_lock(&lock);
	over = 1;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&lock);
	for (i = 0; i < workers; i++)
		pthread_join(worker[i], NULL);
	puts("over");
	sigpact__http_destroy(http);
	return e != 0;
}
