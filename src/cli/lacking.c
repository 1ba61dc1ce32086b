/* The commands that need libraries which were not there for this build's libc
   and architecture.  Normal context. */
#include "cli.h"

static int lacks(const char *command)
{
	fprintf(stderr,
		"sigpact %s: this build was made without jansson and "
		"elfutils; expected a sigpact that is built for glibc, which "
		"looks at all processes\n",
		command);
	return EXIT_USAGE;
}

int sigpact__inspect(int argc, char **argv)
{
	return lacks(*argv);
}

int sigpact__heal(int argc, char **argv)
{
	return lacks(*argv);
}
