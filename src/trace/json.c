/* Text of other processes as a string of JSON.  Tracer's context. */
#include "print.h"
#include "spell.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* '<' might end or comment out the script that the string is in. */
void sigpact__put_json(FILE *f, const char *text)
{
	char *clean = sigpact__spell_text(text), *dumped;
	json_t *string = json_string(clean ? clean : "(no memory)");
	const char *at;

	dumped = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	for (at = dumped ? dumped : "\"(no memory)\""; *at; at++)
		if (*at == '<')
			fputs("\\u003c", f);
		else
			putc_unlocked(*at, f);
	free(dumped);
	json_decref(string);
	free(clean);
}
