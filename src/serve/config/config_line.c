/* On which line of a JSON text a value stands, which jansson does not tell.  The
   text was accepted by jansson, so that nothing is checked again.  Normal
   context. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

static const char *space(const char *p)
{
	return p + strspn(p, " \t\r\n,:");
}

/* Behind the string that begins at p. */
static const char *string_end(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/* Behind the value that begins at p. */
static const char *value_end(const char *p)
{
	unsigned depth = 0;

	do {
		if (*p == '"') {
			p = string_end(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		else if (!depth)
			return p + strcspn(p, ",]} \t\r\n");
		p++;
	} while (depth && *p);
	return p;
}

/* The member of the object at p whose name is the size bytes at name. */
static const char *member(const char *p, const char *name, size_t size)
{
	const char *key, *end;

	for (p = space(p + 1); *p == '"'; p = space(value_end(space(end)))) {
		key = p + 1;
		end = string_end(p);
		if ((size_t)(end - 1 - key) == size && !memcmp(key, name, size))
			return space(end);
	}
	return NULL;
}

static const char *element(const char *p, unsigned long index)
{
	for (p = space(p + 1); *p && *p != ']'; p = space(value_end(p)))
		if (!index--)
			return p;
	return NULL;
}

/* One step of path, from the value at *p. */
static const char *step(const char *p, const char **path)
{
	const char *at = *path;
	size_t size;
	char *end;

	if (*at == '[') {
		p = *p == '[' ? element(p, strtoul(at + 1, &end, 10)) : NULL;
		*path = strchr(at, ']') + 1;
		return p;
	}
	at += *at == '.';
	size = strcspn(at, ".[");
	*path = at + size;
	return *p == '{' ? member(p, at, size) : NULL;
}

unsigned sigpact__config_line(const char *text, const char *path)
{
	const char *p = space(text), *last = p;
	unsigned line = 1;

	while (p && *path) {
		last = p;
		p = step(p, &path);
	}
	if (p)
		last = p;
	for (p = text; p < last; p++)
		line += *p == '\n';
	return line;
}
