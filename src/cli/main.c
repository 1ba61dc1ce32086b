/* sigpact(1): finds the command. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: sigpact COMMAND [ARGUMENTS]\n"
    "\n"
    "  run      run a program whose runtimes share its signals\n"
    "\n"
    "  sigpact COMMAND --help tells more; so do sigpact(1) and sigpact(7).\n";

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : NULL;

	if (!command) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(command, "--help") || !strcmp(command, "-h") ||
	    !strcmp(command, "help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (!strcmp(command, "--version")) {
		puts("sigpact " SIGPACT_VERSION);
		return 0;
	}
	if (!strcmp(command, "run"))
		return sigpact__run(argc - 1, argv + 1);
	fprintf(stderr,
		"sigpact: '%s' is no command; expected run; see sigpact --help\n",
		command);
	return EXIT_USAGE;
}
