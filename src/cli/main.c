/* sigpact(1): finds the command. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: sigpact run [OPTION]... [--] COMMAND [ARGUMENT]...\n"
    "       sigpact --version | --help\n"
    "\n"
    "Makes the runtimes in one process share its signals, when a program hangs\n"
    "or crashes once a Go library, a collector or a profiler is loaded.\n"
    "\n"
    "  run      run COMMAND so that its runtimes get along\n"
    "\n"
    "  sigpact run --help lists the rules; see also sigpact(1), sigpact(7).\n";

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
