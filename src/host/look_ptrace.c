/* Looks at a process by holding its threads, one after another, each for as
   short as can be: registers, mask, alternate stack, and some of the actions,
   which are the same for all.  Normal context. */
#include "record.h"
#include "remote.h"

#include "registers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOLD_MS = 200, TRIES = 3, PART_MOST = 32 };

struct look {
	struct sigpact__record *record;
	uintptr_t page;		/* mapped for all (remote.h) */
	unsigned next, end;	/* the actions of one hold */
	unsigned part;		/* how many those may be */
	size_t seen, missed;
	int err;		/* the first */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Its threads, when nobody has listed them yet. */
static int list(struct sigpact__record *record)
{
	struct sigpact__task *more;
	struct dirent *entry;
	char path[64];
	DIR *d;

	if (record->task_count)
		return 0;
	snprintf(path, sizeof path, "/proc/%d/task", record->pid);
	d = opendir(path);
	if (!d)
		return -ESRCH;
	while ((entry = readdir(d))) {
		if (*entry->d_name == '.')
			continue;
		more = realloc(record->task,
			       (record->task_count + 1) * sizeof *more);
		if (!more)
			break;
		record->task = more;
		more += record->task_count++;
		memset(more, 0, sizeof *more);
		more->tid = atoi(entry->d_name);
	}
	closedir(d);
	return entry ? -ENOMEM : 0;
}

/* What is wanted of a thread that is held. */
static int ask(struct sigpact__remote *r, struct look *l)
{
	return sigpact__remote_ask(r, l->next, l->end);
}

static int map(struct sigpact__remote *r, struct look *l)
{
	return sigpact__remote_map(r);
}

static int unmap(struct sigpact__remote *r, struct look *l)
{
	sigpact__remote_unmap(r);
	return 0;
}

/* Holds one; -ESTALE: the process has called exec, and the page is no more. */
static int visit(struct sigpact__remote *r, struct look *l,
		 const struct sigpact__task *task,
		 int (*act)(struct sigpact__remote *, struct look *))
{
	int err, stale;

	err = sigpact__remote_seize(r, l->record->pid, task->tid, HOLD_MS);
	if (err)
		return err;
	stale = l->page && sigpact__remote_lend(r, l->page);
	err = sigpact__remote_stop(r, HOLD_MS);
	if (err)
		return err;
	err = stale || (l->page && !r->page) ? -ESTALE : act(r, l);
	l->page = sigpact__remote_keep(r);
	sigpact__remote_release(r);
	if (r->held_ns > l->record->stopped_ns)
		l->record->stopped_ns = r->held_ns;
	return err;
}

/* Registers, mask, alternate stack, and some of the actions.  The answer is read
   when it runs again: whether that was its page still, the next visit tells. */
static int see(struct look *l, struct sigpact__task *task)
{
	struct sigpact__remote r;
	stack_t ss;
	int err;

	l->end = l->next + l->part < 65 ? l->next + l->part : 65;
	err = visit(&r, l, task, ask);
	if (!err)
		err = sigpact__remote_answer(&r, &ss, l->next, l->end,
					     l->record->action);
	if (err)
		return err;
	l->next = l->end;
	task->sp = remote_sp(&r.regs);
	task->pc = remote_pc(&r.regs);
	if (!(task->seen & SEEN_MASKS))
		task->blocked = r.mask;
	task->alt_base = (uintptr_t)ss.ss_sp;
	task->alt_size = ss.ss_flags & SS_DISABLE ? 0 : ss.ss_size;
	task->alt_flags = ss.ss_flags;
	task->seen |= SEEN_REGISTERS | SEEN_ALTSTACK;
	return 0;
}

static void count(struct look *l, int err)
{
	l->seen += !err;
	l->missed += !!err;
	if (err && !l->err)
		l->err = err;
}

/* The mapping is made and undone in holds of their own, by whichever can be
   held; each thread reads a part of the actions, the first ones the rest. */
static int roll(struct look *l)
{
	struct sigpact__task *first = l->record->task;
	struct sigpact__task *last = first + l->record->task_count, *t;
	struct sigpact__remote r;
	int err = -ESRCH;

	for (t = first; t < last && !l->page; t++) {
		err = visit(&r, l, t, map);
		if (err == -ENOEXEC)
			break;
	}
	if (!l->page)
		return err;
	for (t = first; t < last && err != -ESTALE; t++) {
		err = see(l, t);
		count(l, err);
	}
	for (t = first; t < last && err != -ESTALE && l->next < 65;) {
		err = see(l, t);
		t += !!err;
	}
	for (t = last; t-- > first && err != -ESTALE && l->page;)
		err = visit(&r, l, t, unmap);
	return err == -ESTALE ? err : l->seen ? 0 : l->err;
}

int sigpact__look_ptrace(struct sigpact__record *record)
{
	int err, tries = TRIES;
	struct look l;
	size_t all;

	do {
		memset(&l, 0, sizeof l);
		l.record = record;
		record->stopped_ns = 0;
		if (!record->at_ns)
			record->at_ns = now();
		err = list(record);
		if (err)
			break;
		all = record->task_count;
		l.next = 1;
		l.part = all && 64 / all < PART_MOST ? (63 + all) / all :
						       PART_MOST;
		err = roll(&l);
	} while (err == -ESTALE && --tries);
	if (!err)
		record->tasks_missed += l.missed;
	record->have_actions = !err && l.next == 65;
	return err;
}
