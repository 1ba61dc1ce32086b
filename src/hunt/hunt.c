/* A hunt from its beginning to its end, which leaves nothing behind.  Its own
   signals come through a descriptor; no handler is installed.  Normal context,
   the tracer's. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static const uint64_t GRACE_NS = 2000000000u;

uint64_t sigpact__hunt_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void sigpact__run_clear(struct run *r)
{
	size_t i;

	for (i = 0; i < r->report_count; i++)
		sigpact__report_free(r->report[i]);
	if (r->output >= 0)
		close(r->output);
	*r = (struct run){ .stack = r->stack, .envp = r->envp, .text = r->text,
			   .output = -1 };
}

static int prepare(struct hunting *h)
{
	struct sigaction own = { .sa_handler = SIG_DFL };

	do /* those of ours are above what a run has */
		h->null = open("/dev/null", O_RDWR);
	while (h->null >= 0 && h->null <= STDERR_FILENO);
	h->terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	sigaction(SIGCHLD, &own, NULL); /* whoever ignored it */
	sigemptyset(&h->ours);
	sigaddset(&h->ours, SIGCHLD);
	sigaddset(&h->ours, SIGINT);
	sigaddset(&h->ours, SIGTERM);
	sigaddset(&h->ours, SIGHUP);
	sigprocmask(SIG_BLOCK, &h->ours, &h->mask);
	h->signals = signalfd(-1, &h->ours, SFD_CLOEXEC | SFD_NONBLOCK);
	h->run = calloc(h->slots, sizeof *h->run);
	if (h->null < 0 || h->signals < 0)
		return -errno;
	if (!h->run)
		return -ENOMEM;
	fcntl(h->null, F_SETFD, FD_CLOEXEC);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return h->plan->stress ? sigpact__stress_start(h) : 0;
}

/* Nothing that was started goes on. */
static void end(struct hunting *h)
{
	uint64_t until = sigpact__hunt_now() + GRACE_NS;
	const struct timespec nap = { 0, 1000000 };
	unsigned i;

	sigpact__kin_kill(h, NULL);
	for (sigpact__hunt_reap(h); h->kin_count && sigpact__hunt_now() < until; sigpact__hunt_reap(h))
		nanosleep(&nap, NULL);
	sigpact__stress_end(h);
	for (i = 0; h->run && i < h->slots; i++) {
		sigpact__run_clear(&h->run[i]);
		if (h->run[i].stack)
			munmap(h->run[i].stack, RUN_STACK);
		free(h->run[i].envp);
		free(h->run[i].text);
	}
	free(h->run);
	free(h->kin);
	free(h->path);
	sigpact__tracer_free(&h->tracer);
	close(h->signals);
	close(h->null);
	if (h->terminal >= 0)
		close(h->terminal);
	sigprocmask(SIG_SETMASK, &h->mask, NULL);
}

int sigpact__hunt_run(const struct sigpact__hunt_plan *plan,
		      struct sigpact__hunt *out)
{
	struct hunting h = { .hunt = out, .plan = plan,
			     .slots = plan->jobs + !plan->pty };
	struct pollfd *fds = calloc(h.slots + 1, sizeof *fds);

	*out = (struct sigpact__hunt){ .plan = plan };
	sigpact__hunt_watch(&h);
	h.error = prepare(&h);
	if (!h.error)
		h.error = fds ? sigpact__hunt_program(&h) : -ENOMEM;
	out->since = sigpact__hunt_now();
	h.told_at = out->since;
	if (!h.error)
		sigpact__hunt_loop(&h, fds);
	out->took_ns = sigpact__hunt_now() - out->since;
	end(&h);
	free(fds);
	return h.error;
}
