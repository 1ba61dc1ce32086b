/* Changes of a live process's actions and exclusions, by remote calls
   (remote.h).  Normal context. */
#include "mend.h"
#include "proc.h"
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigpact__mend_call(struct sigpact__remote *h, long number, long a, long b,
		       long c, long d)
{
	const long arguments[6] = { a, b, c, d, 0, 0 };
	long result = 0;
	int e = sigpact__remote_call(h, number, arguments, &result);

	return e ? e : (int)result;
}

int sigpact__mend_scratch(struct sigpact__remote *h, size_t size,
			  uintptr_t *at)
{
	int e;

	*at = sigpact__remote_scratch(h, size);
	if (*at)
		return 0;
	e = sigpact__mend_call(h, SYS_getpid, 0, 0, 0, 0);
	return e < 0 ? e : -ENOMEM;
}

/* Where its first stack began lies in [stack] no more, or it has another
   program: exec keeps the number and the start time. */
static int has_exec(const struct sigpact__record *r)
{
	char path[PATH_MAX], name[64], *text, *at;
	const struct sigpact__map *m;
	unsigned long top = 0;
	ssize_t n;
	int field;

	snprintf(name, sizeof name, "/proc/%d/exe", r->pid);
	n = readlink(name, path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	if (n > 0 && *r->exe && strcmp(path, r->exe))
		return 1;
	snprintf(name, sizeof name, "/proc/%d/stat", r->pid);
	n = sigpact__proc_read(AT_FDCWD, name, &text);
	if (n < 0)
		return 0;
	text[n ? n - 1 : 0] = 0;
	at = strrchr(text, ')');
	for (field = 2; at && field < 28; field++)
		at = strchr(at + 1, ' ');
	if (at)
		top = strtoul(at, NULL, 10);
	free(text);
	/* 0: not to be seen, or the first thread has ended */
	m = top > 1 ? sigpact__map_at(r, top) : NULL;
	return top > 1 && r->map_count && (!m || strcmp(m->path, "[stack]"));
}

int sigpact__mend_hold(struct sigpact__remote *h,
		       const struct sigpact__record *r, pid_t tid, unsigned ms)
{
	int e = sigpact__remote_hold(h, r->pid, tid, ms);

	if (!e && has_exec(r)) {
		sigpact__remote_release(h);
		e = -EOWNERDEAD;
	}
	return e;
}

/* The first thread that can be held: a process-wide change needs no other. */
static int hold_any(struct sigpact__remote *h, const struct sigpact__record *r)
{
	int e = -ESRCH;
	size_t i;

	for (i = 0; i < r->task_count && i < 64; i++) {
		e = sigpact__mend_hold(h, r, r->task[i].tid,
				       i ? 100 : MEND_HOLD_MS);
		if (!e || e == -ENOEXEC || e == -EPERM || e == -EOWNERDEAD)
			break;
	}
	return e;
}

static int same(const struct sigpact__act *a, const struct sigpact__act *b)
{
	return a->handler == b->handler && a->flags == b->flags &&
	       a->mask == b->mask;
}

/* Writes `to` over what is there, which goes to *was. */
static int exchange(struct sigpact__remote *h, int sig,
		    const struct sigpact__act *to, struct sigpact__act *was)
{
	uintptr_t at;
	long n;
	int e = sigpact__mend_scratch(h, 2 * sizeof *to, &at);

	if (e)
		return e;
	n = to ? sigpact__remote_write(h->pid, at, to, sizeof *to) : 0;
	if (n < 0)
		return (int)n;
	e = sigpact__mend_call(h, SYS_rt_sigaction, sig, to ? (long)at : 0,
		 (long)(at + sizeof *to), 8);
	if (e < 0)
		return e;
	n = sigpact__remote_read(h->pid, at + sizeof *to, was, sizeof *was);
	return n < 0 ? (int)n : 0;
}

int sigpact__mend_action(const struct sigpact__record *r, int sig,
			 const struct sigpact__act *from,
			 const struct sigpact__act *to)
{
	struct sigpact__remote h;
	struct sigpact__act was, lost;
	int e = hold_any(&h, r);

	if (e)
		return e;
	e = exchange(&h, sig, NULL, &was);
	if (!e && !same(&was, from))
		e = -ESTALE;
	if (!e)
		e = exchange(&h, sig, to, &was);
	/* another thread was quicker: its action stays */
	if (!e && !same(&was, from)) {
		exchange(&h, sig, &was, &lost);
		e = -ESTALE;
	}
	sigpact__remote_release(&h);
	return e;
}

int sigpact__mend_exclude(const struct sigpact__record *r,
			  const struct sigpact__task *t, uint64_t mask)
{
	const long arguments[3] = { (long)mask, (long)t->stack_low,
				    (long)t->stack_high };
	struct sigpact__remote h;
	long result = 0;
	int e;

	if (!r->sigpact_adopt)
		return -ENOSYS;
	if (!t->stack_high)
		return -ENOENT;
	e = sigpact__mend_hold(&h, r, t->tid, MEND_HOLD_MS);
	if (e)
		return e;
	e = sigpact__remote_function(&h, r->sigpact_adopt, arguments,
				     MEND_CALL_MS, &result);
	sigpact__remote_release(&h);
	return e ? e : (int)result;
}
