/* The server's life: what it listens to beside sockets, and how it ends.  I/O
   thread. */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Written by a signal, once a second, and at the end of each part of a drain. */
static struct {
	int signals, second, drain;
} fd;

static void drain_timer(uint64_t ms)
{
	struct itimerspec end = {
		.it_value.tv_sec = (time_t)(ms / 1000),
		.it_value.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	timerfd_settime(fd.drain, 0, &end, NULL);
}

static void drain_begin(struct server *s)
{
	s->draining = DRAIN_ENDING;
	drain_timer(s->service->config->drain_ms);
	sigpact__http_drain(s->http);
}

/* A balancer sees that we are not ready some time after we say so, and sends us
   requests until then: nothing else changes for so long. */
static void drain(struct server *s)
{
	const struct server_config *c = s->service->config;

	if (s->draining) {
		fprintf(stderr, "sigpact-serve: told twice: stops at once\n");
		sigpact__http_stop(s->http);
		return;
	}
	sigpact__notify("STOPPING=1");
	fprintf(stderr, "sigpact-serve: stops once all requests are answered, "
		"in %.3g s at most; a second signal: at once\n",
		(double)(c->drain_delay_ms + c->drain_ms) / 1000);
	s->draining = DRAIN_DELAY;
	if (c->drain_delay_ms)
		drain_timer(c->drain_delay_ms);
	else
		drain_begin(s);
}

static void signalled(void *server)
{
	struct signalfd_siginfo info;

	while (read(fd.signals, &info, sizeof info) == sizeof info)
		if (info.ssi_signo == SIGHUP)
			sigpact__server_reload(server);
		else
			drain(server);
}

static void each_second(void *server)
{
	struct server *s = server;
	uint64_t times;

	if (read(fd.second, &times, sizeof times) < 0)
		return;
	sigpact__access_flush(s->access);
	sigpact__access_flush(s->errors);
	if (s->older)
		sigpact__server_retire(s);
}

static void drain_next(void *server)
{
	struct server *s = server;
	uint64_t times;

	if (read(fd.drain, &times, sizeof times) < 0)
		return;
	if (s->draining == DRAIN_DELAY) {
		drain_begin(s);
		return;
	}
	fprintf(stderr, "sigpact-serve: %u requests are left, and dropped\n",
		(unsigned)s->service->calls);
	sigpact__http_stop(s->http);
}

void sigpact__server_signals_block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int watch(struct server *s)
{
	struct itimerspec second = { { 1, 0 }, { 1, 0 } };
	sigset_t set;
	int e;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	fd.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	fd.second = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	fd.drain = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd.signals < 0 || fd.second < 0 || fd.drain < 0)
		return -errno;
	timerfd_settime(fd.second, 0, &second, NULL);
	e = sigpact__http_watch(s->http, fd.signals, signalled, s);
	if (!e)
		e = sigpact__http_watch(s->http, fd.second, each_second, s);
	return e ? e : sigpact__http_watch(s->http, fd.drain, drain_next, s);
}

/* http was stopped with requests that are not answered, which nobody may answer
   any more; a worker that runs one is stopped first. */
static void end(struct server *s)
{
	sigpact__scheduler_stop(&s->scheduler);
	sigpact__http_destroy(s->http);
	sigpact__access_end(s->access);
	sigpact__access_end(s->errors);
}

int sigpact__server_run(struct server *s)
{
	int e = watch(s);

	if (e)
		return e;
	s->started_ns = sigpact__now_ns();
	sigpact__notify_ready(s->service);
	e = sigpact__http_run(s->http);
	end(s);
	return e;
}
