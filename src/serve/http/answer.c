/* An answer is made and sent, in one system call when the socket has room; the
   rest is copied for the I/O thread.  In the thread that holds the request. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Longer content types are cut, so that all of it has room. */
enum { PIECE = 256 };
struct head {
	char text[1024];
	size_t size;
};

static void put(struct head *h, const char *s)
{
	size_t n = strnlen(s, PIECE);

	memcpy(h->text + h->size, s, n);
	h->size += n;
}

static void put_number(struct head *h, size_t n)
{
	char digits[24], *p = digits + sizeof digits - 1;

	*p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	put(h, p);
}

static int has_body(int status)
{
	return status != 204 && status != 304;
}

/* All but the extra lines and the empty one. */
static void make_head(struct head *h, const struct sigpact__request *r,
		      const struct sigpact__response *response)
{
	h->size = 0;
	put(h, "HTTP/1.1 ");
	put_number(h, (size_t)response->status);
	put(h, " ");
	put(h, sigpact__status_name(response->status));
	put(h, "\r\nDate: ");
	put(h, sigpact__date());
	if (has_body(response->status)) {
		put(h, "\r\nContent-Length: ");
		put_number(h, response->body_size);
	}
	if (!r->keep)
		put(h, "\r\nConnection: close");
	else if (!r->minor)
		put(h, "\r\nConnection: keep-alive");
	if (response->content_type) {
		put(h, "\r\nContent-Type: ");
		put(h, response->content_type);
	}
	put(h, "\r\n");
}

/* What was not sent of these parts, sent bytes into them. */
static struct sigpact__bytes *copy_rest(const struct iovec *part, size_t count,
					size_t size, size_t sent)
{
	struct sigpact__bytes *rest = malloc(sizeof *rest + size - sent);
	char *to;

	if (!rest)
		return NULL;
	rest->size = size - sent;
	rest->used = 0;
	for (to = rest->data; count; part++, count--) {
		size_t skip = sent < part->iov_len ? sent : part->iov_len;

		if (part->iov_len > skip)
			memcpy(to, (char *)part->iov_base + skip,
			       part->iov_len - skip);
		to += part->iov_len - skip;
		sent -= skip;
	}
	return rest;
}

/* A reader that is gone is told by EPIPE, and by no signal.  What is small goes
   as one piece, which costs the kernel less than parts do. */
static ssize_t send_parts(int fd, struct iovec *part, size_t count)
{
	struct msghdr message = { .msg_iov = part, .msg_iovlen = count };
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	ssize_t n;

	do
		n = count == 1 ? send(fd, part->iov_base, part->iov_len, flags) :
			sendmsg(fd, &message, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n;
}

/* The parts of an answer, how many. */
static size_t make_parts(struct iovec part[4], struct head *head,
			 const struct sigpact__response *response, size_t body)
{
	const char *extra = response->extra ? response->extra : "";
	size_t size = strlen(extra);

	if (!size && sizeof head->text - head->size >= body + 2) {
		memcpy(head->text + head->size, "\r\n", 2);
		if (body)
			memcpy(head->text + head->size + 2, response->body,
			       body);
		part[0] = (struct iovec){ head->text, head->size + 2 + body };
		return 1;
	}
	part[0] = (struct iovec){ head->text, head->size };
	part[1] = (struct iovec){ (void *)extra, size };
	part[2] = (struct iovec){ "\r\n", 2 };
	part[3] = (struct iovec){ (void *)response->body, body };
	return 4;
}

enum sigpact__fate
sigpact__answer_send(struct sigpact__message *m,
		     const struct sigpact__response *response)
{
	struct sigpact__connection *c = m->connection;
	struct sigpact__request *r = &m->request;
	size_t body = response->body_size, size = 0, count, i;
	struct head head;
	struct iovec part[4];
	ssize_t n;

	if (r->method == METHOD_HEAD || !has_body(response->status))
		body = 0;
	if (atomic_load_explicit(&c->http->draining, memory_order_relaxed))
		r->keep = 0;
	make_head(&head, r, response);
	count = make_parts(part, &head, response, body);
	for (i = 0; i < count; i++)
		size += part[i].iov_len;
	n = send_parts(c->fd, part, count);
	if (n < 0)
		return FATE_LOST;
	if ((size_t)n == size)
		return r->keep ? FATE_KEEP : FATE_CLOSE;
	c->rest = copy_rest(part, count, size, (size_t)n);
	return c->rest ? FATE_WRITE : FATE_LOST;
}

int sigpact__answer_flush(struct sigpact__connection *c)
{
	struct sigpact__bytes *rest = c->rest;
	struct iovec part = { rest->data + rest->used, rest->size - rest->used };
	ssize_t n = send_parts(c->fd, &part, 1);

	if (n < 0)
		return -errno;
	rest->used += (size_t)n;
	if (rest->used < rest->size)
		return 0;
	free(rest);
	c->rest = NULL;
	return 1;
}

/* Back to the I/O thread when it has something to do, else just let go: then
   the connection is not touched any more. */
static void let_go(struct sigpact__message *m, enum sigpact__fate fate)
{
	struct sigpact__connection *c = m->connection;
	unsigned held = HELD;

	sigpact__message_rest(m);
	atomic_store_explicit(&c->answered_ms, sigpact__http_clock_ms(),
			      memory_order_relaxed);
	c->fate = fate;
	if (fate != FATE_KEEP ||
	    !atomic_compare_exchange_strong_explicit(&c->held, &held, 0,
						     memory_order_release,
						     memory_order_relaxed))
		sigpact__http_return(c);
}

void sigpact__http_answer(struct sigpact__request *request,
			  const struct sigpact__response *response)
{
	struct sigpact__message *m = sigpact__message_of(request);

	let_go(m, sigpact__answer_send(m, response));
}

void sigpact__http_refuse(struct sigpact__request *request, int status,
			  const char *why, const char *extra)
{
	struct sigpact__message *m = sigpact__message_of(request);

	let_go(m, sigpact__answer_refuse(m, status, why, extra));
}
