/* A request is read: its head through llhttp into one piece of memory, a body
   whose size was told as it comes, chunks through llhttp again.  I/O thread. */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_FIRST = 1024, BODY_KEPT = 65536 };

static int grow(struct sigpact__message *m, size_t size)
{
	size_t room = m->body_room ? m->body_room : BODY_FIRST;
	uint8_t *body;

	while (room < size)
		room *= 2;
	if (m->part == PART_SIZED && room > m->request.body_size + m->remaining)
		room = m->request.body_size + m->remaining;
	if (room <= m->body_room)
		return 0;
	body = realloc(m->body, room);
	if (!body)
		return -1;
	m->body = body;
	m->body_room = room;
	return 0;
}

int sigpact__message_add(struct sigpact__message *m, const char *at,
			 size_t size)
{
	if (size > m->request.body_limit - m->request.body_size)
		return 413;
	if (grow(m, m->request.body_size + size))
		return 503;
	memcpy(m->body + m->request.body_size, at, size);
	m->request.body_size += size;
	return 0;
}

/* Text has no more than the bytes of the head, of which one beyond the limit is
   read, and a NUL for each piece. */
size_t sigpact__message_size(const struct sigpact__http_limits *limits)
{
	return sizeof(struct sigpact__message) +
	    limits->headers * sizeof(struct sigpact__header) +
	    limits->header_size + 2 * limits->headers + 4;
}

void sigpact__message_rest(struct sigpact__message *m)
{
	if (m->body_room <= BODY_KEPT)
		return;
	free(m->body);
	m->body = NULL;
	m->body_room = 0;
}

void sigpact__message_begin(struct sigpact__message *m,
			    const struct sigpact__http_limits *limits)
{
	m->limits = limits;
	m->text = (char *)(m->header + limits->headers);
	memset(&m->request, 0, sizeof m->request);
	m->request.header = m->header;
	m->request.content_length = -1;
	m->request.body_limit = m->limits->body_size;
	sigpact__message_parser(m);
	m->part = PART_HEAD;
	m->status = 0;
	m->last = 0;
	m->expects = 0;
	m->raw = 0;
	m->remaining = 0;
	m->start = m->end = m->text;
}

/* Every line ends with CR LF, and none goes on in the next: llhttp lets both
   pass in places. */
static int lines_sound(struct sigpact__message *m, const char *data,
		       size_t size)
{
	const char *p = data, *end = data + size;

	if (!size)
		return 1;
	if (m->last == '\n' && (*data == ' ' || *data == '\t'))
		return 0;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		if ((p == data ? m->last : p[-1]) != '\r')
			return 0;
		if (++p == end)
			break;
		if (*p == ' ' || *p == '\t')
			return 0;
	}
	m->last = end[-1];
	return 1;
}

static int read_head(struct sigpact__message *m, const char *data, size_t size,
		     size_t *taken)
{
	size_t left = m->limits->header_size + 1 - m->raw;
	int paused, status;

	paused = sigpact__message_parse(m, data, size < left ? size : left,
					taken);
	if (paused > 1)
		return paused;
	if (!lines_sound(m, data, *taken))
		return 400;
	m->raw += *taken;
	if (m->raw > m->limits->header_size)
		return 431;
	if (!paused)
		return MESSAGE_MORE;
	status = sigpact__head_check(m);
	if (status)
		return status;
	m->raw = 0;
	return MESSAGE_HEAD;
}

static int read_sized(struct sigpact__message *m, const char *data, size_t size,
		      size_t *taken)
{
	int status;

	*taken = size < m->remaining ? size : m->remaining;
	status = *taken ? sigpact__message_add(m, data, *taken) : 0;
	if (status)
		return status;
	m->remaining -= *taken;
	return m->remaining ? MESSAGE_MORE : MESSAGE_WHOLE;
}

/* The frames around the chunks may be as large as around single bytes, no
   more. */
static int read_chunks(struct sigpact__message *m, const char *data,
		       size_t size, size_t *taken)
{
	int paused = sigpact__message_parse(m, data, size, taken);

	if (paused > 1)
		return paused;
	m->raw += *taken;
	if (m->raw > m->request.body_limit * 6 + m->limits->header_size)
		return 413;
	if (m->part == PART_TRAILER) {
		if (!lines_sound(m, data, *taken))
			return 400;
		return paused ? MESSAGE_WHOLE : MESSAGE_MORE;
	}
	if (!paused)
		return MESSAGE_MORE;
	m->part = PART_TRAILER;
	m->last = '\n';
	data += *taken;
	size -= *taken;
	paused = read_chunks(m, data, size, &size);
	*taken += size;
	return paused;
}

int sigpact__message_read(struct sigpact__message *m, const char *data,
			  size_t size, size_t *taken)
{
	switch (m->part) {
	case PART_HEAD:
		return read_head(m, data, size, taken);
	case PART_SIZED:
		return read_sized(m, data, size, taken);
	default:
		return read_chunks(m, data, size, taken);
	}
}
