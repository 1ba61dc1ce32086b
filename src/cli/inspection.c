/* Looks at processes, twice where time tells more, and finds what is wrong and
   where the handlers lie.  Normal context. */
#include "cli.h"
#include "symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *copy(const char *s)
{
	return s && *s ? strdup(s) : NULL;
}

/* Names are a help, not a condition: what has none is shown as a number. */
static void find_handlers(struct sigpact__sight *s)
{
	struct sigpact__symbols *symbols;
	struct sigpact__symbol at;
	int sig;

	if (!s->record->have_actions ||
	    sigpact__symbols_open(s->record->pid, &symbols))
		return;
	for (sig = 1; sig < RECORD_SIGNALS; sig++) {
		uint64_t handler = s->record->action[sig].handler;

		if (handler <= 1 ||
		    sigpact__symbols_find(symbols, handler, &at))
			continue;
		s->handler[sig].module = copy(at.module);
		s->handler[sig].name = copy(at.name);
		s->handler[sig].offset = at.offset;
		strcpy(s->handler[sig].build_id, at.build_id);
	}
	sigpact__symbols_close(symbols);
}

static void miss(struct sigpact__inspection *all, pid_t pid, int error,
		 unsigned ways)
{
	struct sigpact__missed *missed = all->missed + all->missed_count++;

	missed->pid = pid;
	missed->error = error;
	sigpact__process_name(pid, missed->name);
	sigpact__process_explain(pid, error, ways, all->command, missed->why);
}

/* One wait for all that want it: they are many under --all. */
static void wait_for(const struct sigpact__inspection *all)
{
	uint64_t most = 0, wait;
	struct timespec time;
	size_t i;

	for (i = 0; i < all->count; i++) {
		wait = sigpact__findings_wait(all->sight[i].record);
		most = wait > most ? wait : most;
	}
	time.tv_sec = (time_t)(most / 1000000000);
	time.tv_nsec = (long)(most % 1000000000);
	while (most && nanosleep(&time, &time) && errno == EINTR)
		;
}

/* The record becomes the later one, unless the process is gone by then. */
static int judge(struct sigpact__sight *s, unsigned ways)
{
	struct sigpact__record *before = NULL, *after;
	int e;

	if (sigpact__findings_wait(s->record) &&
	    !sigpact__look(s->record->pid, ways, &after)) {
		before = s->record;
		s->record = after;
	}
	e = sigpact__findings_between(before, s->record, &s->finding,
				      &s->finding_count);
	sigpact__record_free(before);
	if (!e)
		find_handlers(s);
	return e;
}

int sigpact__inspection_make(struct sigpact__inspection *all,
			     const char *command, const pid_t *pids, size_t n,
			     unsigned ways)
{
	size_t i;
	int e = 0;

	*all = (struct sigpact__inspection){
		.command = command,
		.sight = calloc(n + 1, sizeof *all->sight),
		.missed = calloc(n + 1, sizeof *all->missed),
	};
	if (!all->sight || !all->missed)
		e = -ENOMEM;
	for (i = 0; i < n && !e; i++) {
		e = sigpact__look(pids[i], ways,
				  &all->sight[all->count].record);
		all->count += !e;
		if (e && e != -ENOMEM) {
			miss(all, pids[i], e, ways);
			e = 0;
		}
	}
	if (!e)
		wait_for(all);
	for (i = 0; i < all->count && !e; i++)
		e = judge(all->sight + i, ways);
	if (e)
		sigpact__inspection_free(all);
	return e;
}

void sigpact__inspection_free(struct sigpact__inspection *all)
{
	size_t i, sig;

	for (i = 0; i < all->count; i++) {
		struct sigpact__sight *s = all->sight + i;

		for (sig = 1; sig < RECORD_SIGNALS; sig++) {
			free(s->handler[sig].module);
			free(s->handler[sig].name);
		}
		sigpact__findings_free(s->finding, s->finding_count);
		sigpact__record_free(s->record);
	}
	free(all->sight);
	free(all->missed);
}
