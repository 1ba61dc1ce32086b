/* The target of a request becomes a path that names one thing only, and a query
   that is left as it was sent.  I/O thread. */
#include "connection.h"

#include <string.h>
#include <strings.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place.  0 or 400. */
static int decode(char *path)
{
	char *to = path;

	for (; *path; path++, to++) {
		int high, low;

		*to = *path;
		if (*path != '%')
			continue;
		high = digit(path[1]);
		low = high < 0 ? -1 : digit(path[2]);
		if (low < 0 || !(high || low))
			return 400;
		*to = (char)(high << 4 | low);
		path += 2;
	}
	*to = '\0';
	return 0;
}

/* Segments "." and ".." are refused: a client that means well has resolved
   them. */
static int has_dots(const char *path)
{
	for (; (path = strchr(path, '/')); path++)
		if (path[1] == '.') {
			const char *end = path + 2 + (path[2] == '.');

			if (!*end || *end == '/')
				return 1;
		}
	return 0;
}

/* "http://host/path": the path; the host was told by a header, too. */
static char *skip_authority(char *target)
{
	if (!strncasecmp(target, "http://", 7))
		target += 7;
	else if (!strncasecmp(target, "https://", 8))
		target += 8;
	else
		return target;
	return target + strcspn(target, "/?#");
}

int sigpact__target_split(struct sigpact__request *request, char *target)
{
	char *path = skip_authority(target), *query;

	path[strcspn(path, "#")] = '\0';
	query = path + strcspn(path, "?");
	request->query = "";
	if (*query) {
		*query = '\0';
		request->query = query + 1;
	}
	if (!*path && path != target)
		path = strcpy(target, "/"); /* over the scheme */
	request->path = path;
	if (!strcmp(path, "*"))
		return request->method == METHOD_OPTIONS ? 0 : 400;
	if (*path != '/')
		return 400;
	return decode(path) || has_dots(path) ? 400 : 0;
}
