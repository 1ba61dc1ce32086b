/* sigpact report: runs a program and explains its crash, or tells what the
   threads of a live one are at.  Normal context. */
#include "cli.h"
#include "report_print.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Longer than the largest program takes; then it dies without its report. */
enum { REPORT_SECONDS = 60 };

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

struct plan {
	FILE *to;
	const char *file;
	pid_t pid;
	int json, failed;
	/* started by the handler of `sigpact run --report` */
	struct sigpact__waiting waiting;
	const char *folder;
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

/* PID,TID,ADDRESS: how core/helper.c starts this. */
static int take_waiting(struct plan *p, const char *text)
{
	struct sigpact__waiting *w = &p->waiting;

	return sscanf(text, "%d,%d,%" SCNu64, &w->pid, &w->tid, &w->word) == 3 ?
		       GO_ON : fail("--waiting is for `sigpact run --report`");
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
	case 'w':
		return take_waiting(p, optarg);
	case 'f':
		p->folder = optarg;
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

/* A file of its own in the folder; where it cannot be made the report is not
   lost. */
static int in_folder(struct plan *p, struct sigpact__report *r, char **name)
{
	char stamp[32], program[16];
	time_t now = time(NULL);
	struct tm tm;
	size_t i;
	int fd;

	snprintf(program, sizeof program, "%s", r->record->name);
	for (i = 0; program[i]; i++)
		if (program[i] == '/' || program[i] < ' ')
			program[i] = '_';
	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S",
		 localtime_r(&now, &tm));
	if (asprintf(name, "%s/%s.%d.%s.txt", p->folder, program,
		     r->record->pid, stamp) < 0)
		return fail("no memory");
	fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	p->to = fd < 0 ? NULL : fdopen(fd, "w");
	if (p->to)
		return 0;
	p->to = stderr;
	return fail("%s: %s; the report is here:", *name, strerror(errno));
}

static void print_waiting(struct sigpact__report *r, void *argument)
{
	struct plan *p = argument;
	char *name = NULL;

	if (!p->folder || in_folder(p, r, &name)) {
		print(r, p);
	} else {
		print(r, p);
		if (fclose(p->to))
			fail("%s: %s", name, strerror(errno));
		p->to = stderr;
		sigpact__fail("run", "%s (%d) crashed: its report is %s",
			      r->record->name, r->record->pid, name);
	}
	free(name);
}

/* Whatever is sent to its terminal or group is for the program, not for us. */
static int wait_for(struct plan *p)
{
	char why[256];
	sigset_t most;
	int e;

	sigfillset(&most);
	sigdelset(&most, SIGALRM);
	sigprocmask(SIG_SETMASK, &most, NULL);
	signal(SIGALRM, SIG_DFL);
	alarm(REPORT_SECONDS);
	p->to = stderr;
	e = sigpact__report_waiting(&p->waiting, print_waiting, p);
	if (!e || e == -ESRCH)
		return 0;
	sigpact__process_explain(p->waiting.pid, e, 1u << WAY_PTRACE, "report",
				 why);
	/* it is dying: there is nothing to type any more */
	why[strcspn(why, ";")] = 0;
	return fail("no report of this crash: %d %s", p->waiting.pid, why);
}

static int report(struct plan *p, char **command)
{
	int status;

	if (p->waiting.pid)
		return wait_for(p);
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
		{ "waiting", required_argument, NULL, 'w' },
		{ "folder", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct plan plan = { 0 };
	int o, e;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "+:p:o:h", options, NULL)) != -1) {
		e = take_option(&plan, o, argv[optind > 1 ? optind - 1 : 1]);
		if (e != GO_ON)
			return e;
	}
	if (plan.pid && optind < argc)
		return fail("%s with -p: expected one or the other",
			    argv[optind]);
	if (!plan.pid && !plan.waiting.pid && optind == argc)
		return fail("expected a command: sigpact report -- COMMAND, or "
			    "a process: sigpact report -p PID");
	return report(&plan, argv + optind);
}
