/* The program that sigpact becomes for the commands that need libdw, libbpf or
   jansson: `sigpact run` starts without them.  Normal context. */
#include "cli.h"

#include <string.h>

#ifndef SIGPACT_REPORTS
static int sigpact__report_none(int argc, char **argv)
{
	return sigpact__fail(argv[0], "was built without: it wants x86-64 and "
			     "libdw");
}
#define sigpact__report sigpact__report_none
#define sigpact__hunt sigpact__report_none
#endif

static const struct command {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "inspect", sigpact__inspect },
	{ "heal", sigpact__heal },
	{ "check", sigpact__check },
	{ "trace", sigpact__trace },
	{ "report", sigpact__report },
	{ "hunt", sigpact__hunt },
	{ "exercise", sigpact__exercise }, /* --verify */
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	fputs("sigpact: this is a part of sigpact; expected to be run by "
	      "`sigpact COMMAND`\n", stderr);
	return EXIT_USAGE;
}
