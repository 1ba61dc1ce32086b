/* The one line by which a command refuses, whatever it quotes.  Normal
   context. */
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>

int sigpact__fail(const char *command, const char *format, ...)
{
	char line[1024], *clean;
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	clean = sigpact__spell_text(line);
	fprintf(stderr, "sigpact %s: %s\n", command,
		clean ? clean : "no memory");
	free(clean);
	return EXIT_USAGE;
}
