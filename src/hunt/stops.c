/* What wait(2) tells of the tasks that are traced.  Normal context, the
   tracer's. */
#include "run.h"

#include <sys/wait.h>

enum { GRACE_NS = 2000000000 };

static void crashed(struct sigpact__report *report, pid_t pid, int err,
		    void *argument)
{
	struct hunting *h = argument;
	struct run *r = h->current;

	if (report && r && !r->report_count && !r->ended)
		r->report[r->report_count++] = report;
	else
		sigpact__report_free(report);
	if (err && r)
		r->report_error = err;
}

/* What it starts is of its run. */
static void event(pid_t tid, int status, void *argument)
{
	struct hunting *h = argument;
	struct kin *k = sigpact__kin_find(h, tid);
	unsigned long child;

	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (!k || ptrace(PTRACE_GETEVENTMSG, tid, 0, &child))
			return;
		sigpact__kin_add(h, (pid_t)child, k->run);
		k = sigpact__kin_find(h, (pid_t)child);
		if (k && k->resume_at)
			k->resume_at = RESUME_FIRST;
	}
}

static int is_stopped(pid_t tid, void *argument)
{
	struct kin *k = sigpact__kin_find(argument, tid);

	return k && k->resume_at;
}

void sigpact__hunt_watch(struct hunting *h)
{
	h->tracer.crashed = crashed;
	h->tracer.others.event = event;
	h->tracer.others.is_stopped = is_stopped;
	h->tracer.others.argument = h;
	h->tracer.argument = h;
}

static void stopped(struct hunting *h, pid_t tid, int status)
{
	struct kin *k = sigpact__kin_find(h, tid);

	if (!k)
		sigpact__kin_add(h, tid, NULL);
	event(tid, status, h);
	k = sigpact__kin_find(h, tid); /* they may have moved */
	if (!k)
		return;
	if (!k->run && status >> 16 == TRACE_STOP) {
		k->resume_at = RESUME_NEVER;
		k->status = status;
		return;
	}
	if (sigpact__stress_holds(h, k, status))
		return;
	h->current = k->run;
	sigpact__tracer_stopped(&h->tracer, tid, status);
}

static void gone(struct hunting *h, pid_t tid, int status)
{
	unsigned i;

	sigpact__kin_remove(h, tid);
	sigpact__tracer_ended(&h->tracer, tid);
	for (i = 0; i < h->slots; i++) {
		struct run *r = &h->run[i];

		if (r->pid != tid || r->ended)
			continue;
		r->ended = 1;
		r->status = status;
		r->until = sigpact__hunt_now() + GRACE_NS;
		sigpact__run_read(h, r);
		sigpact__run_step(h, r, 0);
		sigpact__kin_kill(h, r);
	}
}

void sigpact__hunt_reap(struct hunting *h)
{
	int status;
	pid_t tid;

	while ((tid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		if (WIFSTOPPED(status))
			stopped(h, tid, status);
		else
			gone(h, tid, status);
	}
}
