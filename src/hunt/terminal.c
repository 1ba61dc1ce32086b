/* A run's pseudo-terminal, and what a person would do at it; a run without one
   has a pipe, which is read here too.  Normal context. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CTRL_C = 3 };

int sigpact__terminal_open(const struct sigpact__hunt_plan *plan,
			   struct run *r, int *slave)
{
	struct winsize size = { .ws_row = plan->rows, .ws_col = plan->columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), err;

	if (master < 0)
		return -errno;
	*slave = -1;
	if (!unlockpt(master) && !ioctl(master, TIOCSWINSZ, &size) &&
	    fcntl(master, F_SETFL, O_NONBLOCK) >= 0)
		*slave = ioctl(master, TIOCGPTPEER,
			       O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0) {
		err = -errno;
		close(master);
		return err;
	}
	r->output = master;
	return 0;
}

/* At least the last OUTPUT bytes are kept. */
static void keep(struct run *r, const char *text, size_t size)
{
	size_t over = r->text_size - OUTPUT;

	if (r->text_size + size > 2 * OUTPUT) {
		memmove(r->text, r->text + over, OUTPUT);
		r->text_size = OUTPUT;
		r->text_searched -= over < r->text_searched ? over :
							      r->text_searched;
	}
	memcpy(r->text + r->text_size, text, size);
	r->text_size += size;
}

void sigpact__run_read(struct hunting *h, struct run *r)
{
	char text[4096];
	ssize_t size;
	int turns = 16; /* others wait too */

	while (r->output >= 0 && !r->silent && turns--) {
		size = read(r->output, text, sizeof text);
		if (size > 0)
			keep(r, text, (size_t)size);
		else if (!size || (errno != EAGAIN && errno != EINTR))
			r->silent = 1; /* EIO: no one has the terminal */
		else
			return;
	}
}

static int seen(struct run *r, const struct sigpact__step *s)
{
	char *at = memmem(r->text + r->text_searched,
			  r->text_size - r->text_searched, s->text, s->size);

	if (at)
		r->text_searched = (size_t)(at - r->text) + s->size;
	else if (r->text_size - r->text_searched >= s->size)
		r->text_searched = r->text_size - s->size + 1;
	return at != NULL;
}

/* 1: all of it; what the line discipline makes of it is the kernel's. */
static int typed(struct run *r, const struct sigpact__step *s)
{
	ssize_t size = write(r->output, s->text + r->typed, s->size - r->typed);

	if (memchr(s->text, CTRL_C, s->size))
		r->expected |= 1ull << (SIGINT - 1);
	if (size > 0)
		r->typed += (size_t)size;
	return r->typed == s->size || (size < 0 && errno != EAGAIN);
}

static void hang_up(struct run *r)
{
	r->expected |= 1ull << (SIGHUP - 1);
	close(r->output);
	r->output = -1;
}

static void resize(struct run *r, const struct sigpact__step *s)
{
	struct winsize size = { .ws_row = s->rows, .ws_col = s->columns };

	ioctl(r->output, TIOCSWINSZ, &size);
}

/* 1: it is done. */
static int step(struct run *r, const struct sigpact__step *s, uint64_t now)
{
	switch (s->kind) {
	case STEP_WAIT:
		return seen(r, s);
	case STEP_SLEEP:
		if (!r->step_until)
			r->step_until = now + s->ns;
		return r->step_until <= now;
	case STEP_TYPE:
		return r->output < 0 || typed(r, s);
	case STEP_RESIZE:
		resize(r, s);
		return 1;
	default:
		if (r->output >= 0)
			hang_up(r);
		return 1;
	}
}

uint64_t sigpact__run_step(struct hunting *h, struct run *r, uint64_t now)
{
	const struct sigpact__hunt_plan *plan = h->plan;

	while (r->step < plan->step_count) {
		if (!step(r, &plan->step[r->step], now))
			break;
		r->step++;
		r->typed = 0;
		r->step_until = 0;
	}
	if (r->step < plan->step_count &&
	    plan->step[r->step].kind == STEP_TYPE)
		return now + 1000000; /* its input is full */
	return r->step_until;
}
