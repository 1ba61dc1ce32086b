/* Makes all threads of a process ours, and lets them go.  No filter is put into
   it, which would stay: every call stops.  Tracer's context, in the keeper. */
#include "ptrace.h"

#include "proc.h"
#include "remote.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

const long sigpact__trace_options =
	PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

static uint64_t read_caught(pid_t pid, pid_t tid)
{
	struct sigpact__proc_status status = { 0 };
	char path[64], *text;
	long size;

	snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size >= 0 && sigpact__proc_status(text, size, &status))
		status.caught = 0;
	free(text);
	return status.caught;
}

static int take(struct keeper *k, pid_t tid, struct process **of, pid_t pid)
{
	struct tracee *t = sigpact__tracee_add(k, tid);
	struct sigpact__event *e;
	int is_first = !*of;

	if (t)
		*of = sigpact__tracee_join(t, *of, pid);
	if (!t || !*of)
		return -ENOMEM;
	if (is_first)
		(*of)->caught = read_caught(pid, tid);
	e = sigpact__event_new(k, t, EVENT_ATTACHED, EVENT_HEAD(start));
	memset(&e->start, 0, sizeof e->start);
	sigpact__event_tell(k, e);
	ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	t->awaited = 1;
	k->awaited++;
	return 0;
}

/* 1: it is ours now; 0: it was, or has ended; -errno. */
static int seize(struct keeper *k, pid_t pid, pid_t tid, struct process **of)
{
	struct sigpact__remote r = { .pid = pid, .tid = tid };
	int err, by;

	if (sigpact__tracee_find(k, tid))
		return 0;
	if (!ptrace(PTRACE_SEIZE, tid, 0, sigpact__trace_options))
		return take(k, tid, of, pid) ? -ENOMEM : 1;
	err = errno;
	by = sigpact__remote_status(&r, "\nTracerPid");
	if (err == ESRCH || by < 0 || by == getpid())
		return 0; /* made by one that is ours: it tells us */
	if (by > 0)
		return sigpact__keeper_fails(k, -EPERM, "process %d is traced "
					     "by process %d; only one can",
					     pid, by);
	return -EPERM;
}

/* A pass over all of its threads: how many became ours, or -errno. */
static int pass(struct keeper *k, pid_t pid, struct process **of)
{
	int err = 0, count = 0, denied = 0;
	char path[64];
	struct dirent *d;
	DIR *all;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	all = opendir(path);
	if (!all)
		return count;
	while ((d = readdir(all)) && (err >= 0 || err == -EPERM)) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		err = seize(k, pid, atoi(d->d_name), of);
		count += err > 0;
		denied += err == -EPERM; /* a first thread that has ended, too */
	}
	closedir(all);
	if (err < 0 && err != -EPERM)
		return err;
	return denied && !*of ? -EPERM : count;
}

/* Until a pass finds none: whom one makes that is ours is so as well. */
int sigpact__attach(struct keeper *k, pid_t pid)
{
	struct process *of = NULL;
	int got;

	if (sigpact__remote_program_is_32(pid))
		return sigpact__keeper_fails(k, -ENOSYS, "process %d is a "
					     "32-bit program; calls of 64-bit "
					     "ones alone are traced", pid);
	do
		got = pass(k, pid, &of);
	while (got > 0);
	if (!got && of)
		return 0;
	if (k->ring->state == RING_FAILED)
		return k->ring->err;
	if (!got)
		return sigpact__keeper_fails(k, -ESRCH, "no process %d", pid);
	if (got == -EPERM)
		return sigpact__keeper_fails(
			k, got, "process %d: ptrace is not allowed; type it "
			"as its user, as root, or with CAP_SYS_PTRACE", pid);
	return sigpact__keeper_fails(k, got, "process %d: %s", pid,
				     strerror(-got));
}

static void leave(struct keeper *k, struct tracee *t, void *argument)
{
	(void)argument;
	if (!t->of)
		sigpact__keeper_resume(k, t, 0, 0);
	else if (!t->begins)
		ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
}

/* Each at its next stop, which is made to come. */
void sigpact__attach_leave(struct keeper *k)
{
	k->leaves = 1;
	sigpact__tracee_each(k, leave, NULL);
}
