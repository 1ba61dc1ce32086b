/* The loop of a hunt: keeps the slots full, and waits for what is due or told.
   Normal context, the tracer's. */
#include "run.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const uint64_t TELL_NS = 100000000u, NEW_NS = 5000000u;

static void stop(struct hunting *h)
{
	unsigned i;

	h->stopping = 1;
	for (i = 0; i < h->slots; i++)
		if (h->run[i].pid && !h->run[i].ended) {
			h->run[i].dropped = !h->run[i].hung;
			sigpact__kin_kill(h, &h->run[i]);
		}
}

static void signalled(struct hunting *h)
{
	struct signalfd_siginfo info[8];
	ssize_t n = read(h->signals, info, sizeof info);
	int i, sig;

	for (i = 0; i < n / (ssize_t)sizeof *info; i++) {
		sig = (int)info[i].ssi_signo;
		if (sig == SIGCHLD)
			continue;
		if (h->hunt->interrupted)
			h->abandoned = 1; /* asked twice */
		h->hunt->interrupted = sig;
		if (!h->stopping)
			stop(h);
	}
}

/* Its processes are gone, or will not go. */
static void finish(struct hunting *h, struct run *r)
{
	int err = 0;
	size_t i;

	if (r->start.error && !h->error)
		h->error = -r->start.error;
	if (h->error && !h->stopping)
		stop(h);
	if (!r->dropped && !r->start.error)
		err = sigpact__run_judge(h, r);
	for (i = 0; i < h->kin_count; i++)
		if (h->kin[i].run == r)
			h->kin[i].run = NULL;
	sigpact__run_clear(r);
	if (err)
		h->error = err;
	if (!h->stopping &&
	    (err || (h->plan->until_fail && h->hunt->failures)))
		stop(h);
}

static void settle(struct hunting *h)
{
	uint64_t now = sigpact__hunt_now();
	struct run *r;

	for (r = h->run; r < h->run + h->slots; r++)
		if (r->ended && (r->until <= now || !sigpact__kin_count(h, r)))
			finish(h, r);
}

static void hang(struct hunting *h, struct run *r)
{
	sigpact__run_end(h, r);
	r->hung = 1;
	r->until = 0;
}

/* What is due in each run; the time of what is next, 0: nothing. */
static uint64_t due(struct hunting *h)
{
	uint64_t now = sigpact__hunt_now(), next = 0;
	struct run *r;

	for (r = h->run; r < h->run + h->slots; r++) {
		if (!r->pid || !r->begun)
			continue;
		if (!r->ended && r->until && r->until <= now)
			hang(h, r);
		next = earlier(next, r->until);
		if (!r->ended)
			next = earlier(next, sigpact__run_step(h, r, now));
	}
	if (h->plan->stress)
		next = earlier(next, sigpact__stress_tick(h, now));
	return earlier(next, sigpact__kin_resume(h, now));
}

static int more(const struct hunting *h)
{
	return !h->stopping &&
	       (!h->plan->runs || h->hunt->started < h->plan->runs);
}

static void prepare(struct hunting *h, struct run *r)
{
	int err;

	r->number = h->plan->first + h->hunt->started++;
	err = sigpact__run_prepare(h, r);
	if (err) {
		h->error = err;
		stop(h);
	}
}

static unsigned begun(const struct hunting *h)
{
	unsigned i, n = 0;

	for (i = 0; i < h->slots; i++)
		n += h->run[i].pid && h->run[i].begun;
	return n;
}

/* One that is prepared begins at once when another has ended; then, while that
   runs, the next one is prepared.  Returns how many are taken. */
static unsigned fill(struct hunting *h)
{
	unsigned i, n = begun(h), taken = 0;
	struct run *r;

	for (r = h->run; r < h->run + h->slots && n < h->plan->jobs; r++)
		if (r->pid && !r->begun && !h->stopping) {
			sigpact__run_begin(h, r);
			n++;
		}
	for (r = h->run; r < h->run + h->slots; r++) {
		if (r->pid || !more(h))
			continue;
		prepare(h, r);
		if (!h->stopping && n < h->plan->jobs) {
			sigpact__run_begin(h, r);
			n++;
		}
	}
	for (i = 0; i < h->slots; i++)
		taken += h->run[i].pid != 0;
	return taken;
}

static void tell(struct hunting *h)
{
	uint64_t now = sigpact__hunt_now();
	struct run *r;

	if (now - h->told_at < TELL_NS)
		return;
	h->told_at = now;
	h->hunt->took_ns = now - h->hunt->since;
	h->hunt->oldest_ns = 0;
	for (r = h->run; r < h->run + h->slots; r++)
		if (r->begun && now - r->since > h->hunt->oldest_ns)
			h->hunt->oldest_ns = now - r->since;
	h->plan->progress(h->hunt, h->plan->argument);
}

/* The output of a new run is left alone: its end would wake us before its
   process has ended, and twice is what a short one's time goes into. */
static uint64_t listen_to(struct hunting *h, struct pollfd *fds, uint64_t now)
{
	uint64_t next = 0;
	unsigned i;

	fds[0] = (struct pollfd){ .fd = h->signals, .events = POLLIN };
	for (i = 0; i < h->slots; i++) {
		struct run *r = &h->run[i];
		int is_new = !h->plan->pty && now - r->since < NEW_NS;

		fds[i + 1] = (struct pollfd){
			.fd = !r->begun || r->silent || is_new ? -1 :
								 r->output,
			.events = POLLIN
		};
		if (r->begun && is_new)
			next = earlier(next, r->since + NEW_NS);
	}
	return next;
}

/* Until something happens, or is due. */
static void wait_for(struct hunting *h, struct pollfd *fds, uint64_t next)
{
	uint64_t now = sigpact__hunt_now();
	struct timespec t = { 0, 0 };
	unsigned i;

	next = earlier(next, listen_to(h, fds, now));
	next = earlier(next, h->told_at + TELL_NS);
	if (next > now) {
		t.tv_sec = (time_t)((next - now) / 1000000000);
		t.tv_nsec = (long)((next - now) % 1000000000);
	}
	if (ppoll(fds, h->slots + 1, &t, NULL) <= 0)
		return;
	for (i = 0; i < h->slots; i++)
		if (fds[i + 1].revents)
			sigpact__run_read(h, &h->run[i]);
	if (fds[0].revents)
		signalled(h);
}

void sigpact__hunt_loop(struct hunting *h, struct pollfd *fds)
{
	while (fill(h) && !h->abandoned) {
		wait_for(h, fds, due(h));
		sigpact__hunt_reap(h);
		settle(h);
		tell(h);
	}
}
