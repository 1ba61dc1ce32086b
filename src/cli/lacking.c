/* In the place of elsewhere.c, when libraries were not there for this build's
   libc and architecture: `sigpact check` is then a part of sigpact, without
   --json.  Normal context. */
#include "check.h"

#include <errno.h>

int sigpact__elsewhere(int argc, char **argv)
{
	(void)argc;
	fprintf(stderr,
		"sigpact %s: this build was made without jansson and "
		"elfutils; expected a sigpact that is built for glibc, which "
		"looks at all processes\n",
		*argv);
	return EXIT_USAGE;
}

int sigpact__check_json(FILE *f, const struct sigpact__check *c)
{
	(void)f;
	(void)c;
	return -ENOSYS;
}

int sigpact__exercise_verify(const struct sigpact__exercise *x,
			     const char *source, char **argv)
{
	return sigpact__elsewhere(0, argv);
}
