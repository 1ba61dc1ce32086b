/* Who comes from whom: threads and processes that begin, run another program and
   end.  A new one may stop before its maker tells of it: it is held, so that its
   START comes first.  Tracer's context, in the keeper. */
#include "ptrace.h"

#include "remote.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell_start(struct keeper *k, struct tracee *t, pid_t by_pid,
		       pid_t by_tid, int same_memory)
{
	struct sigpact__event *e;

	e = sigpact__event_new(k, t, EVENT_START, EVENT_HEAD(start));
	e->start.by_pid = by_pid;
	e->start.by_tid = by_tid;
	e->start.same_memory = same_memory;
	e->start.unused = 0;
	sigpact__event_tell(k, e);
}

/* It has its maker, and may begin; or has ended by now. */
static void begin(struct keeper *k, struct tracee *t)
{
	if (t->has_ended)
		sigpact__kin_ended(k, t, t->status);
	else if (!t->begins)
		sigpact__keeper_resume(k, t, 0, 0);
}

static int same_memory(const struct tracee *t, const struct tracee *maker,
		       int event)
{
	long differ = syscall(SYS_kcmp, t->tid, maker->tid, KCMP_VM, 0, 0);

	return differ < 0 ? event == PTRACE_EVENT_VFORK : !differ;
}

void sigpact__kin_made(struct keeper *k, struct tracee *maker, int event)
{
	unsigned long tid = 0;
	struct process *p;
	struct tracee *t;
	int is_thread;

	ptrace(PTRACE_GETEVENTMSG, maker->tid, 0, &tid);
	t = tid ? sigpact__tracee_find(k, tid) : NULL;
	if (!tid || (t ? t->of != NULL : k->leaves)) /* let go as it comes */
		return;
	if (!t) {
		t = sigpact__tracee_add(k, tid);
		if (!t)
			return;
		t->begins = 1;
	} else {
		k->held--;
	}
	is_thread = !syscall(SYS_tgkill, maker->of->pid, t->tid, 0);
	p = sigpact__tracee_join(t, is_thread ? maker->of : NULL, tid);
	if (!p)
		return;
	p->caught = maker->of->caught;
	tell_start(k, t, maker->of->pid, maker->tid,
		   is_thread || same_memory(t, maker, event));
	begin(k, t);
}

void sigpact__kin_unknown(struct keeper *k, pid_t tid)
{
	struct tracee *t = sigpact__tracee_find(k, tid);

	if (!t && !k->leaves)
		t = sigpact__tracee_add(k, tid);
	if (!t)
		ptrace(PTRACE_DETACH, tid, 0, 0);
	else
		k->held++;
}

/* A held one whose maker died before it could tell of it. */
static void adopt(struct keeper *k, struct tracee *t, void *argument)
{
	const struct tracee *ended = argument;
	struct sigpact__remote r = { .pid = t->tid, .tid = t->tid };
	pid_t parent;

	if (t->of || sigpact__remote_status(&r, "\nTgid") != t->tid)
		return; /* or it ends with its group */
	parent = sigpact__remote_status(&r, "\nPPid");
	if (parent != ended->of->pid && sigpact__tracee_find(k, parent))
		return;
	if (!sigpact__tracee_join(t, NULL, t->tid))
		return;
	k->held--;
	t->of->caught = ended->of->caught;
	tell_start(k, t, ended->of->pid, ended->tid, 0);
	begin(k, t);
}

static void tell_end(struct keeper *k, struct tracee *t, int status)
{
	struct sigpact__event *e;

	sigpact__signal_told(k, t);
	e = sigpact__event_new(k, t, EVENT_END, EVENT_HEAD(end));
	e->end.status = status;
	e->end.last = t->of->threads == 1;
	sigpact__event_tell(k, e);
}

void sigpact__kin_ended(struct keeper *k, struct tracee *t, int status)
{
	if (!t->of) {
		t->has_ended = 1;
		t->status = status;
		return;
	}
	tell_end(k, t, status);
	if (k->held)
		sigpact__tracee_each(k, adopt, t);
	sigpact__tracee_drop(k, t);
}

/* Another thread of a process that calls exec has been killed.  A first thread
   is never reported: its number is another's now. */
static void end_other(struct keeper *k, struct tracee *t, void *argument)
{
	const struct tracee *caller = argument;
	int status = SIGKILL;

	if (t == caller || t->of != caller->of)
		return;
	if (t->tid != t->of->pid)
		waitpid(t->tid, &status, __WALL | WNOHANG);
	tell_end(k, t, status);
	sigpact__tracee_drop(k, t);
}

static void read_name(pid_t pid, char name[16])
{
	char path[32];
	ssize_t size = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		size = read(fd, name, 16);
		close(fd);
	}
	memset(name + (size > 0 ? size - 1 : 0), 0, size > 0 ? 17 - size : 16);
}

/* The thread that called it has the process's number now. */
void sigpact__kin_exec(struct keeper *k, pid_t pid)
{
	unsigned long from = 0;
	struct sigpact__event *e;
	struct tracee *t;

	ptrace(PTRACE_GETEVENTMSG, pid, 0, &from);
	t = sigpact__tracee_find(k, from);
	if (!t || !t->of)
		return;
	sigpact__signal_told(k, t);
	sigpact__tracee_each(k, end_other, t);
	sigpact__tracee_rename(k, t, pid);
	t->row = -1;
	t->of->caught = 0;
	e = sigpact__event_new(k, t, EVENT_EXEC, EVENT_HEAD(exec));
	e->exec.from_tid = from;
	e->exec.unused = 0;
	read_name(pid, e->exec.name);
	sigpact__event_tell(k, e);
}
