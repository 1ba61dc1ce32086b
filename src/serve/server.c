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

/* Written by a signal, once a second, and at the end of a drain. */
static struct {
	int signals, second, drained;
} fd;

static void drain(struct server *s)
{
	struct itimerspec end = { .it_value.tv_sec = 0 };
	uint64_t ms = s->service->config->drain_ms;

	if (s->draining++) { /* asked twice: at once */
		sigpact__http_stop(s->http);
		return;
	}
	notify("STOPPING=1");
	end.it_value.tv_sec = (time_t)(ms / 1000);
	end.it_value.tv_nsec = (long)(ms % 1000) * 1000000;
	timerfd_settime(fd.drained, 0, &end, NULL);
	sigpact__http_drain(s->http);
}

static void signalled(void *server)
{
	struct signalfd_siginfo info;

	while (read(fd.signals, &info, sizeof info) == sizeof info)
		if (info.ssi_signo == SIGHUP)
			server_reload(server);
		else
			drain(server);
}

static void each_second(void *server)
{
	struct server *s = server;
	uint64_t times;

	if (read(fd.second, &times, sizeof times) < 0)
		return;
	access_flush(s->access);
	if (s->older)
		server_retire(s);
}

static void drained(void *server)
{
	fprintf(stderr, "sigpact-serve: requests are left, and dropped\n");
	sigpact__http_stop(((struct server *)server)->http);
}

void server_signals_block(void)
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
	fd.drained = timerfd_create(CLOCK_MONOTONIC,
				    TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd.signals < 0 || fd.second < 0 || fd.drained < 0)
		return -errno;
	timerfd_settime(fd.second, 0, &second, NULL);
	e = sigpact__http_watch(s->http, fd.signals, signalled, s);
	if (!e)
		e = sigpact__http_watch(s->http, fd.second, each_second, s);
	return e ? e : sigpact__http_watch(s->http, fd.drained, drained, s);
}

/* http was stopped with requests that are not answered, which nobody may answer
   any more; a worker that runs one is stopped first. */
static void end(struct server *s)
{
	scheduler_stop(&s->scheduler);
	sigpact__http_destroy(s->http);
	access_flush(s->access);
}

int server_run(struct server *s)
{
	int e = watch(s);

	if (e)
		return e;
	s->started_ns = now_ns();
	notify("READY=1");
	e = sigpact__http_run(s->http);
	end(s);
	return e;
}
