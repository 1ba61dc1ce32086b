/* sigpact check: may this kernel, CPU and libc be trusted with signals?  Runs
   the probes, and says what they saw.  Normal context. */
#include "check.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: sigpact check [OPTION]...\n"
    "\n"
    "Tries out whether this kernel, CPU and libc keep signals sound, by what "
    "they do\n"
    "and not by their version: a line for each probe, then what was found, "
    "each with\n"
    "its cure. Needs no privilege, changes nothing, and takes 10 seconds.\n"
    "\n"
    "Options:\n"
    "  --only=NAME     this probe alone; may be given several times\n"
    "  --seconds=N     how long registers are watched, default 8\n"
    "  --note          what the kernel's version makes one expect, beside it\n"
    "  --list          the probes, and what each tries out\n"
    "  --color=WHEN    auto (a terminal, without NO_COLOR), always, never\n"
    "  --json          for programs\n"
    "  --tap           for test harnesses: absent is a SKIP\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 sound, 1 a finding, 2 a probe could not tell, or wrong "
    "usage.\n";

enum { DEFAULT_SECONDS = 8, MOST_SECONDS = 86400 };

struct plan {
	enum { TEXT, JSON, TAP } format;
	int colour, note;
	double seconds;
	char *only; /* 1 for each probe that was named; NULL: all */
};

#define fail(...) sigpact__fail("check", __VA_ARGS__)

static int list(void)
{
	struct sigpact__table t = { .columns = 2 };
	size_t i;

	sigpact__table_add(&t, "PROBE");
	sigpact__table_add(&t, "WHAT IT TRIES OUT");
	for (i = 0; i < sigpact__probe_count; i++) {
		sigpact__table_add(&t, "%s", sigpact__probes[i].name);
		sigpact__table_add(&t, "%s", sigpact__probes[i].what);
	}
	if (sigpact__table_print(&t, stdout, "", "") || fflush(stdout))
		return fail("cannot write: %s", strerror(errno));
	return 0;
}

static int take_only(struct plan *p, const char *name)
{
	size_t i;

	if (!p->only)
		p->only = calloc(sigpact__probe_count, 1);
	for (i = 0; p->only && i < sigpact__probe_count; i++)
		if (!strcmp(name, sigpact__probes[i].name)) {
			p->only[i] = 1;
			return GO_ON;
		}
	return p->only ? fail("--only=%s: no such probe; see sigpact check "
			      "--list", name) : fail("no memory");
}

static int take_seconds(struct plan *p, const char *word)
{
	char *end;
	double n = strtod(word, &end);

	/* not "0x", "nan", " 1" */
	if (end == word || *end || strspn(word, "0123456789.") != strlen(word) ||
	    !(n > 0) || n > MOST_SECONDS)
		return fail("--seconds=%s: expected a number above 0, at most "
			    "%d", word, MOST_SECONDS);
	p->seconds = n;
	return GO_ON;
}

static int take_format(struct plan *p, unsigned format)
{
	if (p->format && p->format != format)
		return fail("--json and --tap: expected one of them");
	p->format = format;
	return GO_ON;
}

static int take_option(void *plan, int option, const char *word)
{
	struct plan *p = plan;

	switch (option) {
	case 'o':
		return take_only(p, optarg);
	case 's':
		return take_seconds(p, optarg);
	case 'n':
		p->note = 1;
		return GO_ON;
	case 'l':
		return list();
	case 'c':
		p->colour = sigpact__colour(optarg);
		return p->colour >= 0 ? GO_ON :
			fail("--color=%s: expected auto, always or never",
			     optarg);
	case 'j':
		return take_format(p, JSON);
	case 't':
		return take_format(p, TAP);
	case 'h':
		fputs(help, stdout);
		return 0;
	case ':':
		return fail("%s needs a value; see sigpact check --help", word);
	default:
		return fail("%s is no option; see sigpact check --help", word);
	}
}

/* On a terminal, what takes so long. */
static void progress(const struct sigpact__probe *probe, double seconds)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (probe && probe->timed)
		fprintf(stderr, "%s: %g seconds ...", probe->name, seconds);
	else
		fputs("\r\033[K", stderr);
}

static int run(const struct plan *p, struct sigpact__check *c)
{
	const struct sigpact__probing g = { p->seconds, "/proc/self/exe",
					    NULL };
	struct sigpact__checked *row;
	size_t i;

	c->row = calloc(sigpact__probe_count, sizeof *c->row);
	if (!c->row)
		return -ENOMEM;
	for (i = 0; i < sigpact__probe_count; i++) {
		if (p->only && !p->only[i])
			continue;
		row = c->row + c->count++;
		row->probe = sigpact__probes + i;
		progress(row->probe, p->seconds);
		sigpact__probe(row->probe, &row->saw, &g);
		progress(NULL, 0);
		sigpact__probe_note(row->probe, c->machine.kernel.release,
				    row->note);
	}
	return 0;
}

static int print(const struct plan *p, const struct sigpact__check *c)
{
	int e = p->format == JSON ? sigpact__check_json(stdout, c) :
		p->format == TAP ? sigpact__check_tap(stdout, c) :
		sigpact__check_text(stdout, c, p->colour);

	if (!e && fflush(stdout))
		e = -errno;
	return e;
}

static int check(const struct plan *p)
{
	struct sigpact__check c = { .seconds = p->seconds, .note = p->note };
	size_t i;
	int e, status;

	uname(&c.machine.kernel);
	snprintf(c.machine.libc, sizeof c.machine.libc, "%s",
		 sigpact__libc_name());
	e = run(p, &c);
	if (!e)
		e = print(p, &c);
	status = sigpact__check_count(&c, SAID_FOUND)	? EXIT_FINDINGS :
		 sigpact__check_count(&c, SAID_UNKNOWN) ? EXIT_USAGE : 0;
	for (i = 0; i < c.count; i++)
		sigpact__probed_free(&c.row[i].saw);
	free(c.row);
	if (e == -ENOSYS)
		return fail("--json: this build was made without jansson; "
			    "expected --tap");
	return e ? fail("cannot write: %s", strerror(-e)) : status;
}

/* What the probe of exec is told by the program that it became. */
static int after_exec(void)
{
	stack_t s;

	return sigaltstack(NULL, &s) || !(s.ss_flags & SS_DISABLE);
}

/* The library would stand between the probes and the kernel. */
static void leave_sigpact(char **argv)
{
	const char *preload = getenv("LD_PRELOAD");

	if (!preload || !strstr(preload, SIGPACT_LIBRARY))
		return;
	unsetenv("LD_PRELOAD");
	unsetenv("SIGPACT");
	execv("/proc/self/exe", argv);
}

int sigpact__check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "only", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 's' },
		{ "note", no_argument, NULL, 'n' },
		{ "list", no_argument, NULL, 'l' },
		{ "color", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "tap", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct plan plan = { .seconds = DEFAULT_SECONDS,
			     .colour = sigpact__colour("auto") };
	int e;

	if (argc == 2 && !strcmp(argv[1], "after-exec"))
		return after_exec();
	e = sigpact__options(argc, argv, ":h", options, take_option, &plan);
	if (e == GO_ON && optind < argc)
		e = fail("%s: expected options alone; see sigpact check --help",
			 argv[optind]);
	if (e == GO_ON) {
		leave_sigpact(argv - 1); /* what main was given */
		e = check(&plan);
	}
	free(plan.only);
	return e;
}
