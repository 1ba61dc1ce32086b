/* The ptrace source: what the reader has of it.  It starts the keeper, which
   traces, and hands out what that puts into the ring.  Tracer's context. */
#include "ptrace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GATHER_NS = 2000000, CLOSE_MS = 5000 };

struct sigpact__source {
	struct sigpact__ring *ring;
	struct sigpact__traced *traced;
	pid_t keeper;
	int bell;	/* read end; hangs up when the keeper has let go */
	int ended;
};

static void source_free(struct sigpact__source *s)
{
	int state = s->ring->state;

	s->traced->command_status = s->ring->command_status;
	__atomic_store_n(&s->ring->abandoned, 1, __ATOMIC_RELAXED);
	close(s->bell);
	/* one that passes, or has still to let go, outlives us */
	waitpid(s->keeper, NULL,
		__WALL | (s->ended && state != RING_PASSES ? 0 : WNOHANG));
	sigpact__ring_unmap(s->ring);
	free(s);
}

static int start(struct sigpact__source *s)
{
	int ends[2];
	struct keeper *k;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	s->bell = ends[0];
	k = calloc(1, sizeof *k);
	s->keeper = k ? fork() : -1;
	if (!s->keeper) {
		k->ring = s->ring;
		k->bell = ends[1];
		k->reader = getppid();
		close(ends[0]);
		sigpact__keeper(k, s->traced);
	}
	free(k);
	close(ends[1]);
	if (s->keeper > 0)
		return 0;
	close(ends[0]);
	return -EAGAIN;
}

/* Until all is attached, or it has failed. */
static int opened(struct sigpact__source *s, char why[256])
{
	char bytes[64];
	int err = 0;
	long got;

	do
		got = read(s->bell, bytes, sizeof bytes);
	while (got < 0 && errno == EINTR);
	if (s->ring->state == RING_FAILED) {
		err = s->ring->err;
		snprintf(why, 256, "%s", s->ring->why);
	} else if (got <= 0) {
		err = -EIO;
		snprintf(why, 256, "the tracing process was killed");
	}
	s->ended = err != 0;
	return err;
}

static int source_open(struct sigpact__traced *traced,
		       struct sigpact__source **out, char why[256])
{
	struct sigpact__source *s = calloc(1, sizeof *s);
	int err = s ? sigpact__ring_map(&s->ring) : -ENOMEM;

	*why = 0;
	if (!err) {
		traced->command_status = s->ring->command_status = -1;
		s->traced = traced;
		err = start(s);
		if (err)
			sigpact__ring_unmap(s->ring);
	}
	if (err) {
		snprintf(why, 256, "no memory, or no process more, for ptrace");
		free(s);
		return err;
	}
	err = opened(s, why);
	if (err)
		source_free(s);
	else
		*out = s;
	return err;
}

/* An event, the keeper's end, or the time; -EINTR. */
static int await(struct sigpact__source *s, int timeout_ms)
{
	struct timespec gather = { 0, GATHER_NS };
	struct pollfd bell = { s->bell, POLLIN, 0 };
	struct sigpact__ring *r = s->ring;
	char bytes[64];
	int got = 0;

	__atomic_store_n(&r->waits, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&r->written, __ATOMIC_SEQ_CST) == r->read)
		got = poll(&bell, 1, timeout_ms);
	__atomic_store_n(&r->waits, 0, __ATOMIC_SEQ_CST);
	if (got <= 0)
		return got < 0 ? -errno : 0;
	if (!(bell.revents & POLLIN))
		s->ended = 1;
	else if (read(s->bell, bytes, sizeof bytes) > 0 && timeout_ms)
		nanosleep(&gather, NULL); /* more, for one time that we wake */
	return 0;
}

static int source_next(struct sigpact__source *s, unsigned timeout_ms,
		       sigpact__event_sink *sink, void *argument)
{
	int count = sigpact__ring_drain(s->ring, sink, argument), err = 0;

	if (!count && !s->ended)
		err = await(s, (int)timeout_ms);
	if (!count)
		count = sigpact__ring_drain(s->ring, sink, argument);
	s->traced->command_status = s->ring->command_status;
	if (count)
		return count;
	return s->ended ? -ECHILD : err;
}

static uint64_t source_lost(const struct sigpact__source *s)
{
	(void)s;
	return 0;
}

/* A thread in an uninterruptible sleep is let go when it wakes: the keeper
   waits for it, we do not. */
static void source_close(struct sigpact__source *s, sigpact__event_sink *sink,
			 void *argument)
{
	uint64_t end = sigpact__event_now() + CLOSE_MS * 1000000ull;

	if (!s->ended)
		kill(s->keeper, SIGUSR1);
	while (!s->ended && sigpact__event_now() < end) {
		await(s, 100);
		sigpact__ring_drain(s->ring, sink, argument);
	}
	sigpact__ring_drain(s->ring, sink, argument);
	source_free(s);
}

const struct sigpact__source_kind sigpact__source_ptrace = {
	.name = "ptrace",
	.open = source_open,
	.next = source_next,
	.lost = source_lost,
	.close = source_close,
};
