/* Carries a plan of `sigpact trace` out: a source or a file, the story of its
   events, a printer.  Normal context. */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <time.h>

#define fail(...) sigpact__fail("trace", __VA_ARGS__)

enum { AUXV_MINSIGSTKSZ = 51 };
#define IDLE_NS 200000000ull	/* without events for this: time passes */
#define FLUSH_NS 100000000ull
#define LAST_NS 1000000000ull	/* a command's, after ^C */

struct tracing {
	struct sigpact__trace_plan *plan;
	struct sigpact__print print;
	struct sigpact__printer printer;
	struct sigpact__printer summary;	/* text: at the end; or none */
	struct sigpact__learner learner;
	struct sigpact__story *story;
	char source[16];
	uint64_t event_ns;	/* when the last one came; 0: time has passed */
	int found;
};

static volatile sig_atomic_t ended;

static void on_end(int sig)
{
	ended = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void tell(void *context, const struct sigpact__telling *telling)
{
	struct tracing *t = context;

	if (!sigpact__filter_takes(&t->plan->filter, telling))
		return;
	t->found |= telling->kind == TELL_FINDING &&
		    telling->finding->kind->severity > SEVERITY_NOTE;
	t->printer.tell(t->printer.state, telling);
	if (t->summary.tell)
		t->summary.tell(t->summary.state, telling);
}

static void take_fact(void *context, const struct sigpact__fact *fact)
{
	struct tracing *t = context;

	if (t->printer.fact)
		t->printer.fact(t->printer.state, fact);
}

static void take_event(void *context, const struct sigpact__event *event)
{
	struct tracing *t = context;

	sigpact__story_event(t->story, event);
	if (t->printer.event)
		t->printer.event(t->printer.state, event);
	t->event_ns = now_ns();
}

/* From a file: the facts are in it. */
static void take_read_fact(void *context, const struct sigpact__fact *fact)
{
	struct tracing *t = context;

	sigpact__story_fact(t->story, fact);
	take_fact(t, fact);
}

static void learn(void *context, enum sigpact__fact_kind kind, pid_t pid,
		  pid_t tid)
{
	struct tracing *t = context;

	sigpact__learn(&t->learner, kind, pid, tid);
}

static int open_printers(struct tracing *t)
{
	struct sigpact__trace_plan *p = t->plan;
	int text = p->format == sigpact__print_text, e;

	t->print.folded = p->curated;
	t->print.colour = p->colour >= 0 ? p->colour :
		t->print.file == stdout && sigpact__colour("auto");
	if (p->summary)
		return sigpact__print_summary(&t->print, &t->printer);
	e = p->format(&t->print, &t->printer);
	if (!e && text && p->curated)
		e = sigpact__print_summary(&t->print, &t->summary);
	return e;
}

/* The story over a source or a file that has these ends. */
static int open_story(struct tracing *t, const char *source,
		      const struct sigpact__story_ends *ends)
{
	snprintf(t->source, sizeof t->source, "%s", source);
	t->print.source = t->source;
	t->print.ends = *ends;
	t->print.ends.tell = tell;
	t->print.ends.context = t;
	t->story = sigpact__story_open(&t->print.ends);
	t->learner.story = t->story;
	return t->story ? open_printers(t) : -ENOMEM;
}

static int close_all(struct tracing *t)
{
	int e = t->story ? sigpact__story_close(t->story) : 0, f = 0;

	if (t->printer.close)
		f = t->printer.close(t->printer.state);
	if (t->summary.close)
		f = t->summary.close(t->summary.state) ? -EIO : f;
	if (e)
		fail("no memory: not all was told");
	if (f)
		fail("cannot write%s%s: %s",
			t->plan->output ? " " : "",
			t->plan->output ? t->plan->output : "", strerror(-f));
	return e ? e : f;
}

/* Handlers alone: what is ignored, COMMAND would inherit. */
static void catch_ends(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction end = { .sa_handler = on_end }, before;
	size_t i;

	for (i = 0; i < sizeof sigs / sizeof *sigs; i++)
		if (!sigaction(sigs[i], NULL, &before) &&
		    before.sa_handler != SIG_IGN)
			sigaction(sigs[i], &end, NULL);
}

/* Nothing comes: what is held back is due.  Events that were seen before may
   still be under way, so this is not now. */
static void pass_time(struct tracing *t)
{
	struct sigpact__fact f = { .kind = FACT_TIME };

	if (!t->event_ns || now_ns() < t->event_ns + IDLE_NS)
		return;
	f.time_ns = t->event_ns;
	t->event_ns = 0;
	take_fact(t, &f);
	sigpact__story_fact(t->story, &f);
}

static void follow(struct tracing *t, const struct sigpact__source_kind *kind,
		   struct sigpact__source *source)
{
	uint64_t until = t->plan->duration_ns ?
		now_ns() + t->plan->duration_ns : UINT64_MAX;
	uint64_t flushed = 0, now;
	int n = 0;

	while (n != -ECHILD && (n >= 0 || n == -EINTR)) {
		now = now_ns();
		if (ended && t->plan->traced.command && until > now + LAST_NS)
			until = now + LAST_NS;
		if (now >= until || (ended && !t->plan->traced.command) ||
		    ferror(t->print.file))
			break;
		n = kind->next(source, 100, take_event, t);
		if (n <= 0)
			pass_time(t);
		/* a pipe's or a file's reader waits for it, however busy it is */
		if (now >= flushed + FLUSH_NS) {
			fflush(t->print.file);
			flushed = now;
		}
	}
	if (n < 0 && n != -ECHILD && n != -EINTR)
		fail("%s: %s", kind->name, strerror(-n));
}

static int command_status(const struct sigpact__trace_plan *p, int found)
{
	int status = p->traced.command_status;

	if (!p->traced.command)
		return found ? EXIT_FINDINGS : 0;
	if (status == -1)
		return ended ? 128 + SIGINT : 0; /* it still runs */
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static const struct sigpact__source_kind *const sources[] = {
	&sigpact__source_bpf, &sigpact__source_ptrace
};
enum { SOURCES = sizeof sources / sizeof *sources };

/* The first that can be had, and on standard error which, and why. */
static int open_source(struct sigpact__trace_plan *p,
		       const struct sigpact__source_kind **kind,
		       struct sigpact__source **source)
{
	char why[256] = "", before[256] = "";
	int i, e = -ENOSYS;

	for (i = 0; i < SOURCES; i++) {
		*kind = sources[i];
		if (p->source && strcmp(p->source, sources[i]->name))
			continue;
		*why = 0;
		e = sources[i]->open(&p->traced, source, why);
		if (e != -ENOSYS && e != -EPERM)
			break;
		if (p->source || i + 1 == SOURCES)
			break;
		strcpy(before, why);
	}
	if (e && *before)
		fail("bpf: %s", before);
	if (e)
		return fail("%s: %s", (*kind)->name,
					   *why ? why : strerror(-e)), e;
	fprintf(stderr, "sigpact trace: by %s%s%s%s%s\n", (*kind)->name,
		*before ? "; bpf: " : "", before, *why ? "; " : "", why);
	return 0;
}

static int trace(struct tracing *t)
{
	struct sigpact__trace_plan *p = t->plan;
	const struct sigpact__source_kind *kind;
	struct sigpact__source *source;
	struct sigpact__story_ends ends = { .learn = learn };
	int e;

	catch_ends();
	if (p->traced.pid)
		sigpact__learn_before(&t->learner, p->traced.pid);
	e = open_source(p, &kind, &source);
	if (e)
		return e == -ENOENT && p->traced.command ? 127 :
		       e == -EACCES && p->traced.command ? 126 : EXIT_USAGE;
	ends.sees_generated = kind->sees & SOURCE_GENERATED;
	ends.frame_size = (uint32_t)getauxval(AUXV_MINSIGSTKSZ);
	e = open_story(t, kind->name, &ends);
	if (!e)
		follow(t, kind, source);
	kind->close(source, e ? NULL : take_event, t);
	e = close_all(t) || e;
	return e ? EXIT_USAGE : command_status(p, t->found);
}

static int read_begin(void *context, const char *source,
		      const struct sigpact__story_ends *ends)
{
	return open_story(context, source, ends);
}

static int replay(struct tracing *t)
{
	static const struct sigpact__jsonl_sink sink = {
		.begin = read_begin, .event = take_event,
		.fact = take_read_fact,
	};
	const char *name = t->plan->read;
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	char why[256] = "";
	int e;

	if (!f)
		return fail("%s: %s", name, strerror(errno));
	e = sigpact__jsonl_read(f, &sink, t, why);
	if (f != stdin)
		fclose(f);
	if (e)
		fail("%s: %s", name, *why ? why : strerror(-e));
	e = close_all(t) || e;
	return e ? EXIT_USAGE : command_status(t->plan, t->found);
}

int sigpact__tracing(struct sigpact__trace_plan *p)
{
	struct tracing t = { .plan = p, .learner = { .fact = take_fact } };
	int status;

	t.learner.context = &t;
	t.print.file = p->traced.command ? stderr : stdout;
	if (p->output)
		t.print.file = fopen(p->output, "we");
	if (!t.print.file)
		return fail("%s: %s", p->output,
					   strerror(errno));
	status = p->read ? replay(&t) : trace(&t);
	if (p->output && fclose(t.print.file) && status != EXIT_USAGE)
		status = fail("%s: %s", p->output,
					     strerror(errno));
	return status;
}
