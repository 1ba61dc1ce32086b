/* The signal that preempts, on a worker: sent when a job of lower rank arrives,
   and by the worker's timer at the end of a slice.  Runs in a handler; the rest
   happens in the worker, once the sandbox has parked. */
#include "schedule.h"
#include "sys.h"

#include <linux/time_types.h>
#include <sys/syscall.h>

int sigpact__preempt_signal;
__thread struct worker *sigpact__preempt_worker PREEMPT_TLS;

/* Nobody runs here: the timer need not go on. */
static void rest(struct worker *w)
{
	static const struct __kernel_itimerspec none;

	w->armed = 0;
	sigpact__sys4(SYS_timer_settime, w->timer, 0, (long)&none, 0);
}

void sigpact__preempt_handle(int sig, siginfo_t *info, void *context)
{
	struct worker *w = sigpact__preempt_worker;
	uint64_t rank;

	if (!w)
		return;
	rank = atomic_load_explicit(&w->rank, memory_order_relaxed);
	if (rank == RANK_NONE) {
		if (info->si_code == SI_TIMER && w->asleep)
			rest(w);
		return;
	}
	/* taken by another worker by now? */
	if (info->si_code == SI_TKILL && !w->scheduler->stop &&
	    atomic_load_explicit(&w->scheduler->queue.earliest,
				 memory_order_relaxed) >= rank)
		return;
	sigpact__sandbox_tick(context);
}
