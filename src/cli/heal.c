/* sigpact heal: what can be mended in a running process; mending it is
   mending.c's.  Normal context. */
#include "journal.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: sigpact heal [OPTION]... PID [FINDING]...\n"
    "       sigpact heal PID --undo=FILE\n"
    "\n"
    "Shows how the findings of `sigpact inspect PID` can be mended without a\n"
    "restart, and with --yes does it.  FINDING is an id or a name, SP001; "
    "default:\n"
    "all but notes.\n"
    "\n"
    "  See what would be done:       sigpact heal PID\n"
    "  Do it, and keep the journal:  sigpact heal PID --yes >journal\n"
    "  Take it back:                 sigpact heal PID --undo=journal\n"
    "\n"
    "Options:\n"
    "  --yes        do it; prints a line for each change, by which it can be "
    "undone\n"
    "  --load       wrong stacks: by loading libsigpact into the process, or "
    "not at all\n"
    "  --no-load    load nothing: by the flags of actions alone\n"
    "  --undo=FILE  take back what FILE (-: standard input) says was done\n"
    "  --help       this text\n"
    "\n"
    "The process goes on all the time; a thread is held for some "
    "microseconds.\n"
    "^C ends heal between two changes: what was done is in the journal.\n"
    "\n"
    "Exit status: 0 nothing that heal mends is left, 1 something is, 2 wrong "
    "usage,\n"
    "a process that could not be looked at, or no whole journal.\n";

struct options {
	int yes;
	const char *undo;
	struct sigpact__plan plan;
};

#define fail(...) sigpact__fail("heal", __VA_ARGS__)

static int undo_by(const struct options *o, const struct sigpact__journal *j,
		   struct sigpact__record *r)
{
	int left;

	sigpact__hold_signals(1);
	left = sigpact__journal_undo(j, r);
	sigpact__hold_signals(0);
	switch (left) {
	case 0:
		return 0;
	case -ESRCH:
		return fail("%s: nothing there was done to this process %d",
			    o->undo, r->pid);
	case -EALREADY:
		return fail("%s: what was done to %d was taken back already",
			    o->undo, r->pid);
	case -EOWNERDEAD:
		return fail("%d has called exec since: nothing is left to take "
			    "back", r->pid);
	}
	return EXIT_FINDINGS;
}

static int undo(const struct options *o, struct sigpact__record *r)
{
	FILE *f = strcmp(o->undo, "-") ? fopen(o->undo, "re") : stdin;
	struct sigpact__journal j;
	int e, status;

	if (!f)
		return fail("%s: %s", o->undo, strerror(errno));
	e = sigpact__journal_read(f, &j);
	if (f != stdin)
		fclose(f);
	if (!e)
		status = undo_by(o, &j, r);
	else if (e == -EINVAL)
		status = fail("%s: line %zu is not as heal printed it; nothing "
			      "was taken back", o->undo, j.bad_line);
	else if (e == -ENODATA)
		status = fail("%s: no line of a journal of heal is in it",
			      o->undo);
	else
		status = fail("%s: %s", o->undo, strerror(-e));
	free(j.change);
	return status;
}

static int fail_name(const char *unknown)
{
	const char *near = sigpact__plan_near(unknown);

	if (near)
		return fail("'%s' is no finding; did you mean %s?", unknown,
			    near);
	if (*unknown && !unknown[strspn(unknown, "0123456789")])
		return fail("'%s' is no finding; one process at a time",
			    unknown);
	return fail("'%s' is no finding; expected ids or names of sigpact "
		    "inspect --findings",
		    unknown);
}

/* Is there anything that heal was asked for, or mends? */
static int status_of(const struct sigpact__plan *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (!p->step[i].apart)
			return EXIT_FINDINGS;
	return 0;
}

static int plan(struct options *o, struct sigpact__sight *sight, char **names,
		int count)
{
	struct sigpact__plan *p = &o->plan;
	const char *unknown;
	int e, status;

	p->record = sight->record;
	if (sigpact__library_find(p->library, sizeof p->library))
		*p->library = 0;
	e = sigpact__plan_make(p, sight->finding, sight->finding_count, names,
			       count, &unknown);
	if (e == -EINVAL)
		return fail_name(unknown);
	if (e)
		return fail("no memory");
	if (!p->count) {
		fprintf(stderr, "sigpact heal: nothing to mend in %d\n",
			p->record->pid);
		status = 0;
	} else if (o->yes) {
		e = sigpact__plan_do(p, stdout);
		status = e < 0 ? fail("cannot write the journal: %s; what it "
				      "would have told was taken back",
				      strerror(-e))
			       : e ? EXIT_FINDINGS : 0;
	} else {
		sigpact__plan_print(p, names, count, stdout);
		status = status_of(p);
	}
	free(p->step);
	return status;
}

static int take_option(void *plan, int option, const char *word)
{
	struct options *o = plan;

	switch (option) {
	case 'y':
		o->yes = 1;
		return GO_ON;
	case 'l':
		o->plan.load_only = 1;
		return GO_ON;
	case 'n':
		o->plan.no_load = 1;
		return GO_ON;
	case 'u':
		o->undo = optarg;
		return GO_ON;
	case 'h':
		fputs(help, stdout);
		return 0;
	case ':':
		return fail("%s needs a file; see sigpact heal --help", word);
	}
	if (word[1] >= '0' && word[1] <= '9')
		return fail("%s is no process number; expected one such as "
			    "4711", word);
	return fail("%s is no option; see sigpact heal --help", word);
}

static int heal(struct options *o, char **words, int count)
{
	struct sigpact__inspection all = { 0 };
	char why[256];
	pid_t pid = sigpact__process_parse(*words, "heal", why);
	int status;

	if (!pid)
		return fail("%s", why);
	/* what /proc alone tells is not enough to mend by */
	if (sigpact__inspection_make(&all, "heal", &pid, 1,
				     1 << WAY_BPF | 1 << WAY_PTRACE))
		return fail("no memory");
	if (!all.count)
		status = fail("%d (%s) %s", pid, all.missed->name,
			      all.missed->why);
	else if (o->undo)
		status = undo(o, all.sight->record);
	else
		status = plan(o, all.sight, words + 1, count - 1);
	sigpact__inspection_free(&all);
	return status;
}

int sigpact__heal(int argc, char **argv)
{
	static const struct option options[] = {
		{ "yes", no_argument, NULL, 'y' },
		{ "load", no_argument, NULL, 'l' },
		{ "no-load", no_argument, NULL, 'n' },
		{ "undo", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct options o;
	int e;

	e = sigpact__options(argc, argv, ":h", options, take_option,
			     &o);
	if (e != GO_ON)
		return e;
	if (optind == argc)
		return fail("expected a process: sigpact heal PID");
	if (o.plan.load_only && o.plan.no_load)
		return fail("--load and --no-load: expected one of them");
	if (o.undo && (o.yes || argc - optind > 1))
		return fail("--undo takes back all that its file says; "
			    "expected nothing beside it");
	return heal(&o, argv + optind, argc - optind);
}
