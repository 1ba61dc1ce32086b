/* Holds a thread of another process, and lets it go.  PTRACE_SEIZE alone: no
   signal is sent.  This thread takes no signal but a timer's while it holds
   another, so that only SIGKILL can end it there (ptrace then lets the other
   go, with what it has).  Normal context, one thread. */
#include "remote.h"

#include "registers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* <linux/ptrace.h> and libc's cannot both be included. */
static const int GET_RSEQ = 0x420f;
enum { EVENT_STOP = 128, OPTION_SUSPEND_SECCOMP = 1 << 21 };
enum { NAP_NS = 1000000, STRAYS = 64 };

/* Threads that are ours and did not stop in time: one cannot detach from them
   before they do. */
static pid_t stray[STRAYS];
static unsigned strays;

/* This thread's mask and CPUs, while it holds any. */
static sigset_t own_mask;
static cpu_set_t own_cpus;
static struct sigaction own_tick;
static unsigned holds;

/* Ends a waitpid(2), which has no time limit: all else that does takes longer
   to wake.  A child has its parent's number, and no timer. */
static timer_t ticker;
static pid_t ticker_of;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The state letter, '-' when it is gone; *cpu it ran on last, or -1 when it has
   a real-time policy, so that it may never leave that to us. */
static char state(pid_t pid, pid_t tid, int *cpu)
{
	char path[64], text[1024], *at;
	ssize_t size;
	int fd, field, last, priority, policy;

	*cpu = -1;
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return '-';
	size = read(fd, text, sizeof text - 1);
	close(fd);
	text[size > 0 ? size : 0] = 0;
	at = strrchr(text, ')'); /* the end of field 2 */
	if (!at || !at[1])
		return '-';
	text[0] = at[2];
	for (field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	if (at && sscanf(at, "%d %d %d", &last, &priority, &policy) == 3 &&
	    policy != SCHED_FIFO && policy != SCHED_RR && policy < 6)
		*cpu = last;
	return text[0];
}

static int is_gone(char state)
{
	return state == '-' || state == 'Z' || state == 'X' || state == 'x';
}

int sigpact__remote_program_is_32(pid_t pid)
{
	unsigned char ident[5] = "";
	char path[64];
	ssize_t size;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, ident, sizeof ident);
	close(fd);
	return size == sizeof ident && !memcmp(ident, "\177ELF", 4) &&
	       ident[4] == 1;
}

/* A number in its status file, of this thread, not of the first; -1: not to be
   read, 0: not there. */
int sigpact__remote_status(const struct sigpact__remote *r, const char *name)
{
	char path[64], text[4096], *line;
	ssize_t size;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/status", r->pid, r->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	size = read(fd, text, sizeof text - 1);
	close(fd);
	text[size > 0 ? size : 0] = 0;
	line = strstr(text, name);
	return line ? atoi(line + strlen(name) + 1) : 0;
}

/* Lets those go that have stopped at last. */
static void strays_release(void)
{
	unsigned i;
	int status;
	pid_t got;

	for (i = 0; i < strays;) {
		got = waitpid(stray[i], &status, __WALL | WNOHANG);
		if (!got) {
			i++;
			continue;
		}
		if (got > 0 && WIFSTOPPED(status))
			ptrace(PTRACE_DETACH, stray[i], 0,
			       status >> 16 ? 0 : WSTOPSIG(status));
		stray[i] = stray[--strays];
	}
}

/* It is no more; registers and mask went with it. */
int sigpact__remote_gone(struct sigpact__remote *r)
{
	r->held = 0;
	r->page = 0;
	return -ESRCH;
}

static void tick(int sig)
{
	(void)sig;
}

