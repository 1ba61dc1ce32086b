/* The parser: llhttp puts the pieces of a head into the memory of the message, and
   what is in chunks into its body.  I/O thread. */
#include "connection.h"

#include <string.h>

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

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
	int status = sigpact__message_add(of(parser), at, size);

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

void sigpact__message_parser(struct sigpact__message *m)
{
	llhttp_init(&m->parser, HTTP_REQUEST, &settings);
	m->parser.data = m;
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

int sigpact__message_parse(struct sigpact__message *m, const char *data,
			   size_t size, size_t *taken)
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
