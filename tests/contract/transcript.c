/* Makes a long list of calls that deal in signals and tells what each gave:
   result, errno, every byte of what was stored.  Run bare and with libsigpact
   the transcripts must not differ.

	transcript [-q] [-w] [-s] [-x] [PART...]

	-q	not every signal, but some of each kind
	-w	do not tell on which stack a handler ran
	-s	arm no stack that the altstack rule replaces
	-x	first exclude all signals, where that can be done */
#include "transcript.h"

#include <sigpact.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct part {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "actions", actions },	    { "kin", kin },
	{ "delivery", delivery },   { "stacks", stacks },
	{ "calls", calls },	    { "threads", threads },
	{ "processes", processes }, { "child", show_child /* no part */ },
};

int places = 1, tiny = 1, quick;

int next_signal(int sig)
{
	static const char some[] = {
		-1, 0, SIGHUP, SIGKILL, SIGUSR1, SIGSEGV, SIGCHLD, SIGSTOP,
		SIGWINCH, 32, 33, 34, 35, 64, 65, 66, 67,
	};
	size_t i = 0;

	while (quick && some[i] <= sig)
		i++;
	return quick ? some[i] : sig + 1;
}

static void run(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i].name, name)) {
			say("== %s", name);
			parts[i].run();
			return;
		}
	fprintf(stderr, "transcript: no part '%s'\n", name);
	exit(2);
}

static void exclude_all(void)
{
	uint64_t all = ~0ull;

	prctl(SIGPACT_PR_SET_EXCLUDE_MASK, &all, sizeof all, 0, 0);
}

int main(int argc, char **argv)
{
	size_t i;
	int o;

	while ((o = getopt(argc, argv, "qwsx")) != -1) {
		switch (o) {
		case 'q':
			quick = 1;
			break;
		case 'w':
			places = 0;
			break;
		case 's':
			tiny = 0;
			break;
		case 'x':
			exclude_all();
			break;
		default:
			return 2;
		}
	}
	for (i = 0; optind == argc && i < ARRAY_SIZE(parts) - 1; i++)
		run(parts[i].name);
	for (; optind < argc; optind++)
		run(argv[optind]);
	say("== end");
	return 0;
}
