/* The values that the commands' JSON is made of: text of other processes spelt
   so that it is UTF-8, addresses in hexadecimal, signals by name.  Each returns
   NULL without memory, or of a NULL text.  Normal context. */
#ifndef SIGPACT_JSON_VALUE_H
#define SIGPACT_JSON_VALUE_H

#include "spell.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

static inline json_t *text(const char *s)
{
	char *clean = s ? sigpact__spell_text(s) : NULL;
	json_t *value = clean ? json_string(clean) : NULL;

	free(clean);
	return value;
}

static inline json_t *hex(uint64_t n)
{
	return json_sprintf("0x%jx", (uintmax_t)n);
}

static inline json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static inline json_t *signal_name(int sig)
{
	char name[24];

	return json_string(sigpact__spell_signal(name, sig));
}

#endif
