/* Facts about a live process that events do not tell: its mappings, names of
   threads, and all that a look at it gives when it is first seen.  What is gone
   by now is not learned.  Tracer's context. */
#include "print.h"
#include "proc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void give(struct sigpact__learner *l, const struct sigpact__fact *f)
{
	if (l->fact)
		l->fact(l->context, f);
	sigpact__story_fact(l->story, f);
}

static void give_maps(struct sigpact__learner *l, pid_t pid,
		      const struct sigpact__map *map, size_t count)
{
	struct sigpact__fact f = { .kind = FACT_MAPS, .pid = pid, .tid = pid };

	f.maps.map = map;
	f.maps.count = count;
	if (count)
		give(l, &f);
}

static void learn_maps(struct sigpact__learner *l, pid_t pid)
{
	struct sigpact__map *map = NULL;
	size_t count = 0;
	char path[32], *text;
	long size;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size < 0)
		return;
	sigpact__proc_maps(text, (size_t)size, &map, &count);
	free(text);
	give_maps(l, pid, map, count);
	sigpact__proc_maps_free(map, count);
}

static void learn_name(struct sigpact__learner *l, pid_t pid, pid_t tid)
{
	struct sigpact__fact f = { .kind = FACT_THREAD, .pid = pid,
				   .tid = tid };
	char path[48], *text;
	long size;

	snprintf(path, sizeof path, "/proc/%d/task/%d/comm", pid, tid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size < 0)
		return;
	if (size && text[size - 1] == '\n')
		size--;
	f.task.tid = tid;
	memcpy(f.task.name, text, (size_t)size < sizeof f.task.name ?
	       (size_t)size : sizeof f.task.name - 1);
	free(text);
	give(l, &f);
}

static void give_actions(struct sigpact__learner *l,
			 const struct sigpact__record *r)
{
	struct sigpact__fact f = { .kind = FACT_ACTIONS, .pid = r->pid,
				   .tid = r->pid };
	struct sigpact__act action[RECORD_SIGNALS];
	int sig;

	memcpy(action, r->action, sizeof action);
	f.actions.known = r->have_actions ? ~0ull : ~r->caught;
	for (sig = 1; !r->have_actions && sig < RECORD_SIGNALS; sig++)
		action[sig].handler = r->ignored >> (sig - 1) & 1;
	f.actions.action = action;
	f.actions.name = r->name;
	give(l, &f);
}

static void give_findings(struct sigpact__learner *l,
			  const struct sigpact__record *r)
{
	struct sigpact__fact f = { .kind = FACT_FINDING, .pid = r->pid,
				   .tid = r->pid };
	struct sigpact__finding *found;
	size_t count, i;

	if (sigpact__findings(r, &found, &count))
		return;
	for (i = 0; i < count; i++) {
		f.finding = found[i];
		if (found[i].kind->severity > SEVERITY_NOTE)
			give(l, &f);
	}
	sigpact__findings_free(found, count);
}

void sigpact__learn_before(struct sigpact__learner *l, pid_t pid)
{
	if (sigpact__look(pid, 0, &l->looked))
		l->looked = NULL;
}

static void learn_all(struct sigpact__learner *l, pid_t pid)
{
	struct sigpact__record *r = l->looked;
	struct sigpact__fact f = { .kind = FACT_THREAD, .pid = pid };
	size_t i;

	if (!r || r->pid != pid)
		return;
	l->looked = NULL;
	give_maps(l, pid, r->map, r->map_count);
	give_actions(l, r);
	for (i = 0; i < r->task_count; i++) {
		f.tid = r->task[i].tid;
		f.task = r->task[i];
		give(l, &f);
	}
	give_findings(l, r);
	sigpact__record_free(r);
}

/* What a command was started with: this process's own, but for handlers. */
static void learn_own(struct sigpact__learner *l, pid_t pid)
{
	struct sigpact__fact f = { .kind = FACT_ACTIONS, .pid = pid,
				   .tid = pid };
	struct sigpact__act action[RECORD_SIGNALS] = { 0 };
	struct sigaction own;
	int sig;

	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		if (!sigaction(sig, NULL, &own))
			action[sig].handler = own.sa_handler == SIG_IGN;
	f.actions.known = ~0ull;
	f.actions.action = action;
	f.actions.name = "";
	give(l, &f);
}

void sigpact__learn(void *learner, enum sigpact__fact_kind kind, pid_t pid,
		    pid_t tid)
{
	struct sigpact__learner *l = learner;

	if (kind == FACT_MAPS)
		learn_maps(l, pid);
	else if (kind == FACT_THREAD)
		learn_name(l, pid, tid);
	else if (kind == FACT_ACTIONS && tid)
		learn_all(l, pid);
	else if (kind == FACT_ACTIONS)
		learn_own(l, pid);
}
