/* The commands that another program holds (commands.c).  Normal context. */
#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int sigpact__elsewhere(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argc;
	if (!sigpact__commands_find(path, sizeof path))
		execv(path, argv - 1); /* what main was given */
	fprintf(stderr,
		"sigpact %s: cannot run %s: %s; expected it beside sigpact, or "
		"there from `meson install`\n",
		*argv, path, strerror(errno));
	return EXIT_USAGE;
}

int sigpact__check(int argc, char **argv)
{
	return sigpact__elsewhere(argc, argv);
}

int sigpact__exercise_verify(const struct sigpact__exercise *x,
			     const char *source, char **argv)
{
	return sigpact__elsewhere(0, argv);
}
