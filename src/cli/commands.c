/* The program that sigpact becomes for the commands that need libdw, libbpf or
   jansson: `sigpact run` starts without them.  Normal context. */
#include "cli.h"

#include <string.h>

static const struct command {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "inspect", sigpact__inspect },
	{ "heal", sigpact__heal },
	{ "check", sigpact__check },
	{ "trace", sigpact__trace },
#ifdef SIGPACT_REPORTS
	{ "report", sigpact__report },
#endif
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
