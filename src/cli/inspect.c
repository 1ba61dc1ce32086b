/* sigpact inspect: which processes, how to look at them and how to print
   what was seen.  Normal context. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: sigpact inspect [OPTION]... PID... | --all\n"
    "\n"
    "Tells what a running process does with signals, and what is wrong "
    "with it:\n"
    "findings first, each with its cure, then actions and threads.\n"
    "\n"
    "  It hangs or crashes, and several runtimes are in it:\n"
    "      sigpact inspect PID\n"
    "  Is anything wrong on this machine?\n"
    "      sudo sigpact inspect --all\n"
    "\n"
    "Options:\n"
    "  --all               every process that may be looked at: the "
    "findings, and a\n"
    "                      line for each without; notes with --verbose\n"
    "  --way=WAY           bpf (stops nothing), ptrace (a short stop) or "
    "proc (needs\n"
    "                      no privilege, sees less); default: the best "
    "that works\n"
    "  --verbose           all 64 actions, and each thread on its own\n"
    "  --color=WHEN        auto (a terminal, without NO_COLOR), always, "
    "never\n"
    "  --json              all that was seen, for programs\n"
    "  --sarif             the findings, as SARIF 2.1.0\n"
    "  --openmetrics=FILE  figures into FILE, at once or not at all; no "
    "text\n"
    "  --findings          what may be found, as a list\n"
    "  --help              this text\n"
    "\n"
    "Exit status: 0 nothing found, 1 findings, 2 wrong usage or a process "
    "that could\n"
    "not be looked at; under --all those are counted and named instead.\n";

struct plan {
	int all;
	unsigned ways;
	enum { TEXT, JSON, SARIF } format;
	const char *metrics;
	struct sigpact__style style;
};

#define fail(...) sigpact__fail("inspect", __VA_ARGS__)

static int list_findings(void)
{
	struct sigpact__table t = { .columns = 4 };
	size_t i;

	sigpact__table_add(&t, "ID");
	sigpact__table_add(&t, "FINDING");
	sigpact__table_add(&t, "SEVERITY");
	sigpact__table_add(&t, "WHAT IT MEANS");
	for (i = 0; i < sigpact__finding_kind_all; i++) {
		const struct sigpact__finding_kind *kind =
		    sigpact__finding_kinds + i;

		sigpact__table_add(&t, "%s", kind->id);
		sigpact__table_add(&t, "%s", kind->name);
		sigpact__table_add(&t, "%s",
				   sigpact__spell_severity(kind->severity));
		sigpact__table_add(&t, "%s", kind->what);
	}
	return sigpact__table_print(&t, stdout, "", "") ? fail("no memory") : 0;
}

static int take_way(struct plan *p, const char *name)
{
	enum sigpact__way way;

	for (way = WAY_BPF; way <= WAY_PROC; way++)
		if (!strcmp(name, sigpact__way_name(way))) {
			p->ways = 1u << way;
			return GO_ON;
		}
	return fail("--way=%s: expected bpf, ptrace or proc", name);
}

static int take_color(struct plan *p, const char *when)
{
	p->style.colour = sigpact__colour(when);
	return p->style.colour >= 0 ? GO_ON :
		fail("--color=%s: expected auto, always or never", when);
}

static int take_format(struct plan *p, int format)
{
	if (p->format && p->format != (unsigned)format)
		return fail("--json and --sarif: expected one of them");
	p->format = (unsigned)format;
	return GO_ON;
}

static int take_option(void *plan, int option, const char *word)
{
	struct plan *p = plan;

	switch (option) {
	case 'a':
		p->all = 1;
		return GO_ON;
	case 'w':
		return take_way(p, optarg);
	case 'v':
		p->style.verbose = 1;
		return GO_ON;
	case 'c':
		return take_color(p, optarg);
	case 'j':
		return take_format(p, JSON);
	case 's':
		return take_format(p, SARIF);
	case 'o':
		p->metrics = optarg;
		return *optarg ? GO_ON : fail("--openmetrics=: expected a "
					      "file");
	case 'f':
		return list_findings();
	case 'h':
		fputs(help, stdout);
		return 0;
	case ':':
		return fail("%s needs a value; see sigpact inspect --help",
			    word);
	default:
		if (isdigit((unsigned char)word[1]))
			return fail("%s is no process number; expected one "
				    "such as 4711", word);
		return fail("%s is no option; see sigpact inspect --help",
			    word);
	}
}

static int print(const struct plan *p, const struct sigpact__inspection *all)
{
	int e = 0;

	if (p->format == JSON)
		e = sigpact__inspect_json(stdout, all);
	else if (p->format == SARIF)
		e = sigpact__inspect_sarif(stdout, all);
	else if (!p->metrics)
		e = sigpact__inspect_text(stdout, all, p->style);
	if (!e && fflush(stdout))
		e = -errno;
	if (e)
		return fail("cannot write: %s", strerror(-e));
	e = p->metrics ? sigpact__inspect_openmetrics_file(p->metrics, all) : 0;
	return e ? fail("%s: %s", p->metrics, strerror(-e)) : 0;
}

/* Under --all one that could not be looked at is told of, and no error; one that
   ended meanwhile is none. */
