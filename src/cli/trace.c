/* sigpact trace: what was asked for; tracing.c does it.  Normal context. */
#include "trace.h"

#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: sigpact trace [OPTION]... -p PID\n"
    "       sigpact trace [OPTION]... [--] COMMAND [ARGUMENT]...\n"
    "       sigpact trace [OPTION]... --read=FILE\n"
    "\n"
    "Tells who does what to whose signals, in all threads and children: who "
    "changed\n"
    "a handler or its flags, on which stack handlers run, who floods whom.\n"
    "\n"
    "  It hangs and burns the CPU:   sigpact trace -p PID\n"
    "  Who changes the handlers?     sigpact trace -- COMMAND\n"
    "  Keep it, look at it later:    sigpact trace --format=jsonl -o FILE -p "
    "PID\n"
    "                                sigpact trace --read=FILE\n"
    "\n"
    "Options:\n"
    "  --pid=PID          attach to a process that runs; also -p PID\n"
    "  --read=FILE        what --format=jsonl wrote, - for standard input\n"
    "  --source=SOURCE    bpf (slows little, needs root) or ptrace; default: "
    "bpf when\n"
    "                     it can be had\n"
    "  --event=LIST       these alone, each on its own line: all, a call such "
    "as\n"
    "                     rt_sigaction, or call, sent, delivered, returned, "
    "action,\n"
    "                     altstack, relocated, stop, thread, process, "
    "finding,\n"
    "                     storm, lost; default: what a person wants, folded\n"
    "  --signal=LIST      about these signals alone: PWR,USR1\n"
    "  --thread=LIST      of, or from, these threads or processes alone\n"
    "  --failed           calls that failed alone\n"
    "  --since=SECONDS    nothing before that time of the trace\n"
    "  --duration=SECONDS end after that time\n"
    "  --summary          figures at the end, instead of lines; also -c\n"
    "  --format=FORMAT    text, jsonl (every event, to be read again), chrome "
    "(for\n"
    "                     Perfetto, speedscope) or html (one page, a "
    "timeline)\n"
    "  --output=FILE      write there; also -o FILE; default: standard output, "
    "of a\n"
    "                     COMMAND's trace standard error\n"
    "  --color=WHEN       auto (a terminal, without NO_COLOR), always, never\n"
    "  --help             this text\n"
    "\n"
    "^C ends the trace and leaves the process running.\n"
    "\n"
    "Exit status: COMMAND's, 128+n when signal n ended it, 127 when it is not "
    "found,\n"
    "126 when it cannot be run; without COMMAND 0, 1 when something was "
    "found; 2 wrong\n"
    "usage, or what cannot be traced.\n";

#define fail(...) sigpact__fail("trace", __VA_ARGS__)

static int take_pid(struct sigpact__trace_plan *p, const char *word)
{
	char why[256];

	if (p->traced.pid)
		return fail("--pid twice: expected one process");
	p->traced.pid = sigpact__process_parse(word, "trace -p", why);
	return p->traced.pid ? GO_ON : fail("%s", why);
}

static int take_source(struct sigpact__trace_plan *p, const char *word)
{
	p->source = word;
	return !strcmp(word, "bpf") || !strcmp(word, "ptrace") ? GO_ON :
		fail("--source=%s: expected bpf or ptrace", word);
}

static int take_format(struct sigpact__trace_plan *p, const char *word)
{
	static const struct {
		const char *name;
		sigpact__print_open *open;
	} formats[] = {
		{ "text", sigpact__print_text },
		{ "jsonl", sigpact__print_jsonl },
		{ "chrome", sigpact__print_chrome },
		{ "html", sigpact__print_html },
	};
	size_t i;

	for (i = 0; i < sizeof formats / sizeof *formats; i++)
		if (!strcmp(word, formats[i].name)) {
			p->format = formats[i].open;
			return GO_ON;
		}
	return fail("--format=%s: expected text, jsonl, chrome or html", word);
}

static int take_seconds(const char *option, const char *word, uint64_t *ns)
{
	char *end;
	double seconds = strtod(word, &end);

	if (end == word || *end || !isfinite(seconds) || seconds < 0 ||
	    seconds > 1e9)
		return fail("--%s=%s: expected seconds such as 1.5", option,
			    word);
	*ns = (uint64_t)(seconds * 1e9);
	return GO_ON;
}

