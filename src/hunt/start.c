/* Starts a run without a copy of our memory: what becomes the command shares it
   until its exec, for which it waits until we say so, as its tracer.  It runs in a context of
   its own: system calls and nothing of libc's, since errno is ours. */
#include "run.h"

#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* A tracer's end is theirs. */
enum { OPTIONS = TRACER_OPTIONS | PTRACE_O_EXITKILL };

/* Our process group, and our terminal for its own or none.  A new session would
   be a scheduler's group too, which takes as long as a small exec. */
static void leave(const struct start *s)
{
	if (s->terminal) {
		sigpact__sys0(SYS_setsid);
		sigpact__sys3(SYS_ioctl, s->input, TIOCSCTTY, 0);
		return;
	}
	sigpact__sys2(SYS_setpgid, 0, 0);
	if (s->hunting->terminal >= 0)
		sigpact__sys3(SYS_ioctl, s->hunting->terminal, TIOCNOTTY, 0);
}

static int become(void *argument)
{
	static const struct timespec none;
	struct start *s = argument;
	const struct hunting *h = s->hunting;

	sigpact__sys4(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
	leave(s);
	sigpact__sys3(SYS_dup3, s->input, 0, 0);
	sigpact__sys3(SYS_dup3, s->output, 1, 0);
	sigpact__sys3(SYS_dup3, s->output, 2, 0);
	if (h->plan->stress)
		sigpact__sys4(SYS_prlimit64, 0, RLIMIT_STACK, (long)&h->stack,
			      0);
	while (!__atomic_load_n(&s->go, __ATOMIC_ACQUIRE))
		sigpact__sys4(SYS_futex, (long)&s->go, FUTEX_WAIT, 0, 0);
	/* a ^C that came before it had left our group has waited */
	sigpact__sys4(SYS_rt_sigtimedwait, (long)&h->ours, 0, (long)&none, 8);
	sigpact__sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&h->mask, 0, 8);
	if (s->go > 0)
		s->error = -(int)sigpact__sys3(SYS_execve, (long)s->path,
					       (long)s->argv, (long)s->envp);
	sigpact__sys1(SYS_exit_group, 127);
	__builtin_unreachable();
}

static int memory(struct run *r)
{
	if (!r->text)
		r->text = malloc(2 * OUTPUT);
	if (!r->stack) {
		r->stack = mmap(NULL, RUN_STACK, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
		if (r->stack == MAP_FAILED)
			r->stack = NULL;
	}
	return r->stack && r->text ? 0 : -ENOMEM;
}

/* The files of the run: ours in r->output. */
static int files(struct hunting *h, struct run *r)
{
	int line[2], err;

	r->start.terminal = h->plan->pty;
	if (h->plan->pty) {
		err = sigpact__terminal_open(h->plan, r, &r->start.output);
		r->start.input = r->start.output;
		return err;
	}
	if (pipe2(line, O_CLOEXEC))
		return -errno;
	fcntl(line[0], F_SETFL, O_NONBLOCK);
	r->output = line[0];
	r->start.output = line[1];
	r->start.input = h->null;
	return 0;
}

static void go(struct start *s, int what)
{
	__atomic_store_n(&s->go, what, __ATOMIC_RELEASE);
	sigpact__sys4(SYS_futex, (long)&s->go, FUTEX_WAKE, 1, 0);
}

static int traced(struct hunting *h, struct run *r)
{
	int err = 0;

	r->pid = clone(become, (char *)r->stack + RUN_STACK, CLONE_VM | SIGCHLD,
		       &r->start);
	if (r->pid < 0) {
		err = -errno;
		r->pid = 0;
		return err;
	}
	if (ptrace(PTRACE_SEIZE, r->pid, 0, OPTIONS))
		err = errno == EPERM ? -ENOSYS : -errno;
	if (err)
		go(&r->start, -1);
	sigpact__kin_add(h, r->pid, r);
	return err;
}

int sigpact__run_prepare(struct hunting *h, struct run *r)
{
	int err = memory(r);

	r->output = -1;
	if (!err)
		err = sigpact__run_environment(h, r);
	if (!err)
		err = files(h, r);
	if (err)
		return err;
	r->start.path = h->path;
	r->start.argv = h->plan->command;
	r->start.envp = r->envp;
	r->start.hunting = h;
	r->start.go = r->start.error = 0;
	err = traced(h, r);
	close(r->start.output);
	return err;
}

void sigpact__run_begin(struct hunting *h, struct run *r)
{
	r->begun = 1;
	r->since = sigpact__hunt_now();
	r->until = h->plan->timeout_ns ? r->since + h->plan->timeout_ns : 0;
	go(&r->start, 1);
}
