/* The options of a command, one after the other.  Normal context. */
#include "cli.h"

#include <getopt.h>

int sigpact__options(int argc, char **argv, const char *letters,
		     const struct option *options,
		     int (*take)(void *plan, int option, const char *word),
		     void *plan)
{
	int option, e = GO_ON;

	opterr = 0;
	while (e == GO_ON &&
	       (option = getopt_long(argc, argv, letters, options, NULL)) != -1)
		e = take(plan, option, argv[optind > 1 ? optind - 1 : 1]);
	return e;
}