static int take_filter(struct sigpact__trace_plan *p, int option)
{
	char why[256];

	if (option == 'E') {
		p->curated = 0;
		return sigpact__filter_events(&p->filter, optarg, why) ?
			fail("--event=%s: %s", optarg, why) : GO_ON;
	}
	if (option == 'S')
		return sigpact__filter_signals(&p->filter, optarg, why) ?
			fail("--signal=%s: %s", optarg, why) : GO_ON;
	return sigpact__filter_threads(&p->filter, optarg, why) ?
		fail("--thread=%s: %s", optarg, why) : GO_ON;
}

static int take_word(struct sigpact__trace_plan *p, int option)
{
	switch (option) {
	case 'c':
		p->summary = 1;
		return GO_ON;
	case 'F':
		p->filter.failed = 1;
		p->curated = 0;
		return GO_ON;
	case 'o':
		p->output = optarg;
		return *optarg ? GO_ON : fail("--output=: expected a file");
	case 'R':
		p->read = optarg;
		return *optarg ? GO_ON : fail("--read=: expected a file, or "
					      "- for standard input");
	default: /* 'C' */
		p->colour = sigpact__colour(optarg);
		return p->colour >= 0 ? GO_ON :
			fail("--color=%s: expected auto, always or never",
			     optarg);
	}
}

static int take_option(void *plan, int option, const char *word)
{
	struct sigpact__trace_plan *p = plan;

	switch (option) {
	case 'p':
		return take_pid(p, optarg);
	case 's':
		return take_source(p, optarg);
	case 'f':
		return take_format(p, optarg);
	case 'E': case 'S': case 'T':
		return take_filter(p, option);
	case 'B':
		return take_seconds("since", optarg, &p->filter.since_ns);
	case 'D':
		return take_seconds("duration", optarg, &p->duration_ns);
	case 'c': case 'F': case 'o': case 'R': case 'C':
		return take_word(p, option);
	case 'h':
		fputs(help, stdout);
		return 0;
	case ':':
		return fail("%s needs a value; see sigpact trace --help",
			    word);
	default:
		if (isdigit((unsigned char)word[1]))
			return fail("%s is no process number; expected one "
				    "such as 4711", word);
		return fail("%s is no option; see sigpact trace --help", word);
	}
}

/* One of the three, and what goes with it. */
static int check(const struct sigpact__trace_plan *p)
{
	int ways = !!p->traced.pid + !!p->traced.command + !!p->read;

	if (!ways)
		return fail("expected a process or a command: sigpact trace -p "
			    "PID, or sigpact trace -- COMMAND");
	if (ways > 1)
		return fail("expected one of --pid, --read and a COMMAND");
	if (p->read && p->source)
		return fail("--source with --read: a file has its events "
			    "already");
	if (p->traced.command && p->format != sigpact__print_text && !p->output)
		return fail("--format of a COMMAND, which writes to the same "
			    "place: expected --output=FILE too");
	if (p->summary && p->format != sigpact__print_text)
		return fail("--summary with --format: expected one of them");
	return GO_ON;
}

int sigpact__trace(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pid", required_argument, NULL, 'p' },
		{ "read", required_argument, NULL, 'R' },
		{ "source", required_argument, NULL, 's' },
		{ "event", required_argument, NULL, 'E' },
		{ "signal", required_argument, NULL, 'S' },
		{ "thread", required_argument, NULL, 'T' },
		{ "failed", no_argument, NULL, 'F' },
		{ "since", required_argument, NULL, 'B' },
		{ "duration", required_argument, NULL, 'D' },
		{ "summary", no_argument, NULL, 'c' },
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "color", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sigpact__trace_plan plan = {
		.format = sigpact__print_text, .curated = 1, .colour = -1,
		.traced = { .command_status = -1 },
	};
	int e;

	e = sigpact__options(argc, argv, "+:p:o:ch", options, take_option,
			     &plan);
	if (e != GO_ON)
		return e;
	if (optind < argc)
		plan.traced.command = argv + optind;
	e = check(&plan);
	return e == GO_ON ? sigpact__tracing(&plan) : e;
}
