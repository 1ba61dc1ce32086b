/* Whether text is to have colour.  Normal context. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sigpact__colour(const char *when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!strcmp(when, "always"))
		return 1;
	if (!strcmp(when, "never"))
		return 0;
	if (!strcmp(when, "auto"))
		return isatty(STDOUT_FILENO) && !(no && *no) && term &&
		       strcmp(term, "dumb");
	return -1;
}
