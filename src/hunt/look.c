/* What a run that hangs is at: all threads of all its processes, which are
   stopped before the first one is looked at, and go on no more.  Normal
   context, the tracer's. */
#include "run.h"

#include "proc.h"

static int is_process(const struct kin *k, const struct run *r)
{
	struct sigpact__proc_status s;

	return k->run == r && !sigpact__proc_status_of(k->tid, &s) &&
	       s.tgid == k->tid;
}

void sigpact__run_end(struct hunting *h, struct run *r)
{
	pid_t pid[REPORTS];
	size_t i, n = 0;
	int err;

	for (i = 0; i < h->kin_count && n < REPORTS; i++)
		if (is_process(&h->kin[i], r))
			pid[n++] = h->kin[i].tid;
	for (i = 0; i < n; i++)
		sigpact__others_hold(&h->tracer.others, pid[i], 0, 0);
	for (i = 0; i < n; i++) {
		err = sigpact__report_stopped(pid[i],
					      &r->report[r->report_count]);
		if (err)
			r->report_error = err;
		else
			r->report_count++;
	}
	sigpact__kin_kill(h, r);
	sigpact__others_resume(&h->tracer.others);
}
