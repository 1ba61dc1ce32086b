/* What the tests' programs in a terminal have seen: a change of its size, ^C. */
#ifndef HUNT_SIGNALS_H
#define HUNT_SIGNALS_H

#include <signal.h>

static volatile sig_atomic_t resized, interrupted;

static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		resized = 1;
	else
		interrupted = 1;
}

#endif
