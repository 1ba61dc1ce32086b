/* What a head must have beside what llhttp asks for: one Host, one way to tell
   the size of the body, a version, method and expectation that are served.
   I/O thread. */
#include "connection.h"

#include <string.h>
#include <strings.h>

static enum sigpact__method method_of(unsigned char method)
{
	switch (method) {
	case HTTP_GET:
		return METHOD_GET;
	case HTTP_HEAD:
		return METHOD_HEAD;
	case HTTP_POST:
		return METHOD_POST;
	case HTTP_PUT:
		return METHOD_PUT;
	case HTTP_DELETE:
		return METHOD_DELETE;
	case HTTP_PATCH:
		return METHOD_PATCH;
	case HTTP_OPTIONS:
		return METHOD_OPTIONS;
	default:
		return 0;
	}
}

struct seen {
	unsigned host, encoding;
	const char *encoding_value;
	const char *expect;
};

/* 0, or 400 for a header without a name. */
static int look(const struct sigpact__request *r, struct seen *seen)
{
	unsigned i;

	for (i = 0; i < r->header_count; i++) {
		const char *name = r->header[i].name;

		switch (*name) {
		case '\0':
			return 400;
		case 'h':
			seen->host += !strcmp(name, "host");
			break;
		case 't':
			if (strcmp(name, "transfer-encoding"))
				break;
			seen->encoding++;
			seen->encoding_value = r->header[i].value;
			break;
		case 'e':
			if (!strcmp(name, "expect"))
				seen->expect = r->header[i].value;
			break;
		}
	}
	return 0;
}

/* No coding but chunks is undone here; a client of HTTP/1.0 knows none, so that
   what it sent has no certain end. */
static int check_encoding(const struct sigpact__message *m,
			  const struct seen *seen)
{
	if (!seen->encoding)
		return 0;
	if (seen->encoding > 1 || !m->request.minor ||
	    !(m->parser.flags & F_CHUNKED))
		return 400;
	return strcasecmp(seen->encoding_value, "chunked") ? 501 : 0;
}

static int check_expect(struct sigpact__message *m, const struct seen *seen)
{
	if (!seen->expect || !m->request.minor)
		return 0;
	if (strcasecmp(seen->expect, "100-continue"))
		return 417;
	m->expects = 1;
	return 0;
}

static void plan_body(struct sigpact__message *m)
{
	if (m->parser.flags & F_CHUNKED) {
		m->part = PART_CHUNKS;
		return;
	}
	m->part = PART_SIZED;
	m->remaining = m->parser.content_length;
	if (m->parser.flags & F_CONTENT_LENGTH)
		m->request.content_length = m->remaining > INT64_MAX ?
		    INT64_MAX : (int64_t)m->remaining;
}

int sigpact__head_check(struct sigpact__message *m)
{
	struct sigpact__request *r = &m->request;
	struct seen seen = { 0 };
	int status;

	r->method_name = llhttp_method_name(m->parser.method);
	r->method = method_of(m->parser.method);
	if (m->parser.http_major != 1)
		return 505;
	r->minor = m->parser.http_minor;
	r->keep = (unsigned char)llhttp_should_keep_alive(&m->parser);
	if (!r->method)
		return 501;
	status = look(r, &seen);
	if (status)
		return status;
	if (seen.host > 1 || (!seen.host && r->minor))
		return 400;
	status = check_encoding(m, &seen);
	if (!status)
		status = check_expect(m, &seen);
	if (!status)
		status = sigpact__target_split(r, m->text);
	if (!status)
		plan_body(m);
	return status;
}
