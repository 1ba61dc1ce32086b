/* A connection: reads requests from it and hands them on, one at a time.  I/O
   thread. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How often one connection reads before the others' turn; the largest body that
   a refusal passes over. */
enum { TURNS = 8, SKIP = 65536 };

static const char too_large[] = "the body is too large";
static const char continue_line[] = "HTTP/1.1 100 Continue\r\n\r\n";

static void begin(struct sigpact__connection *c)
{
	struct sigpact__http *http = c->http;

	if (!c->message)
		c->message = sigpact__spare_take(http);
	c->message->connection = c;
	sigpact__message_begin(c->message, &http->limits);
	sigpact__connection_enter(c, PHASE_HEAD, http->limits.header_ms);
}

static int head_status(struct sigpact__connection *c)
{
	struct sigpact__request *r = &c->message->request;
	struct sigpact__http *http = c->http;
	int status;

	if (!c->listener) {
		r->keep = 0;
		return 503;
	}
	r->listener = sigpact__listener_context(c->listener);
	status = http->call.headed(http->context, r);
	if (!status && http->draining && !r->anytime) {
		r->why = "the server is being stopped";
		return 503;
	}
	if (!status && r->content_length > 0 &&
	    (uint64_t)r->content_length > r->body_limit) {
		r->why = too_large;
		return 413;
	}
	return status;
}

/* A refusal keeps the connection when the body behind it is small and sure to
   come: it is passed over. */
static int can_skip(const struct sigpact__message *m, int status,
		    size_t available)
{
	if (m->part != PART_SIZED || status == 413)
		return 0;
	return m->remaining <= available ||
	    (m->remaining <= SKIP && !m->expects);
}

/* The head was read, available bytes of the body may be there. */
static void headed(struct sigpact__connection *c, size_t available)
{
	struct sigpact__message *m = c->message;
	int status = head_status(c), wanted;

	if (status && can_skip(m, status, available)) {
		c->skip = m->remaining;
		sigpact__connection_refuse(c, status);
		return;
	}
	if (status) {
		sigpact__connection_end(c, status, m->request.why);
		return;
	}
	sigpact__connection_enter(c, PHASE_BODY, c->http->limits.body_ms);
	wanted = m->expects && !available &&
	    (m->part == PART_CHUNKS || m->remaining);
	if (wanted && send(c->fd, continue_line, sizeof continue_line - 1,
			   MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		sigpact__connection_close(c);
}

static void hand_over(struct sigpact__connection *c)
{
	struct sigpact__http *http = c->http;
	struct sigpact__request *r = &c->message->request;

	r->body = r->body_size ? c->message->body : NULL;
	r->arrived_ns = sigpact__http_clock_ns();
	r->sequence = ++http->sequence;
	http->counts.requests++;
	sigpact__connection_enter(c, PHASE_IDLE, http->limits.idle_ms);
	atomic_store_explicit(&c->held, HELD, memory_order_relaxed);
	http->call.arrived(http->context, r);
}

static const char *why_of(int status)
{
	switch (status) {
	case 413:
		return too_large;
	case 431:
		return "the header is too large, or has too many lines";
	default:
		return NULL;
	}
}

/* Bytes before a request: of a refused body, and empty lines. */
static size_t skip(struct sigpact__connection *c, const char *data, size_t size)
{
	size_t n = c->skip < size ? c->skip : size;

	c->skip -= n;
	while (n < size && (data[n] == '\r' || data[n] == '\n'))
		n++;
	return n;
}

/* Handles what is in data; returns how much of it was used.  The rest comes
   behind a request that is not answered yet. */
static size_t feed(struct sigpact__connection *c, const char *data, size_t size)
{
	size_t used = 0, taken;
	int step;

	while (c->phase < PHASE_WRITE &&
	       !atomic_load_explicit(&c->held, memory_order_acquire)) {
		if (c->phase == PHASE_IDLE) {
			used += skip(c, data + used, size - used);
			if (used == size)
				break;
			begin(c);
		}
		step = sigpact__message_read(c->message, data + used,
					     size - used, &taken);
		used += taken;
		if (step == MESSAGE_MORE)
			break;
		if (step == MESSAGE_HEAD)
			headed(c, size - used);
		else if (step == MESSAGE_WHOLE)
			hand_over(c);
		else
			sigpact__connection_end(c, step, why_of(step));
	}
	return used;
}

static void keep_pending(struct sigpact__connection *c, const char *data,
			 size_t size)
{
	if (!size || c->phase >= PHASE_LINGER)
		return;
	c->pending = malloc(sizeof *c->pending + size);
	if (!c->pending) {
		/* The next request is lost: closed after this answer. */
		c->listener = NULL;
		c->readable = 1;
		return;
	}
	c->pending->size = size;
	c->pending->used = 0;
	memcpy(c->pending->data, data, size);
}

static void feed_pending(struct sigpact__connection *c)
{
	struct sigpact__bytes *p = c->pending;

	/* Out of the way, for it is dropped when the connection ends. */
	c->pending = NULL;
	p->used += feed(c, p->data + p->used, p->size - p->used);
	if (p->used < p->size && c->phase < PHASE_LINGER)
		c->pending = p;
	else
		free(p);
}

/* The client sends no more. */
static void finish(struct sigpact__connection *c)
{
	c->readable = 0;
	if (c->phase == PHASE_HEAD || c->phase == PHASE_BODY)
		sigpact__connection_end(c, 400, "the request ends too early");
	else
		sigpact__connection_close(c);
}

static void receive(struct sigpact__connection *c)
{
	struct sigpact__http *http = c->http;
	ssize_t n = recv(c->fd, http->buffer, SERVER_BUFFER, 0);
	size_t used;

	if (n > 0) {
		/* Less than there is room for: nothing is left (epoll(7)). */
		c->readable = n == SERVER_BUFFER || c->ended;
		if (c->phase == PHASE_LINGER)
			return;
		used = feed(c, http->buffer, (size_t)n);
		keep_pending(c, http->buffer + used, (size_t)n - used);
	} else if (!n) {
		finish(c);
	} else if (errno == EAGAIN) {
		c->readable = 0;
	} else if (errno != EINTR) {
		sigpact__connection_close(c);
	}
}

/* The I/O thread's, or wanted back when there is anything to do. */
static int ours(struct sigpact__connection *c)
{
	unsigned held = HELD;

	if (!atomic_load_explicit(&c->held, memory_order_acquire))
		return 1;
	if (!c->pending && !c->readable)
		return 0;
	return !atomic_compare_exchange_strong_explicit(&c->held, &held,
							HELD | WANTED,
							memory_order_acquire,
							memory_order_acquire) &&
	    !held;
}

void sigpact__connection_proceed(struct sigpact__connection *c)
{
	int turns = TURNS;

	while (c->phase != PHASE_CLOSED && ours(c)) {
		if (c->phase == PHASE_WRITE) {
			if (!sigpact__connection_flush(c))
				return;
		} else if (c->pending) {
			feed_pending(c);
		} else if (!c->readable) {
			return;
		} else if (turns--) {
			receive(c);
		} else {
			/* The others come first. */
			c->fate = FATE_READ;
			atomic_store_explicit(&c->held, HELD | WANTED,
					      memory_order_relaxed);
			sigpact__http_return(c);
			return;
		}
	}
}

void sigpact__connection_returned(struct sigpact__connection *c)
{
	atomic_store_explicit(&c->held, 0, memory_order_relaxed);
	sigpact__connection_settle(c, c->fate);
	sigpact__connection_proceed(c);
}
