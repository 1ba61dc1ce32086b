/* A connection from accept to close: its memory, its place in epoll and in the
   wheel, the end of its time.  I/O thread. */
#include "server.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the memory of a request is kept for the next one. */
enum { REST_MS = 1000 };

static void ready(struct sigpact__http *http, struct sigpact__source *source,
		  uint32_t events)
{
	struct sigpact__connection *c = (struct sigpact__connection *)source;

	if (c->phase == PHASE_CLOSED)
		return; /* earlier in this batch */
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->ended = 1;
	if (events & EPOLLIN || c->ended)
		c->readable = 1;
	if (events & (EPOLLHUP | EPOLLERR))
		atomic_store_explicit(&c->lost, 1, memory_order_relaxed);
	sigpact__connection_proceed(c);
}

static void set_peer(struct sigpact__connection *c,
		     const struct sockaddr_storage *peer)
{
	const struct sockaddr_in6 *six = (const void *)peer;
	const struct sockaddr_in *four = (const void *)peer;

	if (peer->ss_family == AF_INET6) {
		c->peer = six->sin6_addr;
		return;
	}
	c->peer.s6_addr[10] = c->peer.s6_addr[11] = 0xff;
	memcpy(c->peer.s6_addr + 12, &four->sin_addr, 4);
}

/* Once in epoll for good: edges cost no further call. */
int sigpact__connection_make(struct sigpact__http *http,
			     struct sigpact__listener *listener, int fd,
			     const struct sockaddr_storage *peer)
{
	struct sigpact__connection *c = calloc(1, sizeof *c);
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = c,
	};

	if (!c)
		return -ENOMEM;
	if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event)) {
		free(c);
		return -errno;
	}
	c->source.ready = ready;
	c->http = http;
	c->listener = listener;
	c->fd = fd;
	c->answered_ms = http->now_ms;
	set_peer(c, peer);
	sigpact__connection_enter(c, PHASE_IDLE, http->limits.idle_ms);
	http->counts.connections++;
	http->counts.accepted++;
	return 0;
}

static void set_timer(struct sigpact__connection *c, uint64_t at_ms)
{
	if (c->timer.back)
		sigpact__wheel_remove(&c->http->wheel, &c->timer);
	sigpact__wheel_add(&c->http->wheel, &c->timer, at_ms);
}

/* One that has a message is looked at each second, so that a deadline that moves
   with every request does not move the timer. */
void sigpact__connection_enter(struct sigpact__connection *c,
			       enum sigpact__phase phase, unsigned ms)
{
	uint64_t now_ms = c->http->now_ms, at_ms;

	c->phase = phase;
	c->until_ms = now_ms + ms;
	at_ms = c->until_ms;
	if (c->message && at_ms > now_ms + REST_MS)
		at_ms = now_ms + REST_MS;
	if (!c->timer.back || at_ms < c->timer.at_ms)
		set_timer(c, at_ms);
}

static void drop_message(struct sigpact__connection *c)
{
	struct sigpact__message *m = c->message;

	if (!m)
		return;
	c->message = NULL;
	sigpact__message_rest(m);
	sigpact__spare_give(c->http, m);
}

void sigpact__connection_close(struct sigpact__connection *c)
{
	struct sigpact__http *http = c->http;

	if (c->timer.back)
		sigpact__wheel_remove(&http->wheel, &c->timer);
	close(c->fd);
	free(c->pending);
	free(c->rest);
	c->pending = c->rest = NULL;
	drop_message(c);
	c->phase = PHASE_CLOSED;
	c->next = http->closed;
	http->closed = c;
	http->counts.connections--;
	if (http->accept_ms)
		sigpact__listeners_resume(http);
}

static void time_out(struct sigpact__connection *c)
{
	struct linger reset = { .l_onoff = 1 };

	c->http->counts.timed_out += c->phase != PHASE_IDLE &&
	    c->phase != PHASE_LINGER;
	if (c->phase == PHASE_HEAD || c->phase == PHASE_BODY) {
		sigpact__connection_end(c, 408, NULL);
		return;
	}
	/* The kernel would keep what a client does not read. */
	if (c->phase == PHASE_WRITE)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	sigpact__connection_close(c);
}

/* The idle time starts with the answer, which a worker gave. */
static void look_idle(struct sigpact__connection *c)
{
	uint64_t answered = atomic_load_explicit(&c->answered_ms,
						 memory_order_relaxed);
	uint64_t until = answered + c->http->limits.idle_ms;

	if (until > c->until_ms)
		c->until_ms = until;
	if (c->message && c->http->now_ms >= answered + REST_MS)
		drop_message(c);
}

void sigpact__connection_due(struct sigpact__connection *c)
{
	uint64_t now_ms = c->http->now_ms, at_ms = now_ms + REST_MS;

	if (atomic_load_explicit(&c->held, memory_order_acquire)) {
		set_timer(c, at_ms); /* whoever holds it has a time of his own */
		return;
	}
	if (c->phase == PHASE_IDLE)
		look_idle(c);
	if (now_ms >= c->until_ms) {
		time_out(c);
		return;
	}
	if (!c->message || c->until_ms < at_ms)
		at_ms = c->until_ms;
	set_timer(c, at_ms);
}

void sigpact__connection_retire(struct sigpact__connection *c)
{
	/* A request that has arrived meanwhile gets its answer. */
	c->readable = 1;
	if (c->phase == PHASE_WRITE)
		return;
	sigpact__connection_proceed(c);
	if (c->phase == PHASE_IDLE &&
	    !atomic_load_explicit(&c->held, memory_order_acquire))
		sigpact__connection_close(c);
}
