/* What a sandbox writes: its answer, kept until it is given back, and the lines of
   its log.  Runs in the sandbox, on its stack, within a host call. */
#include "instance.h"

#include <stdlib.h>
#include <string.h>

void sigpact__output_add(struct sandbox *s, const void *bytes, size_t size)
{
	size_t all = s->output_size + size, room = s->output_room;
	char *more;

	if (all > s->pool->options.output_limit)
		sigpact__sandbox_end(s, TRAP_OUTPUT_LIMIT);
	if (all > room) {
		room = 2 * all > PAGE ? 2 * all : PAGE;
		more = realloc(s->output, room);
		if (!more)
			sigpact__sandbox_end(s, TRAP_OUTPUT_LIMIT);
		s->output = more;
		s->output_room = room;
	}
	memcpy(s->output + s->output_size, bytes, size);
	s->output_size = all;
}

void sigpact__output_log_end(struct sandbox *s)
{
	if (s->line_size && s->call.log)
		s->call.log(s->call.context, s->line, s->line_size);
	s->line_size = 0;
}

void sigpact__output_log(struct sandbox *s, const char *bytes, size_t size)
{
	size_t i;

	if (!s->call.log)
		return;
	for (i = 0; i < size && s->logged < LOG_MOST; i++, s->logged++) {
		if (bytes[i] == '\n' || s->line_size == LOG_LINE)
			sigpact__output_log_end(s);
		if (bytes[i] != '\n')
			s->line[s->line_size++] = bytes[i];
	}
}
