/* The report of a live process: each thread is held while its registers and the
   top of its stack are copied, and unwound when it runs again.  Normal
   context. */
#include "report.h"

#include "remote.h"

#include <errno.h>
#include <stdlib.h>

enum { STACK_LOADED = 65536, HOLD_MS = 200 };

static int hold(struct sigpact__report *r, struct sigpact__thread *t,
		struct sigpact__memory *m)
{
	struct sigpact__record *k = r->record;
	struct sigpact__remote held;
	int err = sigpact__remote_hold(&held, k->pid, t->task->tid, HOLD_MS);

	if (err)
		return err;
	t->regs = held.regs;
	sigpact__memory_load(m, k->pid, t->regs.rsp & ~7ull, STACK_LOADED);
	sigpact__remote_release(&held);
	t->held = 1;
	if (held.held_ns > k->stopped_ns)
		k->stopped_ns = held.held_ns;
	return 0;
}

/* One that has ended meanwhile, or sleeps where it cannot be held, has no
   frames. */
static int threads(struct sigpact__report *r)
{
	struct sigpact__memory m;
	int err = 0, why = -ESRCH;
	size_t i, seen = 0;

	for (i = 0; i < r->thread_count && !err; i++) {
		struct sigpact__thread *t = &r->thread[i];

		t->task = &r->record->task[i];
		err = hold(r, t, &m);
		if (err) {
			t->error = why = err;
			err = 0;
			continue;
		}
		seen++;
		err = sigpact__report_unwind(r, t, &m);
		sigpact__memory_free(&m);
		if (!err)
			sigpact__frames_name(r, t);
	}
	return err ? err : seen ? 0 : why;
}

int sigpact__report_live(pid_t pid, struct sigpact__report **out)
{
	struct sigpact__report *r = calloc(1, sizeof *r);
	int err;

	if (!r)
		return -ENOMEM;
	err = sigpact__look(pid, 0, &r->record);
	if (!err) {
		r->thread_count = r->record->task_count;
		r->thread = calloc(r->thread_count, sizeof *r->thread);
		r->functions = sigpact__functions_open(pid, r->record->map,
						       r->record->map_count);
		if (!r->thread || !r->functions)
			err = -ENOMEM;
	}
	if (!err)
		err = threads(r);
	if (!err)
		err = sigpact__findings(r->record, &r->finding,
					&r->finding_count);
	if (err)
		sigpact__report_free(r);
	else
		*out = r;
	return err;
}
