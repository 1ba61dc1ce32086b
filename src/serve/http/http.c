/* The server is made and ends.  Normal context, while it does not run. */
#include "server.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t sigpact__http_clock_ns(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

uint64_t sigpact__http_clock_ms(void)
{
	return clock_of(CLOCK_MONOTONIC_COARSE) / 1000000;
}

static void set_limits(struct sigpact__http_limits *l)
{
#define OR(field, value) (l->field = l->field ? l->field : (value))
	OR(header_size, 8192);
	OR(headers, 100);
	OR(url_size, 4096);
	OR(body_size, 1 << 20);
	OR(header_ms, 10000);
	OR(body_ms, 30000);
	OR(idle_ms, 60000);
	OR(write_ms, 30000);
	OR(connections, 16384);
#undef OR
	if (l->url_size > l->header_size)
		l->url_size = l->header_size;
}

/* No source: it only ends a wait.  Its count is never read, and each write is
   an edge. */
static int open_wake(struct sigpact__http *http)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (http->epoll < 0)
		return -errno;
	http->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (http->wake < 0 ||
	    epoll_ctl(http->epoll, EPOLL_CTL_ADD, http->wake, &event)) {
		int e = -errno;

		if (http->wake >= 0)
			close(http->wake);
		close(http->epoll);
		return e;
	}
	return 0;
}

int sigpact__http_create(const struct sigpact__http_limits *limits,
			 const struct sigpact__http_callbacks *callbacks,
			 void *context, struct sigpact__http **http)
{
	struct sigpact__http *h = aligned_alloc(64, sizeof *h);
	int e;

	if (!h)
		return -ENOMEM;
	/* Not the buffer: its pages come when they are read into. */
	memset(h, 0, offsetof(struct sigpact__http, buffer));
	h->limits = *limits;
	set_limits(&h->limits);
	h->call = *callbacks;
	h->context = context;
	h->now_ms = sigpact__http_clock_ns() / 1000000;
	h->wheel.tick = h->now_ms / WHEEL_TICK_MS;
	e = sigpact__spare_make(h);
	if (!e) {
		e = open_wake(h);
		if (e)
			sigpact__spare_end(h);
	}
	if (e) {
		free(h);
		return e;
	}
	*http = h;
	return 0;
}

void sigpact__http_bury(struct sigpact__http *http)
{
	struct sigpact__connection *c;

	while ((c = http->closed)) {
		http->closed = c->next;
		free(c);
	}
	sigpact__listeners_bury(http);
	sigpact__watches_bury(http);
}

void sigpact__http_each(struct sigpact__http *http,
			void (*f)(struct sigpact__connection *c))
{
	struct sigpact__timer *t, *next;
	int i;

	for (i = 0; i < WHEEL_SLOTS; i++)
		for (t = http->wheel.slot[i]; t; t = next) {
			next = t->next;
			f((void *)((char *)t -
				   offsetof(struct sigpact__connection, timer)));
		}
}

void sigpact__http_destroy(struct sigpact__http *http)
{
	sigpact__http_each(http, sigpact__connection_close);
	while (http->listeners)
		sigpact__http_unlisten(http, http->listeners);
	sigpact__watches_end(http);
	sigpact__http_bury(http);
	sigpact__spare_end(http);
	close(http->wake);
	close(http->epoll);
	free(http);
}

void sigpact__http_counts(const struct sigpact__http *http,
			  struct sigpact__http_counts *counts)
{
	*counts = http->counts;
}
