/* System calls by a held thread.  Registers and mask are other than the
   thread's own only within one call.  Normal context. */
#include "remote.h"

#include "registers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* <linux/ptrace.h> and libc's cannot both be included. */
static const int GET_DISPATCH = 0x4210;
enum { EVENT_STOP = 128 };

/* A syscall instruction, in the process that was looked at last. */
static struct {
	pid_t pid;
	uintptr_t at;
} known;

/* No call of ours may meet a filter, which could kill for it: it is suspended
   while the thread is ours, or there is no call. */
static int allow(struct sigpact__remote *r)
{
	struct { uint64_t mode, selector, offset, size; } dispatch = { 0 };

	if (r->allowed)
		return 0;
	if (!r->held)
		return -ESRCH;
	if (!r->suspended && sigpact__remote_status(r, "\nSeccomp"))
		return -EACCES;
	/* Linux 6.4; a dispatched call comes back as SIGSYS */
	if (!ptrace(GET_DISPATCH, r->tid, sizeof dispatch, &dispatch) &&
	    dispatch.mode)
		return -EACCES;
	r->allowed = 1;
	return 0;
}

int sigpact__remote_enter(struct sigpact__remote *r,
			  const struct user_regs_struct *regs, uint64_t open)
{
	uint64_t mask = ~open;
	int err = allow(r);

	if (err)
		return err;
	if (ptrace(PTRACE_SETSIGMASK, r->tid, 8, &mask))
		return sigpact__remote_gone(r);
	r->changed = 1;
	r->calls++;
	if (ptrace(PTRACE_SETREGS, r->tid, 0, regs))
		return sigpact__remote_gone(r);
	return 0;
}

int sigpact__remote_go(struct sigpact__remote *r, int request,
		       unsigned timeout_ms, int *status)
{
	uint64_t timeout = timeout_ms * 1000000ull;
	int err;

	do {
		if (ptrace(request, r->tid, 0, r->next_signal))
			return sigpact__remote_gone(r);
		r->next_signal = 0;
		err = sigpact__remote_wait(r, timeout, status);
		if (err)
			return err;
		if (*status >> 16 == EVENT_STOP)
			r->group_stopped = WSTOPSIG(*status) != SIGTRAP;
	} while (*status >> 16);
	return 0;
}

/* The kernel restarts an interrupted call on the way out of this stop too: to
   detach makes it look for signals. */
void sigpact__remote_leave(struct sigpact__remote *r)
{
	if (!r->held || !r->changed)
		return;
	ptrace(PTRACE_SETREGS, r->tid, 0, &r->regs);
	if (r->calls)
		ptrace(PTRACE_SETSIGMASK, r->tid, 8, &r->mask);
	r->changed = 0;
}

static int is_insn(const struct sigpact__remote *r, uintptr_t at)
{
	unsigned char found[sizeof remote_insn];

	return at && sigpact__remote_read(r->tid, at, found, sizeof found) ==
			 sizeof found &&
	       !memcmp(found, remote_insn, sizeof found);
}

static uintptr_t search(const struct sigpact__remote *r, uintptr_t start,
			uintptr_t end)
{
	char bytes[65536], *found;
	long size;

	for (; start < end; start += size - 1) {
		size = end - start < sizeof bytes ? end - start : sizeof bytes;
		size = sigpact__remote_read(r->tid, start, bytes, size);
		if (size < (long)sizeof remote_insn)
			break;
		found = memmem(bytes, size, remote_insn, sizeof remote_insn);
		if (found)
			return start + (found - bytes);
	}
	return 0;
}

/* In the vDSO, else in any file's code. */
static uintptr_t search_maps(const struct sigpact__remote *r)
{
	unsigned long start, end, inode;
	char path[64], line[512], rights[5], name[256];
	uintptr_t vdso = 0, file = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", r->tid);
	f = fopen(path, "re");
	while (f && !vdso && fgets(line, sizeof line, f)) {
		*name = 0;
		if (sscanf(line, "%lx-%lx %4s %*s %*s %lu %255s", &start, &end,
			   rights, &inode, name) < 4 || rights[2] != 'x')
			continue;
		if (!strcmp(name, "[vdso]"))
			vdso = search(r, start, end);
		else if (inode && !file)
			file = search(r, start, end);
	}
	if (f)
		fclose(f);
	return vdso ? vdso : file;
}

/* In our namespace, one number names the same process to both. */
static int is_near(pid_t pid)
{
	char path[64], own[64], its[64];
	ssize_t a, b;

	snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
	a = readlink("/proc/self/ns/pid", own, sizeof own);
	b = readlink(path, its, sizeof its);
	return a > 0 && a == b && !memcmp(own, its, a);
}

/* Before it is stopped, since that takes long, but once it is ours: an exec in
   between is seen (hold.c). */
void sigpact__remote_find(struct sigpact__remote *r)
{
	if (known.pid != r->pid || !is_insn(r, known.at)) {
		known.pid = r->pid;
		known.at = search_maps(r);
	}
	r->syscall = known.at;
	r->named = is_near(r->pid);
}

static int find_insn(struct sigpact__remote *r)
{
	if (r->syscall)
		return 0;
	r->syscall = remote_insn_guess(&r->regs);
	if (!is_insn(r, r->syscall))
		r->syscall = known.at = search_maps(r);
	return r->syscall ? 0 : -ENOEXEC;
}

int sigpact__remote_call(struct sigpact__remote *r, long number,
			 const long arguments[6], long *result)
{
	struct user_regs_struct regs = r->regs;
	int err, status, stops = 0;

	err = r->held ? find_insn(r) : -ESRCH;
	if (err)
		return err;
	remote_set_call(&regs, r->syscall, number, arguments);
	err = sigpact__remote_enter(r, &regs, 0);
	while (!err && stops < 2) {
		err = sigpact__remote_go(r, PTRACE_SYSCALL, 0, &status);
		if (err)
			break;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			stops++;
		else /* blocked by now: queued again; or SIGSTOP */
			r->next_signal = WSTOPSIG(status);
	}
	if (!err && ptrace(PTRACE_GETREGS, r->tid, 0, &regs))
		err = sigpact__remote_gone(r);
	if (!err)
		*result = remote_result(&regs);
	sigpact__remote_leave(r);
	return err;
}