static void forget_ended(struct sigpact__inspection *all)
{
	size_t i, n = 0;

	for (i = 0; i < all->missed_count; i++)
		if (all->missed[i].error != -ESRCH)
			all->missed[n++] = all->missed[i];
	all->missed_count = n;
}

/* A shell has some, and so has nearly every machine: they hide what matters. */
static void leave_notes(struct sigpact__inspection *all)
{
	struct sigpact__sight *s;
	size_t left;

	for (s = all->sight; s < all->sight + all->count; s++) {
		left = sigpact__findings_drop_notes(s->finding,
						    s->finding_count);
		all->notes += s->finding_count - left;
		s->finding_count = left;
	}
}

static int inspect(const struct plan *p, const pid_t *pids, size_t n)
{
	struct sigpact__inspection all;
	size_t i, found = 0;
	int status = 0, e = sigpact__inspection_make(&all, "inspect", pids, n,
						    p->ways);

	if (e)
		return fail("%s", strerror(-e));
	if (p->style.brief)
		leave_notes(&all);
	for (i = 0; i < all.count; i++)
		found += all.sight[i].finding_count;
	if (p->all)
		forget_ended(&all);
	for (i = 0; i < all.missed_count && !p->all; i++)
		status = fail("%d (%s) %s", all.missed[i].pid,
			      all.missed[i].name, all.missed[i].why);
	if (!p->all && p->format == TEXT)
		all.missed_count = 0; /* they were told of */
	e = print(p, &all);
	sigpact__inspection_free(&all);
	return e ? e : status ? status : found ? EXIT_FINDINGS : 0;
}

static int inspect_all(const struct plan *p)
{
	pid_t *pids;
	long n = sigpact__process_all(&pids);
	int status;

	if (n < 0)
		return fail("/proc: %s", strerror((int)-n));
	status = inspect(p, pids, (size_t)n);
	free(pids);
	return status;
}

/* Each process once, and none at all when a word is wrong. */
static int inspect_words(const struct plan *p, char **words, int count)
{
	pid_t *pids = calloc((size_t)count, sizeof *pids);
	size_t n = 0, k;
	char why[256];
	int i, status;

	for (i = 0; pids && i < count; i++) {
		pids[n] = sigpact__process_parse(words[i], "inspect", why);
		if (!pids[n]) {
			free(pids);
			return fail("%s", why);
		}
		for (k = 0; pids[k] != pids[n]; k++)
			;
		n += k == n;
	}
	status = pids ? inspect(p, pids, n) : fail("no memory");
	free(pids);
	return status;
}

int sigpact__inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "way", required_argument, NULL, 'w' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "color", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "sarif", no_argument, NULL, 's' },
		{ "openmetrics", required_argument, NULL, 'o' },
		{ "findings", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct plan plan = { 0 };
	int e;

	plan.style.colour = sigpact__colour("auto");
	e = sigpact__options(argc, argv, ":h", options, take_option,
			     &plan);
	if (e != GO_ON)
		return e;
	if (plan.all && optind < argc)
		return fail("%s with --all: expected one or the other",
			    argv[optind]);
	plan.style.brief = plan.all && !plan.style.verbose;
	if (plan.all)
		return inspect_all(&plan);
	if (optind == argc)
		return fail("expected a process number: sigpact inspect PID, "
			    "or sigpact inspect --all");
	return inspect_words(&plan, argv + optind, argc - optind);
}
