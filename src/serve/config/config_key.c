/* One object of a configuration: keys that are unknown, missing or not what they
   may be, each with its line.  Normal context. */
#include "config_key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

void sigpact__config_place_element(struct config_place *inner,
				   const struct config_place *at,
				   const char *key, size_t index)
{
	*inner = *at;
	snprintf(inner->path, sizeof inner->path, "%.60s%s%.40s[%zu]", at->path,
		 *at->path && *key ? "." : "", key, index);
}

static int say(const struct config_place *at, const char *key,
	       char line[CONFIG_WHY], const char *format, va_list ap)
{
	char path[192], text[320];

	snprintf(path, sizeof path, "%s%s%s", at->path,
		 *at->path && *key ? "." : "", key);
	vsnprintf(text, sizeof text, format, ap);
	return snprintf(line, CONFIG_WHY, "%.100s:%u: %s%s%s", at->file,
			sigpact__config_line(at->text, path), path,
			*path ? ": " : "", text);
}

int sigpact__config_refuse(const struct config_place *at, const char *key,
			   const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(at, key, at->why, format, ap);
	va_end(ap);
	return -EINVAL;
}

static void ignored(const struct config_place *at, const char *key,
		    const char *format, ...)
{
	char line[CONFIG_WHY];
	va_list ap;

	va_start(ap, format);
	say(at, key, line, format, ap);
	va_end(ap);
	if (at->warn)
		at->warn(line);
}

/* "the JSON of value", cut short; static storage. */
static const char *shown(const json_t *value)
{
	static char text[48];
	char *all = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	snprintf(text, sizeof text, "%.44s", all ? all : "?");
	free(all);
	return text;
}

static int number(const struct config_place *at, const struct config_key *k,
		  const json_t *v, uint64_t *to)
{
	json_int_t n = json_integer_value(v);

	/* 0 is as good as leaving it out, where that may be done */
	if (!json_is_integer(v) || n < 0 ||
	    ((uint64_t)n < k->least && (n || k->needed)) ||
	    (uint64_t)n > k->most)
		return sigpact__config_refuse(
		    at, k->name,
		    "%s; expected a number from %" PRIu64 " to %" PRIu64,
		    shown(v), k->least, k->most);
	*to = n ? (uint64_t)n : k->otherwise;
	return 0;
}

static int one_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return 0;
	return 1;
}

static int string(const struct config_place *at, const struct config_key *k,
		  const json_t *v, const char **to)
{
	const char *s = json_string_value(v);

	if (!s || !*s || !one_line(s))
		return sigpact__config_refuse(
		    at, k->name, "%s; expected text in one line", shown(v));
	if (k->kind == KEY_PATH &&
	    (*s != '/' || strpbrk(s, " ?#%\\") || strstr(s, "/../") ||
	     !strncmp(s, "/-/", 3)))
		return sigpact__config_refuse(
		    at, k->name,
		    "%s; expected a path as \"/name\", without "
		    "?, #, %%, \"..\" and not below /-/",
		    shown(v));
	*to = s;
	return 0;
}

static int file(const struct config_place *at, const struct config_key *k,
		const json_t *v, const char **to)
{
	const char *slash = strrchr(at->file, '/'), *name;
	char *path;
	int e = string(at, k, v, &name);

	if (e)
		return e;
	if (asprintf(&path, "%.*s%s",
		     *name != '/' && slash ? (int)(slash - at->file) + 1 : 0,
		     at->file, name) < 0)
		return sigpact__config_refuse(at, k->name, "no memory");
	*to = path;
	if (access(path, R_OK))
		return sigpact__config_refuse(at, k->name, "%s: %s", path,
					      strerror(errno));
	return 0;
}

static int word(const struct config_place *at, const struct config_key *k,
		const json_t *v, int *to)
{
	const char *s = json_string_value(v);
	char all[96] = "";
	int i;

	for (i = 0; k->words[i]; i++) {
		if (s && !strcmp(s, k->words[i])) {
			*to = i;
			return 0;
		}
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s\"%s\"",
			 i ? ", " : "", k->words[i]);
	}
	return sigpact__config_refuse(at, k->name, "%s; expected one of %s",
				      shown(v), all);
}

