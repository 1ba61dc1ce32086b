/* Query parameters and headers as a program's arguments and environment.  Normal
   context. */
#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIXED = 3 }; /* variables that each call has */

/* Pointers first, then the text. */
struct room {
	const char **pointer;
	char *text;
};

static void put(struct room *r, const char *s, size_t size)
{
	memcpy(r->text, s, size);
	r->text += size;
}

static int hex(int c)
{
	return isdigit(c) ? c - '0'
	       : isxdigit(c) ? tolower(c) - 'a' + 10
			     : -1;
}

/* 0, or -EINVAL. */
static int put_decoded(struct room *r, const char *s, size_t size)
{
	const char *end = s + size;
	int high, low;

	for (; s < end; s++) {
		if (*s != '%') {
			*r->text++ = *s == '+' ? ' ' : *s;
			continue;
		}
		high = end - s > 2 ? hex((unsigned char)s[1]) : -1;
		low = high >= 0 ? hex((unsigned char)s[2]) : -1;
		if (low < 0 || !(high | low))
			return -EINVAL;
		*r->text++ = (char)(high << 4 | low);
		s += 2;
	}
	return 0;
}

static size_t parameters(const char *query)
{
	size_t n = *query != 0;

	for (; *query; query++)
		n += *query == '&';
	return n;
}

/* The value of a parameter; NULL: it is not there. */
static const char *value_of(const char *query, const char *name, size_t *size)
{
	size_t n = strlen(name), part;

	for (; *query; query += part + (query[part] == '&')) {
		part = strcspn(query, "&");
		if (part > n && query[n] == '=' && !memcmp(query, name, n)) {
			*size = part - n - 1;
			return query + n + 1;
		}
	}
	return NULL;
}

static int put_all(struct room *r, const char *query)
{
	size_t part;
	int e = 0;

	for (; *query && !e; query += part + (query[part] == '&')) {
		part = strcspn(query, "&");
		*r->pointer++ = r->text;
		e = put_decoded(r, query, part);
		*r->text++ = 0;
	}
	return e;
}

static int put_named(struct room *r, const char *query, const char **names)
{
	const char *v;
	size_t size;
	int e = 0;

	for (; *names && !e; names++) {
		*r->pointer++ = r->text;
		v = value_of(query, *names, &size);
		if (v)
			e = put_decoded(r, v, size);
		*r->text++ = 0;
	}
	return e;
}

static void put_variable(struct room *r, const char *name, const char *value)
{
	*r->pointer++ = r->text;
	put(r, name, strlen(name));
	put(r, value, strlen(value) + 1);
}

/* HTTP_X_NAME=value, of x-name. */
static void put_header(struct room *r, const char *name, const char *value)
{
	*r->pointer++ = r->text;
	put(r, "HTTP_", 5);
	for (; *name; name++)
		*r->text++ = isalnum((unsigned char)*name)
				 ? (char)toupper((unsigned char)*name)
				 : '_';
	*r->text++ = '=';
	put(r, value, strlen(value) + 1);
}

static void put_environ(struct room *r, const struct sigpact__request *q,
			const char **headers)
{
	const char *value;

	put_variable(r, "REQUEST_METHOD=", q->method_name);
	put_variable(r, "QUERY_STRING=", q->query);
	put_variable(r, "PATH_INFO=", q->path);
	for (; headers && *headers; headers++) {
		value = sigpact__request_header(q, *headers);
		if (value)
			put_header(r, *headers, value);
	}
}

/* Bytes of text, at most; and how many pointers. */
static size_t measure(const struct sigpact__request *q,
		      const struct route_config *c, size_t *pointers)
{
	size_t text = 2 * strlen(q->query) + parameters(q->query) + 2 * strlen(q->path) + 128;
	size_t n = 1 + parameters(q->query) + FIXED, size;
	const char **at, *value;

	for (at = c->arguments; at && *at; at++) {
		text += value_of(q->query, *at, &size) ? size + 1 : 1;
		n++;
	}
	for (at = c->headers; at && *at; at++) {
		value = sigpact__request_header(q, *at);
		text += value ? strlen(*at) + strlen(value) + 8 : 0;
		n++;
	}
	*pointers = n;
	return text + strlen(c->path) + 1;
}

int sigpact__arguments_of(const struct sigpact__request *q,
			  const struct route_config *c,
			  struct sandbox_call *call, void **memory)
{
	struct room r;
	size_t pointers, text = measure(q, c, &pointers);
	int e;

	*memory = malloc(pointers * sizeof *r.pointer + text);
	if (!*memory)
		return -ENOMEM;
	r.pointer = *memory;
	r.text = (char *)(r.pointer + pointers);
	call->argv = r.pointer;
	*r.pointer++ = r.text;
	put(&r, c->path + 1, strlen(c->path));
	e = c->arguments ? put_named(&r, q->query, c->arguments)
			 : put_all(&r, q->query);
	call->argc = (size_t)(r.pointer - call->argv);
	call->environ = r.pointer;
	put_environ(&r, q, c->headers);
	call->environ_count = (size_t)(r.pointer - call->environ);
	if (e) {
		free(*memory);
		*memory = NULL;
	}
	return e;
}
