/* A timer of this thread whose signal parks the sandbox that runs in it. */
#ifndef TICKER_H
#define TICKER_H

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "tap.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { TICK = SIGUSR1 };

static __thread volatile long ticks, will_park;

static void on_tick(int sig, siginfo_t *info, void *ucontext)
{
	ticks++;
	will_park += sigpact__sandbox_tick(ucontext);
}

static inline void ticker_install(int flags)
{
	struct sigaction a = { .sa_sigaction = on_tick,
			       .sa_flags = SA_SIGINFO | SA_RESTART | flags };

	sigaction(TICK, &a, NULL);
}

static inline timer_t ticker_start(long us)
{
	struct sigevent e = { .sigev_notify = SIGEV_THREAD_ID,
			      .sigev_signo = TICK };
	struct itimerspec every = { { 0, us * 1000 }, { 0, us * 1000 } };
	timer_t t;

	e.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &e, &t) ||
	    timer_settime(t, 0, &every, NULL))
		bail("no timer");
	ticks = will_park = 0;
	return t;
}

#endif
