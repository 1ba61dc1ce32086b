/* sigpact(1): finds the command.  Normal context. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *arguments, *what;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "run", "[OPTION]... [--] COMMAND [ARGUMENT]...",
	  "run COMMAND so that its runtimes get along", sigpact__run },
	{ "inspect", "[OPTION]... PID... | --all",
	  "what a running process does with signals, and what is wrong",
	  sigpact__elsewhere },
	{ "heal", "[OPTION]... PID [FINDING]...",
	  "mend a running process without a restart",
	  sigpact__elsewhere },
	{ "trace", "[OPTION]... -p PID | [--] COMMAND [ARGUMENT]...",
	  "who does what to whose signals",
	  sigpact__elsewhere },
	{ "report", "[OPTION]... -p PID | [--] COMMAND [ARGUMENT]...",
	  "why it crashed, on which stack, how near its end",
	  sigpact__elsewhere },
	{ "hunt", "[OPTION]... [--] COMMAND [ARGUMENT]...",
	  "it crashes once in 500 runs: run it until it does",
	  sigpact__elsewhere },
	{ "check", "[OPTION]...",
	  "may this kernel, CPU and libc be trusted with signals",
	  sigpact__check },
	{ "exercise", "[OPTION]... [FAMILY]...",
	  "make every signal system call, to test a tracer by",
	  sigpact__exercise },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int usage(FILE *f, int status)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		fprintf(f, "%s sigpact %s %s\n", i ? "      " : "usage:",
			commands[i].name, commands[i].arguments);
	fputs("       sigpact --version | --help\n"
	      "\n"
	      "Makes the runtimes in one process share its signals, when a "
	      "program hangs\n"
	      "or crashes once a Go library, a collector or a profiler is "
	      "loaded.\n"
	      "\n",
	      f);
	for (i = 0; i < COMMANDS; i++)
		fprintf(f, "  %-8s %s\n", commands[i].name, commands[i].what);
	fputs("\n"
	      "  sigpact COMMAND --help lists its options; see also "
	      "sigpact(1), sigpact(7).\n",
	      f);
	return status;
}

static int no_command(const char *word)
{
	size_t i;

	fprintf(stderr, "sigpact: '%s' is no command; expected ", word);
	for (i = 0; i < COMMANDS; i++)
		fprintf(stderr, "%s%s",
			!i ? "" : i + 1 < COMMANDS ? ", " : " or ",
			commands[i].name);
	fputs("; see sigpact --help\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	size_t i;

	if (!word)
		return usage(stderr, EXIT_USAGE);
	if (!strcmp(word, "--help") || !strcmp(word, "-h") ||
	    !strcmp(word, "help"))
		return usage(stdout, 0);
	if (!strcmp(word, "--version")) {
		puts("sigpact " SIGPACT_VERSION);
		return 0;
	}
	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(word, commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	return no_command(word);
}
