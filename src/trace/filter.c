/* Which tellings are wanted, and the words that say so.  Tracer's context. */
#include "print.h"
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Words of a list, one after another: its size, or 0 at the end; -1: empty. */
static long next_word(const char **at)
{
	size_t size = strcspn(*at, ",");

	return size ? (long)size : -1;
}

typedef int take(struct sigpact__filter *, const char *word, size_t size,
		 char why[256]);

static int each(struct sigpact__filter *f, const char *list, take *take,
		char why[256])
{
	const char *at = list;
	long size;
	int e;

	for (;;) {
		size = next_word(&at);
		if (size < 0) {
			snprintf(why, 256, "expected a list such as A,B");
			return -EINVAL;
		}
		e = take(f, at, (size_t)size, why);
		if (e)
			return e;
		at += size;
		if (!*at++)
			return 0;
	}
}

static int take_signal(struct sigpact__filter *f, const char *word, size_t size,
		       char why[256])
{
	int sig = sigpact__signal_parse(word, size);
	char near[24];
	const char *name = sig ? NULL :
		sigpact__near_signal(word, size, near);

	if (sig) {
		f->signals |= 1ull << (sig - 1);
		return 0;
	}
	snprintf(why, 256, "'%.*s' is no signal; expected one such as PWR%s%s%s",
		 (int)(size < 32 ? size : 32), word, name ? "; did you mean " :
		 "", name ? name : "", name ? "?" : "");
	return -EINVAL;
}

int sigpact__filter_signals(struct sigpact__filter *f, const char *list,
			    char why[256])
{
	return each(f, list, take_signal, why);
}

static int take_event(struct sigpact__filter *f, const char *word, size_t size,
		      char why[256])
{
	char name[32];
	unsigned kind;
	int row;

	snprintf(name, sizeof name, "%.*s", (int)size, word);
	if (!strcmp(name, "all"))
		f->kinds = ~0u;
	for (kind = 0; kind < TELL_TIME; kind++)
		if (!strcmp(name, sigpact__tell_name(kind)))
			break;
	if (kind < TELL_TIME)
		f->kinds |= 1u << kind;
	row = sigpact__call_row(name);
	if (row >= 0)
		f->calls |= 1u << row;
	if (kind < TELL_TIME || row >= 0 || f->kinds == ~0u)
		return 0;
	snprintf(why, 256, "'%s' is no event; expected all, a call such as "
		 "rt_sigaction, or one of call, sent, delivered, returned, "
		 "action, altstack, relocated, stop, thread, process, finding, "
		 "storm, lost", name);
	return -EINVAL;
}

int sigpact__filter_events(struct sigpact__filter *f, const char *list,
			   char why[256])
{
	return each(f, list, take_event, why);
}

static int take_thread(struct sigpact__filter *f, const char *word, size_t size,
		       char why[256])
{
	char *end;
	long n = strtol(word, &end, 10);

	if (end != word + size || n <= 0 || n > 1 << 22) {
		snprintf(why, 256, "'%.*s' is no thread; expected a number "
			 "such as 4711", (int)(size < 32 ? size : 32), word);
		return -EINVAL;
	}
	if (f->threads == FILTER_THREADS) {
		snprintf(why, 256, "expected %d threads at most",
			 FILTER_THREADS);
		return -EINVAL;
	}
	f->thread[f->threads++] = (pid_t)n;
	return 0;
}

int sigpact__filter_threads(struct sigpact__filter *f, const char *list,
			    char why[256])
{
	return each(f, list, take_thread, why);
}

static int is_wanted_thread(const struct sigpact__filter *f,
			    const struct sigpact__telling *t)
{
	unsigned i;

	for (i = 0; i < f->threads; i++)
		if (t->tid == f->thread[i] || t->pid == f->thread[i] ||
		    t->peer.tid == f->thread[i])
			return 1;
	return !f->threads;
}

static int is_wanted_kind(const struct sigpact__filter *f,
			  const struct sigpact__telling *t)
{
	if (f->failed)
		return t->kind == TELL_CALL && t->failed;
	if (t->kind == TELL_CALL && f->calls && t->entry)
		return f->calls >> t->entry->entry.row & 1;
	return (!f->kinds && !f->calls) || f->kinds >> t->kind & 1;
}

/* That events were lost is always told, so that nobody trusts what is not
   there; time passes for all. */
int sigpact__filter_takes(struct sigpact__filter *f,
			  const struct sigpact__telling *t)
{
	if (!f->first_ns)
		f->first_ns = t->time_ns;
	if (t->kind == TELL_LOST || t->kind == TELL_TIME)
		return 1;
	if (t->time_ns < f->first_ns + f->since_ns || !is_wanted_thread(f, t) ||
	    !is_wanted_kind(f, t))
		return 0;
	if (f->calls && !f->kinds && t->kind == TELL_CALL && !f->signals)
		return 1;
	return !f->signals || (t->sig && f->signals >> (t->sig - 1) & 1) ||
	       t->kind == TELL_PROCESS;
}
