/* The loop: waits, handles what is ready, takes back what workers have answered,
   looks at what is due; and how it is woken and ended.  I/O thread; return, stop
   and drain: any. */
#include "server.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 256 };

/* Either this sees that the thread sleeps, or the thread sees before it does what
   was done here before: both are in one order for all. */
static void wake(struct sigpact__http *http)
{
	static const uint64_t one = 1;

	if (atomic_load(&http->sleeping) &&
	    atomic_exchange(&http->sleeping, 0) &&
	    write(http->wake, &one, sizeof one) < 0)
		return; /* full: the thread is being woken anyway */
}

void sigpact__http_return(struct sigpact__connection *c)
{
	struct sigpact__http *http = c->http;
	struct sigpact__connection *first = atomic_load(&http->returned);

	do
		c->next = first;
	while (!atomic_compare_exchange_weak(&http->returned, &first, c));
	wake(http);
}

void sigpact__http_stop(struct sigpact__http *http)
{
	atomic_store(&http->stopped, 1);
	wake(http);
}

void sigpact__http_drain(struct sigpact__http *http)
{
	atomic_store(&http->draining, 1);
	wake(http);
}

static int has_news(struct sigpact__http *http)
{
	return atomic_load(&http->returned) || atomic_load(&http->stopped) ||
	    (atomic_load(&http->draining) && !http->retired);
}

static int time_to_wait(const struct sigpact__http *http)
{
	int ms = sigpact__wheel_wait(&http->wheel, http->now_ms), until;

	if (!http->accept_ms || http->accept_ms == UINT64_MAX)
		return ms;
	until = http->accept_ms > http->now_ms ?
	    (int)(http->accept_ms - http->now_ms) : 0;
	return ms < 0 || until < ms ? until : ms;
}

static int wait_events(struct sigpact__http *http, struct epoll_event *event)
{
	int n, ms = time_to_wait(http);

	atomic_store(&http->sleeping, 1);
	n = epoll_wait(http->epoll, event, EVENTS, has_news(http) ? 0 : ms);
	atomic_store_explicit(&http->sleeping, 0, memory_order_relaxed);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n;
}

static void take_returned(struct sigpact__http *http)
{
	struct sigpact__connection *c, *next;

	if (!atomic_load_explicit(&http->returned, memory_order_relaxed))
		return;
	for (c = atomic_exchange(&http->returned, NULL); c; c = next) {
		next = c->next;
		sigpact__connection_returned(c);
	}
}

static void look_due(struct sigpact__http *http)
{
	struct sigpact__timer *t;

	while ((t = sigpact__wheel_due(&http->wheel, http->now_ms)))
		sigpact__connection_due((void *)((char *)t -
		    offsetof(struct sigpact__connection, timer)));
	if (http->accept_ms && http->now_ms >= http->accept_ms)
		sigpact__listeners_resume(http);
}

/* A body that is being sent was asked for: it is waited for, too. */
static void count_open(struct sigpact__connection *c)
{
	c->http->open += c->phase > PHASE_HEAD ||
	    atomic_load_explicit(&c->held, memory_order_relaxed);
}

static int is_drained(struct sigpact__http *http)
{
	if (!atomic_load_explicit(&http->draining, memory_order_relaxed))
		return 0;
	if (!http->retired) {
		http->retired = 1;
		sigpact__http_each(http, sigpact__connection_retire);
	}
	http->open = 0;
	sigpact__http_each(http, count_open);
	return !http->open;
}

int sigpact__http_run(struct sigpact__http *http)
{
	struct epoll_event event[EVENTS];
	int i, n;

	while (!atomic_load_explicit(&http->stopped, memory_order_relaxed)) {
		if (http->call.settled)
			http->call.settled(http->context);
		n = wait_events(http, event);
		if (n < 0)
			return n;
		http->now_ms = sigpact__http_clock_ns() / 1000000;
		for (i = 0; i < n; i++) {
			struct sigpact__source *source = event[i].data.ptr;

			if (source)
				source->ready(http, source, event[i].events);
		}
		take_returned(http);
		look_due(http);
		sigpact__http_bury(http);
		if (is_drained(http))
			return 0;
	}
	return 0;
}
