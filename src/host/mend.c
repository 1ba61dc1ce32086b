/* Changes of a live process's actions, alternate stacks and exclusions, by
   remote calls (remote.h).  Normal context. */
#include "mend.h"
#include "remote.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define GUARD 65536ul

static int call(struct sigpact__remote *h, long number, long a, long b, long c,
		long d)
{
	const long arguments[6] = { a, b, c, d, 0, 0 };
	long result = 0;
	int e = sigpact__remote_call(h, number, arguments, &result);

	return e ? e : (int)result;
}

/* The first thread that can be held: a process-wide change needs no other. */
static int hold_any(struct sigpact__remote *h, const struct sigpact__record *r)
{
	int e = -ESRCH;
	size_t i;

	for (i = 0; i < r->task_count && i < 64; i++) {
		e = sigpact__remote_hold(h, r->pid, r->task[i].tid,
					 i ? 100 : MEND_HOLD_MS);
		if (!e || e == -ENOEXEC || e == -EPERM)
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
	uintptr_t at = sigpact__remote_scratch(h, 2 * sizeof *to);
	long n;
	int e;

	if (!at)
		return -EFAULT;
	n = to ? sigpact__remote_write(h->pid, at, to, sizeof *to) : 0;
	if (n < 0)
		return (int)n;
	e = call(h, SYS_rt_sigaction, sig, to ? (long)at : 0,
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

/* Arms the stack when `from` is armed, or gives the reason why not. */
static int rearm(struct sigpact__remote *h, uint64_t from, const stack_t *to)
{
	uintptr_t at = sigpact__remote_scratch(h, 2 * sizeof *to);
	stack_t now;
	int e;

	if (!at)
		return -EFAULT;
	e = call(h, SYS_sigaltstack, 0, (long)at, 0, 0);
	if (e < 0)
		return e;
	if (sigpact__remote_read(h->pid, at, &now, sizeof now) < 0)
		return -EFAULT;
	if ((uintptr_t)now.ss_sp != from || now.ss_flags & SS_DISABLE)
		return -ESTALE;
	if (now.ss_flags & SS_ONSTACK)
		return -EBUSY;
	if (sigpact__remote_write(h->pid, at, to, sizeof *to) < 0)
		return -EFAULT;
	e = call(h, SYS_sigaltstack, (long)at, 0, 0, 0);
	return e == -EPERM ? -EBUSY : e;
}

static long map(struct sigpact__remote *h, uint64_t size)
{
	const long arguments[6] = { 0, (long)(GUARD + size), PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 };
	long at = 0;
	int e = sigpact__remote_call(h, SYS_mmap, arguments, &at);

	if (!e && at > 0)
		e = call(h, SYS_mprotect, at + (long)GUARD, (long)size,
			 PROT_READ | PROT_WRITE, 0);
	return e ? e : at;
}

int sigpact__mend_altstack(const struct sigpact__record *r, pid_t tid,
			   uint64_t from, uint64_t size, uint64_t *base)
{
	struct sigpact__remote h;
	stack_t to;
	long at;
	int e = sigpact__remote_hold(&h, r->pid, tid, MEND_HOLD_MS);

	if (e)
		return e;
	memset(&to, 0, sizeof to);
	size = (size + 4095) & ~4095ul;
	at = map(&h, size);
	e = at < 0 ? (int)at : 0;
	if (!e) {
		to.ss_sp = (void *)(at + (long)GUARD);
		to.ss_size = size;
		e = rearm(&h, from, &to);
		if (e)
			call(&h, SYS_munmap, at, (long)(GUARD + size), 0, 0);
	}
	sigpact__remote_release(&h);
	if (!e)
		*base = (uintptr_t)to.ss_sp;
	return e;
}

int sigpact__unmend_altstack(const struct sigpact__record *r, pid_t tid,
			     uint64_t from, uint64_t base, uint64_t size,
			     uint32_t flags)
{
	const struct sigpact__map *ours = sigpact__map_at(r, from);
	struct sigpact__remote h;
	stack_t to;
	int e = sigpact__remote_hold(&h, r->pid, tid, MEND_HOLD_MS);

	if (e)
		return e;
	memset(&to, 0, sizeof to);
	to.ss_sp = (void *)base;
	to.ss_size = size;
	to.ss_flags = (int)(flags & ~(unsigned)SS_ONSTACK);
	e = rearm(&h, from, &to);
	if (!e && ours && ours->start == from)
		call(&h, SYS_munmap, (long)(from - GUARD),
		     (long)(ours->end - from + GUARD), 0, 0);
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
	e = sigpact__remote_hold(&h, r->pid, t->tid, MEND_HOLD_MS);
	if (e)
		return e;
	e = sigpact__remote_function(&h, r->sigpact_adopt, arguments,
				     MEND_CALL_MS, &result);
	sigpact__remote_release(&h);
	return e ? e : (int)result;
}
