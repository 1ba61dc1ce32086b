/* Looks at a process by holding its threads, one after another, each for one
   stop: alternate stack, registers, mask; the actions by the first.  Normal
   context. */
#include "record.h"
#include "remote.h"

#include "registers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOLD_MS = 200, TRIES = 3 };

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
static int see(struct sigpact__remote *r, struct sigpact__record *record,
	       struct sigpact__task *task)
{
	stack_t ss;
	int err;

	task->sp = remote_sp(&r->regs);
	task->pc = remote_pc(&r->regs);
	if (!(task->seen & SEEN_MASKS))
		task->blocked = r->mask;
	task->seen |= SEEN_REGISTERS;
	err = sigpact__remote_altstack(r, &ss, record->have_actions ?
						   NULL : record->action);
	if (err)
		return err;
	task->alt_base = (uintptr_t)ss.ss_sp;
	task->alt_size = ss.ss_flags & SS_DISABLE ? 0 : ss.ss_size;
	task->alt_flags = ss.ss_flags;
	task->seen |= SEEN_ALTSTACK;
	record->have_actions = 1;
	return 0;
}

/* For how long it was held, from before it was asked to stop. */
static void let_go(struct sigpact__remote *r, struct sigpact__record *record)
{
	uint64_t held;

	sigpact__remote_release(r);
	held = now() - r->held_since;
	if (held > record->stopped_ns)
		record->stopped_ns = held;
}

/* Holds one, for as short as can be.  *page is what is mapped for all. */
static int visit(struct sigpact__record *record, struct sigpact__task *task,
		 uintptr_t *page, int last)
{
	struct sigpact__remote r;
	int err;

	err = sigpact__remote_hold(&r, record->pid, task->tid, HOLD_MS);
	if (err)
		return err;
	if (*page && sigpact__remote_lend(&r, *page)) {
		let_go(&r, record);
		*page = 0;
		return -ESTALE;
	}
	err = see(&r, record, task);
	if (last)
		sigpact__remote_unmap(&r);
	*page = sigpact__remote_keep(&r);
	let_go(&r, record);
	return err;
}

/* With several threads, the mapping is made and undone in holds of their own,
   by whichever can be held: no thread bears it all. */
static uintptr_t map(struct sigpact__record *record)
{
	struct sigpact__remote r;
	uintptr_t page = 0;
	size_t i;

	for (i = 0; !page && i < record->task_count; i++) {
		if (sigpact__remote_hold(&r, record->pid, record->task[i].tid,
					 HOLD_MS))
			continue;
		sigpact__remote_scratch(&r, 0);
		page = sigpact__remote_keep(&r);
		let_go(&r, record);
	}
	return page;
}

static void unmap(struct sigpact__record *record, uintptr_t page)
{
	struct sigpact__remote r;
	size_t i;

	for (i = record->task_count; page && i--;) {
		if (sigpact__remote_hold(&r, record->pid, record->task[i].tid,
					 HOLD_MS))
			continue;
		if (sigpact__remote_lend(&r, page))
			page = 0;
		sigpact__remote_unmap(&r);
		page = sigpact__remote_keep(&r);
		let_go(&r, record);
	}
}

/* -ESTALE: it has called exec meanwhile. */
static int roll(struct sigpact__record *record)
{
	int err, first = 0, several = record->task_count > 1;
	uintptr_t page = several ? map(record) : 0;
	size_t i, seen = 0, missed = 0;

	for (i = 0; i < record->task_count; i++) {
		err = visit(record, &record->task[i], &page, !several);
		if (err == -ESTALE)
			return err;
		seen += !err;
		missed += !!err;
		if (err && !first)
			first = err;
		if (err == -ENOEXEC && !seen)
			break;
	}
	unmap(record, page);
	record->tasks_missed = missed;
	return seen ? 0 : first;
}

int sigpact__look_ptrace(struct sigpact__record *record)
{
	int err, tries = TRIES;

	do {
		record->have_actions = 0;
		record->stopped_ns = 0;
		if (!record->at_ns)
			record->at_ns = now();
		err = list(record);
		if (!err)
			err = roll(record);
	} while (err == -ESTALE && --tries);
	return err;
}
