/* sigpact report: runs a program and explains its crash, or tells what the
   threads of a live one are at.  Normal context. */
#include "cli.h"
#include "report_print.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char help[] =
    "usage: sigpact report [OPTION]... [--] COMMAND [ARGUMENT]...\n"
    "       sigpact report [OPTION]... -p PID\n"
    "\n"
    "Runs COMMAND, and tells why it crashed when it does: the cause in words, "
    "the\n"
    "line, on which stack that was and how much of it was left.  COMMAND then "
    "dies\n"
    "as it would have.\n"
    "\n"
    "  It crashes, and says nothing:\n"
    "      sigpact report -- ./server --port 80\n"
    "  It hangs; where are its threads?\n"
    "      sigpact report -p PID\n"
    "\n"
    "Options:\n"
    "  --pid=PID, -p PID  all threads of a live process, each stopped shortly "
    "and let\n"
    "                     go unharmed\n"
    "  --output=FILE, -o FILE\n"
    "                     to FILE; default: stderr, with -p stdout\n"
    "  --json             for programs; one line for each report\n"
    "  --help             this text\n"
    "\n"
    "Exit status: COMMAND's own, 128+n when signal n ended it; 0 with -p; 126 "
    "or 127\n"
    "when COMMAND cannot be run; 2 wrong usage.\n";

/* How core/helper.c starts it. */
#define WAITING "--waiting="

struct plan {
	FILE *to;
	const char *file;
	pid_t pid;
	int json, failed;
};

#define fail(...) sigpact__fail("report", __VA_ARGS__)

static void print(struct sigpact__report *r, void *argument)
{
	struct plan *p = argument;
	int e = p->json ? sigpact__report_json(p->to, r) :
			  sigpact__report_text(p->to, r);

	if (e)
		p->failed = fail("cannot write: %s", strerror(-e));
}

static int take_option(struct plan *p, int option, const char *word)
{
	char why[256];

	switch (option) {
	case 'p':
		p->pid = sigpact__process_parse(optarg, "report -p", why);
		return p->pid ? GO_ON : fail("%s", why);
	case 'o':
		p->file = optarg;
		return GO_ON;
	case 'j':
		p->json = 1;
		return GO_ON;
	case 'h':
		fputs(help, stdout);
		return 0;
	case ':':
		return fail("%s needs a value; see sigpact report --help",
			    word);
	default:
		return fail("%s is no option; see sigpact report --help", word);
	}
}

static int run(struct plan *p, char **command)
{
	int status = 0, e = sigpact__report_command(command, &status, print, p);

	if (e == -EPERM || e == -ENOSYS)
		return fail("ptrace is not allowed here, not even of a child "
			    "(in a container, by its seccomp profile?)");
	if (e) {
		fail("%s: %s", command[0], strerror(-e));
		return e == -ENOENT ? 127 : 126;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static int look(struct plan *p)
{
	struct sigpact__report *r;
	char why[256];
	int e = sigpact__report_live(p->pid, &r);

	if (e) {
		sigpact__process_explain(p->pid, e, 1u << WAY_PTRACE,
					 "report -p", why);
		return fail("%d %s", p->pid, why);
	}
	print(r, p);
	sigpact__report_free(r);
	return p->failed;
}

static int report(struct plan *p, char **command)
{
	int status;

	p->to = p->pid ? stdout : stderr;
	if (p->file)
		p->to = fopen(p->file, "we");
	if (!p->to)
		return fail("%s: %s", p->file, strerror(errno));
	status = p->pid ? look(p) : run(p, command);
	if (p->file && fclose(p->to) && !p->failed)
		return fail("%s: %s", p->file, strerror(errno));
	return status;
}

int sigpact__report(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pid", required_argument, NULL, 'p' },
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct plan plan = { 0 };
	int o, e;

	if (argc > 1 && !strncmp(argv[1], WAITING, sizeof WAITING - 1))
		return sigpact__report_from_inside(argv[1], argv[2]);
	opterr = 0;
	while ((o = getopt_long(argc, argv, "+:p:o:h", options, NULL)) != -1) {
		e = take_option(&plan, o, argv[optind > 1 ? optind - 1 : 1]);
		if (e != GO_ON)
			return e;
	}
	if (plan.pid && optind < argc)
		return fail("%s with -p: expected one or the other",
			    argv[optind]);
	if (!plan.pid && optind == argc)
		return fail("expected a command: sigpact report -- COMMAND, or "
			    "a process: sigpact report -p PID");
	return report(&plan, argv + optind);
}
