/* A request is read: its head through llhttp into one piece of memory, a body
   whose size was told as it comes, chunks through llhttp again.  I/O thread. */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_FIRST = 1024, BODY_KEPT = 65536 };

static struct sigpact__message *of(llhttp_t *parser)
{
	return parser->data;
}

static int refuse(struct sigpact__message *m, int status)
{
	if (!m->status)
		m->status = status;
	return HPE_USER;
}

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
	struct sigpact__message *m = of(parser);

	if ((size_t)(m->end - m->start) + size > m->limits->url_size)
		return refuse(m, 414);
	memcpy(m->end, at, size);
	m->end += size;
	return 0;
}

/* A piece ends with a NUL; the next one starts behind it. */
static char *piece(struct sigpact__message *m)
{
	char *start = m->start;

	*m->end++ = '\0';
	m->start = m->end;
	return start;
}

static int on_url_complete(llhttp_t *parser)
{
	piece(of(parser));
	return 0;
}

static int on_field(llhttp_t *parser, const char *at, size_t size)
{
	struct sigpact__message *m = of(parser);
	size_t i;

	if (m->part != PART_HEAD)
		return 0; /* a trailer's: read and forgotten */
	for (i = 0; i < size; i++)
		m->end[i] = at[i] >= 'A' && at[i] <= 'Z' ? at[i] | 0x20 : at[i];
	m->end += size;
	return 0;
}

static int on_field_complete(llhttp_t *parser)
{
	struct sigpact__message *m = of(parser);

	if (m->part != PART_HEAD)
		return 0;
	if (m->request.header_count == m->limits->headers)
		return refuse(m, 431);
	m->header[m->request.header_count].name = piece(m);
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
	struct sigpact__message *m = of(parser);

	if (m->part == PART_HEAD) {
		memcpy(m->end, at, size);
		m->end += size;
	}
	return 0;
}

static int on_value_complete(llhttp_t *parser)
{
	struct sigpact__message *m = of(parser);

	if (m->part != PART_HEAD)
		return 0;
	while (m->end > m->start && (m->end[-1] == ' ' || m->end[-1] == '\t'))
		m->end--;
	m->header[m->request.header_count++].value = piece(m);
	return 0;
}

/* An upgrade is not offered: what follows is HTTP. */
static int on_headers_complete(llhttp_t *parser)
{
	parser->upgrade = 0;
	return HPE_PAUSED;
}

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

static int add(struct sigpact__message *m, const char *at, size_t size)
{
	if (size > m->request.body_limit - m->request.body_size)
		return 413;
	if (grow(m, m->request.body_size + size))
		return 503;
	memcpy(m->body + m->request.body_size, at, size);
	m->request.body_size += size;
	return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
	int status = add(of(parser), at, size);

	return status ? refuse(of(parser), status) : 0;
}

/* After the last chunk come lines again. */
static int on_chunk_header(llhttp_t *parser)
{
	struct sigpact__message *m = of(parser);

	if (parser->content_length > m->request.body_limit -
	    m->request.body_size)
		return refuse(m, 413);
	return parser->content_length ? 0 : HPE_PAUSED;
}

static int on_message_complete(llhttp_t *parser)
{
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_url_complete = on_url_complete,
	.on_header_field = on_field,
	.on_header_field_complete = on_field_complete,
	.on_header_value = on_value,
	.on_header_value_complete = on_value_complete,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_chunk_header = on_chunk_header,
	.on_message_complete = on_message_complete,
};

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
	llhttp_init(&m->parser, HTTP_REQUEST, &settings);
	m->parser.data = m;
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

static int is_token(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Why llhttp stopped.  An unknown method is a word before a space, or
   may become one. */
static int status_of(struct sigpact__message *m, llhttp_errno_t e,
		     const char *data, const char *end)
{
	const char *at = llhttp_get_error_pos(&m->parser);

	if (m->status)
		return m->status;
	switch (e) {
	case HPE_INVALID_METHOD:
		if (*at == ' ' && at == data && !m->raw)
			return 400;
		while (at < end && is_token(*at))
			at++;
		return at == end || *at == ' ' ? 501 : 400;
	case HPE_INVALID_VERSION:
	case HPE_PAUSED_H2_UPGRADE:
		return 505;
	default:
		return 400;
	}
}

/* Runs the parser.  1: it paused, after *taken; 0: it wants more; a status. */
static int parse(struct sigpact__message *m, const char *data, size_t size,
		 size_t *taken)
{
	llhttp_errno_t e = llhttp_execute(&m->parser, data, size);

	*taken = size;
	if (e == HPE_OK)
		return 0;
	if (e != HPE_PAUSED)
		return status_of(m, e, data, data + size);
	*taken = (size_t)(llhttp_get_error_pos(&m->parser) - data);
	llhttp_resume(&m->parser);
	return 1;
}

static int read_head(struct sigpact__message *m, const char *data, size_t size,
		     size_t *taken)
{
	size_t left = m->limits->header_size + 1 - m->raw;
	int paused = parse(m, data, size < left ? size : left, taken), status;

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
	status = *taken ? add(m, data, *taken) : 0;
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
	int paused = parse(m, data, size, taken);

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