static int ticker_start(void)
{
	struct itimerspec every = { { 0, NAP_NS }, { 0, NAP_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	struct sigaction action = { .sa_handler = tick };

	event.sigev_signo = SIGRTMAX;
	if (ticker_of != getpid()) {
		if (timer_create(CLOCK_MONOTONIC, &event, &ticker))
			return -errno;
		ticker_of = getpid();
	}
	sigaction(SIGRTMAX, &action, &own_tick);
	timer_settime(ticker, 0, &every, NULL);
	return 0;
}

static void ticker_stop(void)
{
	struct itimerspec never = { { 0, 0 }, { 0, 0 } };

	timer_settime(ticker, 0, &never, NULL);
	sigaction(SIGRTMAX, &own_tick, NULL);
}

/* The next stop, or -EBUSY (0: no limit).  A first thread vanishes unseen when
   another calls exec, and who is its parent would wait for ever. */
int sigpact__remote_wait(struct sigpact__remote *r, uint64_t timeout,
			 int *status)
{
	uint64_t start = now();
	unsigned ticks = 0;
	pid_t got;

	for (;;) {
		got = waitpid(r->tid, status, __WALL);
		if (got > 0 && WIFSTOPPED(*status))
			return 0;
		if (got >= 0 || errno != EINTR ||
		    (++ticks % 64 == 0 &&
		     !sigpact__remote_status(r, "\nTracerPid")))
			return sigpact__remote_gone(r);
		if (timeout && now() - start > timeout)
			return -EBUSY;
	}
}

/* A thread that was in a restartable sequence has left it by our stop; the
   kernel would see our registers, and not send it to the abort. */
static void abort_sequence(struct sigpact__remote *r)
{
	struct { uint64_t area; uint32_t size, signature, flags, pad; } area;
	struct { uint32_t version, flags; uint64_t start, size, abort; } cs;
	uint64_t at;

	if (remote_in_call(&r->regs) || /* none is made inside one */
	    ptrace(GET_RSEQ, r->tid, sizeof area, &area) <= 0 || !area.area)
		return;
	if (sigpact__remote_read(r->tid, area.area + 8, &at, 8) != 8 || !at ||
	    sigpact__remote_read(r->tid, at, &cs, sizeof cs) != sizeof cs)
		return;
	if (remote_pc(&r->regs) - cs.start >= cs.size)
		return;
	remote_set_pc(&r->regs, cs.abort);
	r->changed = 1;
}

/* Until it has stopped for us. */
static int interrupt(struct sigpact__remote *r, uint64_t timeout, int *status)
{
	int err, cpu, tries = 10;

	if (ptrace(PTRACE_INTERRUPT, r->tid, 0, 0))
		return sigpact__remote_gone(r);
	for (;;) {
		err = sigpact__remote_wait(r, timeout, status);
		/* one that waits for a CPU will stop when it has it */
		if (err == -EBUSY && state(r->pid, r->tid, &cpu) == 'R' &&
		    tries--)
			continue;
		if (err == -EBUSY && strays < STRAYS)
			stray[strays++] = r->tid;
		if (err || *status >> 16 == EVENT_STOP)
			return err;
		if (*status >> 16 == PTRACE_EVENT_EXEC)
			r->syscall = r->page = 0; /* of what it was */
		/* a signal that was on its way */
		ptrace(PTRACE_CONT, r->tid, 0,
		       *status >> 16 ? 0 : WSTOPSIG(*status));
	}
}

int sigpact__remote_stop(struct sigpact__remote *r, unsigned timeout_ms)
{
	int status, err;

	r->held_since = now();
	err = interrupt(r, timeout_ms * 1000000ull, &status);
	if (!err && (ptrace(PTRACE_GETREGS, r->tid, 0, &r->regs) ||
		     ptrace(PTRACE_GETSIGMASK, r->tid, 8, &r->mask)))
		err = sigpact__remote_gone(r);
	if (!err) {
		r->held = 1;
		r->group_stopped = WSTOPSIG(status) != SIGTRAP;
		r->changed = remote_restart(&r->regs);
		abort_sequence(r);
		if (!remote_is_32(&r->regs))
			return 0;
		err = -ENOEXEC;
	}
	sigpact__remote_release(r);
	return err;
}

/* Waits until it is not in an uninterruptible sleep (or in vfork), from which
   one cannot detach once it is seized. */
static int awake(pid_t pid, pid_t tid, uint64_t timeout, int *cpu)
{
	struct timespec nap = { 0, NAP_NS };
	uint64_t start = now();
	char is;

	while ((is = state(pid, tid, cpu)) == 'D') {
		if (now() - start >= timeout)
			return -EBUSY;
		nanosleep(&nap, NULL);
	}
	return is_gone(is) ? -ESRCH : 0;
}

/* No signals for this thread, and the CPU that the other runs on, for good: each
   waits for the other, and to wake a CPU takes longer than to switch. */
static int prepare(struct sigpact__remote *r, int cpu)
{
	sigset_t most;
	cpu_set_t one;
	int err = holds ? 0 : ticker_start();

	if (err)
		return err;
	r->prepared = 1;
	if (!holds++) {
		sigfillset(&most);
		sigdelset(&most, SIGRTMAX);
		sigprocmask(SIG_SETMASK, &most, &own_mask);
		if (sched_getaffinity(0, sizeof own_cpus, &own_cpus))
			CPU_ZERO(&own_cpus);
	}
	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return 0;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof one, &one);
	return 0;
}

static void recover(struct sigpact__remote *r)
{
	if (!r->prepared)
		return;
	r->prepared = 0;
	if (--holds)
		return;
	sched_setaffinity(0, sizeof own_cpus, &own_cpus);
	ticker_stop();
	sigprocmask(SIG_SETMASK, &own_mask, NULL);
}

/* Where the filters of a thread can be suspended, they are. */
static int seize(struct sigpact__remote *r)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
	int err, cpu;

	r->suspended = !ptrace(PTRACE_SEIZE, r->tid, 0,
			       options | OPTION_SUSPEND_SECCOMP);
	if (r->suspended || !ptrace(PTRACE_SEIZE, r->tid, 0, options))
		return 0;
	err = -errno;
	return err == -EPERM && is_gone(state(r->pid, r->tid, &cpu)) ? -ESRCH :
								       err;
}

int sigpact__remote_seize(struct sigpact__remote *r, pid_t pid, pid_t tid,
			  unsigned timeout_ms)
{
	int err, cpu;

	memset(r, 0, sizeof *r);
	r->pid = pid;
	r->tid = tid;
	strays_release();
	if (sigpact__remote_program_is_32(pid))
		return -ENOEXEC;
	err = awake(pid, tid, timeout_ms * 1000000ull, &cpu);
	if (!err)
		err = prepare(r, cpu);
	if (!err)
		err = seize(r);
	if (err)
		recover(r);
	else
		sigpact__remote_find(r);
	return err;
}

int sigpact__remote_hold(struct sigpact__remote *r, pid_t pid, pid_t tid,
			 unsigned timeout_ms)
{
	int err = sigpact__remote_seize(r, pid, tid, timeout_ms);

	return err ? err : sigpact__remote_stop(r, timeout_ms);
}

/* One that was at work goes on when we leave it its CPU; one that slept takes
   it. */
void sigpact__remote_release(struct sigpact__remote *r)
{
	const struct timespec nap = { 0, NAP_NS / 10 };

	if (r->held) {
		sigpact__remote_unmap(r);
		sigpact__remote_leave(r);
		r->held_ns = now() - r->held_since;
		ptrace(PTRACE_DETACH, r->tid, 0, r->next_signal);
		if (!remote_in_call(&r->regs))
			nanosleep(&nap, NULL);
	}
	r->held = 0;
	strays_release();
	recover(r);
}
