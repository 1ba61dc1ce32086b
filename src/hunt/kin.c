/* The tasks that are traced and whose run each belongs to: whatever session it
   has gone to, it ends with its run.  An entry may be out of date (a thread
   that called exec has its process's number): nobody is killed without being
   asked after.  Normal context. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

struct kin *sigpact__kin_find(struct hunting *h, pid_t tid)
{
	size_t i;

	for (i = h->kin_count; i--;)
		if (h->kin[i].tid == tid)
			return &h->kin[i];
	return NULL;
}

/* Without memory it is killed, rather than lost. */
void sigpact__kin_add(struct hunting *h, pid_t tid, struct run *r)
{
	struct kin *k = sigpact__kin_find(h, tid);

	if (!k) {
		k = reallocarray(h->kin, h->kin_count + 1, sizeof *k);
		if (!k) {
			kill(tid, SIGKILL);
			return;
		}
		h->kin = k;
		k += h->kin_count++;
		*k = (struct kin){ .tid = tid };
	}
	k->run = r;
}

void sigpact__kin_remove(struct hunting *h, pid_t tid)
{
	struct kin *k = sigpact__kin_find(h, tid);

	if (k)
		*k = h->kin[--h->kin_count];
}

/* A number that is neither our child's nor our tracee's is someone else's. */
static int is_ours(pid_t tid)
{
	const int any = WEXITED | WSTOPPED | WNOWAIT | WNOHANG | __WALL;
	siginfo_t info;

	return !waitid(P_PID, (id_t)tid, &info, any);
}

void sigpact__kin_kill(struct hunting *h, struct run *r)
{
	size_t i;

	for (i = h->kin_count; i--;) {
		if (r && h->kin[i].run != r)
			continue;
		if (is_ours(h->kin[i].tid))
			kill(h->kin[i].tid, SIGKILL);
		else
			h->kin[i] = h->kin[--h->kin_count];
	}
}

size_t sigpact__kin_count(const struct hunting *h, const struct run *r)
{
	size_t i, n = 0;

	for (i = 0; i < h->kin_count; i++)
		n += h->kin[i].run == r;
	return n;
}

/* One that was not told of until now is looked at by stress only then. */
uint64_t sigpact__kin_resume(struct hunting *h, uint64_t now)
{
	uint64_t next = 0;
	struct kin *k;
	int first;
	size_t i;

	for (i = 0; i < h->kin_count; i++) {
		k = &h->kin[i];
		if (k->resume_at && k->resume_at <= now) {
			first = k->resume_at == RESUME_FIRST;
			k->resume_at = 0;
			if (!first || !sigpact__stress_holds(h, k, k->status))
				sigpact__tracer_stopped(&h->tracer, k->tid,
							k->status);
		}
		if (k->resume_at != RESUME_NEVER)
			next = earlier(next, k->resume_at);
	}
	return next;
}
