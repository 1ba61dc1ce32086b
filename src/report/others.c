/* The threads beside the one that crashed: stopped while the report is made, so
   that none runs on into what it tells, and let go.  Normal context, the
   tracer's. */
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

enum { STOP_MS = 200 };

/* One that has ended is left for who waits for that. */
int sigpact__stopped(pid_t tid, int *status)
{
	const struct timespec nap = { 0, 100000 };
	const int any = WSTOPPED | WEXITED | WNOWAIT | WNOHANG | __WALL;
	int tries = STOP_MS * 10;
	siginfo_t is = { 0 };

	while (!waitid(P_PID, (id_t)tid, &is, any) && !is.si_pid && tries--)
		nanosleep(&nap, NULL);
	return is.si_pid == tid && is.si_code == CLD_TRAPPED &&
	       waitpid(tid, status, __WALL | WNOHANG) == tid &&
	       WIFSTOPPED(*status);
}

static int is_held(const struct sigpact__others *o, pid_t tid)
{
	size_t i;

	for (i = 0; i < o->count; i++)
		if (o->held[i].tid == tid)
			return 1;
	return 0;
}

/* What it was stopped by is given to it afterwards. */
static int hold(struct sigpact__others *o, pid_t tid, int seize)
{
	struct sigpact__held *more;
	int status;

	if (o->is_stopped && o->is_stopped(tid, o->argument))
		return 0;
	if ((seize && ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD)) ||
	    ptrace(PTRACE_INTERRUPT, tid, 0, 0))
		return 0;
	more = reallocarray(o->held, o->count + 1, sizeof *more);
	if (!more)
		return 0;
	o->held = more;
	if (!sigpact__stopped(tid, &status))
		return 0;
	more[o->count++] = (struct sigpact__held){ tid, status };
	if (status >> 16 && o->event)
		o->event(tid, status, o->argument);
	return 1;
}

/* Until none is new: one that was not stopped yet may have started another. */
void sigpact__others_hold(struct sigpact__others *o, pid_t pid, pid_t tid,
			  int seize)
{
	struct dirent *entry;
	char path[32];
	int more = 1;
	pid_t other;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	while (more) {
		more = 0;
		d = opendir(path);
		while (d && (entry = readdir(d))) {
			other = atoi(entry->d_name);
			if (other > 0 && other != tid && !is_held(o, other))
				more += hold(o, other, seize);
		}
		if (d)
			closedir(d);
	}
}

void sigpact__resume(pid_t tid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (event == TRACE_STOP && sig != SIGTRAP)
		ptrace(PTRACE_LISTEN, tid, 0, 0);
	else
		ptrace(PTRACE_CONT, tid, 0, event ? 0 : sig);
}

static void detach(pid_t tid, int status)
{
	ptrace(PTRACE_DETACH, tid, 0, status >> 16 ? 0 : WSTOPSIG(status));
}

static void let_go(struct sigpact__others *o, void how(pid_t, int))
{
	while (o->count) {
		o->count--;
		how(o->held[o->count].tid, o->held[o->count].status);
	}
	free(o->held);
	o->held = NULL;
}

void sigpact__others_resume(struct sigpact__others *o)
{
	let_go(o, sigpact__resume);
}

void sigpact__others_detach(struct sigpact__others *o)
{
	let_go(o, detach);
}

void sigpact__report_failed(pid_t pid, int error)
{
	fprintf(stderr, "sigpact report: process %d crashed and could not be "
		"looked at: %s\n", pid, error == -ENOEXEC ?
		"it is a 32-bit program" : strerror(-error));
}

void sigpact__report_tell(pid_t pid, pid_t tid, int sig,
			  const struct sigpact__earlier *earlier,
			  void crashed(struct sigpact__report *, void *),
			  void *argument)
{
	struct sigpact__report *r;
	int e = sigpact__report_crash(pid, tid, sig, earlier, &r);

	if (!e) {
		crashed(r, argument);
		sigpact__report_free(r);
	} else {
		sigpact__report_failed(pid, e);
	}
}
