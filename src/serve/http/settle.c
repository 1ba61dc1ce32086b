/* What becomes of a connection with each answer: it goes on, waits for its client
   to read, or ends.  I/O thread. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Time a client has to read a refusal before its connection is closed. */
enum { LINGER_MS = 2000 };

static void end(struct sigpact__connection *c)
{
	free(c->pending);
	c->pending = NULL;
	/* Closed with bytes unread, the answer may be lost to a reset. */
	if (!c->readable || shutdown(c->fd, SHUT_WR))
		sigpact__connection_close(c);
	else
		sigpact__connection_enter(c, PHASE_LINGER, LINGER_MS);
}

void sigpact__connection_settle(struct sigpact__connection *c,
				enum sigpact__fate fate)
{
	struct sigpact__http *http = c->http;

	if (fate == FATE_KEEP && c->listener && !http->draining)
		sigpact__connection_enter(c, PHASE_IDLE, http->limits.idle_ms);
	else if (fate == FATE_KEEP || fate == FATE_CLOSE)
		end(c);
	else if (fate == FATE_WRITE)
		sigpact__connection_enter(c, PHASE_WRITE, http->limits.write_ms);
	else if (fate == FATE_LOST)
		sigpact__connection_close(c);
}

void sigpact__connection_refuse(struct sigpact__connection *c, int status)
{
	struct sigpact__request *r = &c->message->request;
	struct sigpact__http *http = c->http;
	char extra[256] = "";
	enum sigpact__fate fate;

	if (r->allow && status == 405)
		snprintf(extra, sizeof extra, "Allow: %.200s\r\n", r->allow);
	else if (r->retry_after)
		snprintf(extra, sizeof extra, "Retry-After: %u\r\n",
			 r->retry_after);
	c->readable |= !r->keep; /* there may be more of it */
	fate = sigpact__answer_refuse(c->message, status, r->why, extra);
	http->counts.refused++;
	if (http->call.refused)
		http->call.refused(http->context, r->method_name ? r : NULL,
				   status);
	atomic_store_explicit(&c->answered_ms, http->now_ms,
			      memory_order_relaxed);
	sigpact__connection_settle(c, fate);
}

void sigpact__connection_end(struct sigpact__connection *c, int status,
			     const char *why)
{
	c->message->request.keep = 0;
	c->message->request.why = why;
	sigpact__connection_refuse(c, status);
}

int sigpact__connection_flush(struct sigpact__connection *c)
{
	size_t before = c->rest->used;
	int sent = sigpact__answer_flush(c);

	if (sent < 0)
		sigpact__connection_close(c);
	else if (sent)
		sigpact__connection_settle(c, c->message->request.keep ?
					   FATE_KEEP : FATE_CLOSE);
	else if (c->rest->used > before)
		sigpact__connection_settle(c, FATE_WRITE);
	return sent != 0;
}
