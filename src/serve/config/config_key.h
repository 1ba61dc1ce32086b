/* One object of a configuration, read by a table of its keys; for config.c and
   config_modules.c.  Normal context. */
#ifndef SIGPACT_CONFIG_KEY_H
#define SIGPACT_CONFIG_KEY_H

#include "config.h"

#include <jansson.h>

enum config_kind {
	KEY_NUMBER,	/* uint64_t, from least to most */
	KEY_LINE,	/* a string in one line, not empty */
	KEY_PATH,	/* one that begins with '/' and may stand in a URL */
	KEY_FILE,	/* a file, by the configuration's folder */
	KEY_WORD,	/* one of words: its index, an int */
	KEY_LIST,	/* strings; an array that ends with NULL */
	KEY_OBJECTS,	/* an array, not empty, that the caller reads */
	KEY_IGNORED
};

struct config_key {
	const char *name;
	enum config_kind kind;
	size_t offset;		/* of the member */
	uint64_t least, most, otherwise;
	const char *otherwise_text;
	const char *const *words;
	int needed;
};

/* Where a value stands, for messages. */
struct config_place {
	const char *file, *text;
	char path[128];		/* "tenants[0]"; "": the whole */
	void (*warn)(const char *line);
	char *why;
};

void sigpact__config_place_element(struct config_place *,
				   const struct config_place *, const char *key,
				   size_t index);

/* Writes why, about this key of the place; returns -EINVAL. */
int sigpact__config_refuse(const struct config_place *, const char *key,
			   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Strings stay the JSON's, which must live as long, but for files and lists. */
int sigpact__config_object(const struct config_place *, json_t *object,
			   const struct config_key *keys, void *structure);

void sigpact__config_object_free(const struct config_key *keys,
				 void *structure);

/* As sigpact__config_read, of JSON that is not in a file, too. */
int sigpact__config_of_json(const char *file, const char *text, json_t *root,
			    struct server_config **,
			    void (*warn)(const char *line),
			    char why[CONFIG_WHY]);

#endif
