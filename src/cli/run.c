/* sigpact run: the environment that loads libsigpact, then the program.
   Normal context. */
#include "cli.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What --report and --stats add. */
enum { OWN_RULES = 1024 };
enum { EXIT_FAILED = 125, EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const char help[] =
    "usage: sigpact run [--rule RULE]... [--log[=FILE]] [--stats] "
    "[--report[=DIR]]\n"
    "                   [--] COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs COMMAND so that the runtimes in it share its signals.\n"
    "Rules marked * are on by default; they change nothing in a program "
    "without a\n"
    "conflict.\n"
    "\n"
    "  It hangs, or its garbage collector crashes, once a Go library "
    "is loaded:\n"
    "      sigpact run -- COMMAND\n"
    "  It dies of \"non-Go code set up signal handler without "
    "SA_ONSTACK flag\":\n"
    "      sigpact run --rule onstack=auto -- COMMAND\n"
    "  Neither helped; sigpact(7) tells what these print:\n"
    "      sigpact run --log --stats -- COMMAND\n"
    "\n"
    "Options:\n"
    "  --rule RULE    add a rule; may be repeated\n"
    "  --log[=FILE]   one line for each decision, to stderr or "
    "appended to FILE\n"
    "  --stats        at the end, what became of each signal's deliveries\n"
    "  --report[=DIR] a crash is explained, on stderr or in a file of its own "
    "in DIR\n"
    "  --help         this text\n"
    "\n"
    "Rules:\n"
    "  owner[=off]        * a handler installed without SA_ONSTACK "
    "stays off the\n"
    "                       alternate stack when another module adds "
    "the flag\n"
    "  exclude=SIG[,SIG]    handlers of these signals stay off it in "
    "any case\n"
    "  onstack=SIG[,SIG]    SA_ONSTACK is added to handlers of these "
    "signals\n"
    "  onstack=auto         ... to all handlers, once Go is in the process\n"
    "  altstack=SIZE|off  * a smaller alternate stack is replaced by "
    "one of SIZE,\n"
    "                       by default what four nested signals need "
    "on this CPU\n"
    "  keep=auto|off      * an ignored signal stays ignored while a "
    "library loads\n"
    "  keep=SIG[,SIG]       ... and handlers of these signals stay "
    "what they are\n"
    "  log[=FILE]           the same as --log\n"
    "\n"
    "SIG is a name or a number: PWR, SIGUSR1, RTMIN+2, 30.  SIZE: "
    "65536, 64K, 1M.\n"
    "\n"
    "Exit status: COMMAND's; 2 wrong usage, 125 sigpact failed, 126 "
    "COMMAND cannot\n"
    "be run, 127 it is not found; under --stats 128+n when signal n "
    "killed it.\n";

struct plan {
	struct sigpact__rules rules; /* checked */
	char text[8192];	     /* SIGPACT */
	int stats, report;
	const char *report_folder;   /* or NULL: stderr */
};

/* One line, whatever it quotes; returns status. */
__attribute__((format(printf, 2, 3))) static int
fail(int status, const char *format, ...)
{
	static char line[PATH_MAX + 512];
	char *p;
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	for (p = line; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	fprintf(stderr, "sigpact run: %s\n", line);
	return status;
}

/* The exit status when that is all, else GO_ON. */
static int add_rule(struct plan *p, const char *rule)
{
	size_t used = strlen(p->text), size = strlen(rule);
	char why[256];

	if (strchr(rule, ':'))
		return fail(EXIT_USAGE,
			    "--rule %s: expected one rule without ':'; repeat "
			    "--rule for another",
			    rule);
	if (sigpact__rule_parse(&p->rules, rule, size, why))
		return fail(EXIT_USAGE, "--rule %s: %s", rule, why);
	if (used + size + 2 > sizeof p->text - OWN_RULES)
		return fail(EXIT_USAGE, "--rule %s: too many rules", rule);
	if (used)
		p->text[used++] = ':';
	memcpy(p->text + used, rule, size + 1);
	return GO_ON;
}

/* A relative name would mean another file after chdir. */
static int add_log(struct plan *p, const char *file)
{
	static char rule[PATH_MAX + 256], at[PATH_MAX];

	if (!file)
		return add_rule(p, "log");
	if (*file == '/' || !*file || !getcwd(at, sizeof at))
		snprintf(rule, sizeof rule, "log=%s", file);
	else
		snprintf(rule, sizeof rule, "log=%s/%s", at, file);
	return add_rule(p, rule);
}

/* libsigpact has nobody to tell that its log cannot be written. */
static int try_log(const struct sigpact__rules *r)
{
	int fd;

	if (r->log != LOG_FILE)
		return 0;
	fd = open(r->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
				       O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0 && errno != ENXIO) /* a pipe that has no reader yet */
		return fail(EXIT_FAILED, "--log=%s: %s", r->log_file,
			    strerror(errno));
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Where the next one goes. */
static char *next_rule(struct plan *p)
{
	char *end = p->text + strlen(p->text);

	if (end > p->text)
		*end++ = ':';
	return end;
}

/* The folder, from whatever the program makes its own one; it may die too poor
   to tell that there is none. */
static int add_report(struct plan *p)
{
	static char program[PATH_MAX], folder[PATH_MAX];
	const char *to = p->report_folder;

	if (sigpact__reporter_find(program, sizeof program))
		return fail(EXIT_FAILED, "--report: %s is not there to do it; "
			    "SIGPACT_TOOLS may name, by its full name, another "
			    "sigpact (of one for musl, any for glibc)", program);
	if (to && (!realpath(to, folder) || access(folder, W_OK | X_OK)))
		return fail(EXIT_FAILED, "--report=%s: %s", to,
			    strerror(errno));
	if (strchr(program, ':') || strchr(folder, ':') ||
	    strlen(program) > 255 || strlen(folder) > 240)
		return fail(EXIT_FAILED, "--report: expected names of at most "
			    "240 bytes without ':', not %s and %s", program,
			    folder);
	sprintf(next_rule(p), "reporter=%s", program);
	if (to)
		sprintf(next_rule(p), "report=%s", folder);
	return 0;
}

/* Sets name to first, and behind it, after c, what it was. */
static int prepend(const char *name, const char *first, char c)
{
	const char *before = getenv(name);
	char *value;
	int e;

	if (!before || !*before)
		return setenv(name, first, 1);
	if (asprintf(&value, "%s%c%s", first, c, before) < 0)
		return -1;
	e = setenv(name, value, 1);
	free(value);
	return e;
}

static int set_environment(const struct plan *p, const char *library)
{
	if (strpbrk(library, ": "))
		return fail(EXIT_FAILED,
			    "%s: the loader takes no name with a space or a "
			    "colon",
			    library);
	/* gcc's sanitizer refuses to run behind a library that is preloaded;
	   what was set before comes later there, and holds */
	if (prepend("LD_PRELOAD", library, ':') ||
	    prepend("ASAN_OPTIONS", "verify_asan_link_order=0", ':') ||
	    setenv("SIGPACT", p->text, 1))
		return fail(EXIT_FAILED, "no memory");
	return 0;
}

static int execute(char **argv)
{
	int e;

	execvp(*argv, argv);
	e = errno;
	return fail(e == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN, "%s: %s",
		    *argv, strerror(e));
}

static int run(struct plan *p, char **argv)
{
	const uint64_t *counts = NULL;
	static char library[PATH_MAX + 32];
	int e;

	if (sigpact__library_find(library, sizeof library))
		return fail(EXIT_FAILED,
			    SIGPACT_LIBRARY " is not %s, nor in %s",
			    access("/proc/self/exe", F_OK)
				    ? "to be sought beside sigpact (there is "
				      "no /proc)"
				    : "beside sigpact",
			    SIGPACT_LIBDIR);
	e = try_log(&p->rules);
	if (e)
		return e;
	if (p->report) {
		e = add_report(p);
		if (e)
			return e;
	}
	if (p->stats) {
		counts = sigpact__stats_share(next_rule(p));
		if (!counts)
			return fail(EXIT_FAILED, "no memory for --stats: %s",
				    strerror(errno));
	}
	sigpact__target_warn(*argv);
	e = set_environment(p, library);
	if (e)
		return e;
	if (!counts)
		return execute(argv);
	e = sigpact__stats_run(counts, execute, argv);
	return e < 0 ? fail(EXIT_FAILED, "fork: %s", strerror(-e)) : e;
}

static int take_option(void *plan, int option, const char *word)
{
	struct plan *p = plan;

	switch (option) {
	case 'r':
		return add_rule(p, optarg);
	case 'l':
		return add_log(p, optarg);
	case 's':
		p->stats = 1;
		return GO_ON;
	case 'R':
		p->report = 1;
		p->report_folder = optarg;
		return GO_ON;
	case 'h':
		fputs(help, stdout);
		return 0;
	case ':':
		return fail(EXIT_USAGE,
			    "%s needs a rule; see sigpact run --help", word);
	default:
		return fail(EXIT_USAGE, "%s is no option; see sigpact run "
					"--help",
			    word);
	}
}

int sigpact__run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rule", required_argument, NULL, 'r' },
		{ "log", optional_argument, NULL, 'l' },
		{ "stats", no_argument, NULL, 's' },
		{ "report", optional_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct plan plan;
	int e;

	sigpact__rules_default(&plan.rules);
	e = sigpact__options(argc, argv, "+:h", options, take_option, &plan);
	if (e != GO_ON)
		return e;
	if (optind == argc)
		return fail(EXIT_USAGE, "expected a command to run: sigpact "
					"run [--rule RULE]... -- COMMAND");
	return run(&plan, argv + optind);
}
