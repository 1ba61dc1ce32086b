/* The commands that need libraries which were not there for this build's libc
   and architecture.  Normal context. */
#include "cli.h"

int sigpact__inspect(int argc, char **argv)
{
	fputs("sigpact inspect: this build was made without jansson and "
	      "elfutils; expected a sigpact that is built for glibc, which "
	      "looks at all processes\n", stderr);
	return EXIT_USAGE;
}