static int list(const struct config_place *at, const struct config_key *k,
		const json_t *v, const char ***to)
{
	size_t n = json_array_size(v), i;

	if (!json_is_array(v))
		return sigpact__config_refuse(
		    at, k->name, "%s; expected a list of text", shown(v));
	*to = calloc(n + 1, sizeof **to);
	if (!*to)
		return sigpact__config_refuse(at, k->name, "no memory");
	for (i = 0; i < n; i++) {
		struct config_place inner;
		int e;

		sigpact__config_place_element(&inner, at, k->name, i);
		e = string(&inner, &(struct config_key){ .name = "" },
			   json_array_get(v, i), &(*to)[i]);
		if (e)
			return e;
	}
	return 0;
}

static int value(const struct config_place *at, const struct config_key *k,
		 json_t *v, void *to)
{
	switch (k->kind) {
	case KEY_NUMBER:
		return number(at, k, v, to);
	case KEY_LINE:
	case KEY_PATH:
		return string(at, k, v, to);
	case KEY_FILE:
		return file(at, k, v, to);
	case KEY_WORD:
		return word(at, k, v, to);
	case KEY_LIST:
		return list(at, k, v, to);
	case KEY_OBJECTS:
		if (!json_array_size(v))
			return sigpact__config_refuse(
			    at, k->name,
			    "%s; expected a list of one or "
			    "more objects",
			    shown(v));
		return 0;
	case KEY_IGNORED:
		ignored(at, k->name, "ignored: it means nothing here");
	}
	return 0;
}

static const struct config_key *find(const struct config_key *k,
				     const char *name)
{
	while (k->name && strcmp(k->name, name))
		k++;
	return k->name ? k : NULL;
}

static int unknown(const struct config_place *at, const struct config_key *k,
		   const char *name)
{
	const char *near = NULL;
	unsigned edits, least = 3;

	for (; k->name; k++) {
		/* "deadline-us" for "relative-deadline-us" */
		edits = strlen(name) > 3 && strstr(k->name, name)
			    ? 2
			    : sigpact__near_edits(name, strlen(name), k->name);
		if (edits < least) {
			least = edits;
			near = k->name;
		}
	}
	return sigpact__config_refuse(at, name,
				      near ? "no such key; %s?"
					   : "no such key; sigpact-serve(1) "
					     "lists them",
				      near);
}

static int present(const struct config_place *at, const struct config_key *k,
		   json_t *object, char *structure)
{
	for (; k->name; k++) {
		if (json_object_get(object, k->name))
			continue;
		if (k->needed)
			return sigpact__config_refuse(
			    at, "", "\"%s\" is missing", k->name);
		if (k->kind == KEY_NUMBER)
			*(uint64_t *)(structure + k->offset) = k->otherwise;
		else if (k->otherwise_text)
			*(const char **)(structure + k->offset) =
			    k->otherwise_text;
	}
	return 0;
}

int sigpact__config_object(const struct config_place *at, json_t *object,
			   const struct config_key *keys, void *structure)
{
	const struct config_key *k;
	const char *name;
	json_t *v;
	int e;

	if (!json_is_object(object))
		return sigpact__config_refuse(at, "", "%s; expected an object",
					      shown(object));
	json_object_foreach(object, name, v) {
		k = find(keys, name);
		e = k ? value(at, k, v, (char *)structure + k->offset)
		      : unknown(at, keys, name);
		if (e)
			return e;
	}
	return present(at, keys, object, structure);
}

void sigpact__config_object_free(const struct config_key *k, void *structure)
{
	for (; k->name; k++)
		if (k->kind == KEY_FILE || k->kind == KEY_LIST)
			free(*(void **)((char *)structure + k->offset));
}
