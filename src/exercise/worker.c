/* One step of a family: a call that is counted, its result, a signal sent,
   pending, reaped, handled.  Threads without libc; exercise_handler: a signal
   handler. */
#include "worker.h"
#include "sys.h"
#include "workload.h"

struct exercise_worker *exercise_by_signal[65];

static const int number[EXERCISE_CALLS] = {
	[EXERCISE_rt_sigaction] = SYS_rt_sigaction,
	[EXERCISE_rt_sigprocmask] = SYS_rt_sigprocmask,
	[EXERCISE_rt_sigreturn] = SYS_rt_sigreturn,
	[EXERCISE_sigaltstack] = SYS_sigaltstack,
	[EXERCISE_rt_sigsuspend] = SYS_rt_sigsuspend,
	[EXERCISE_rt_sigpending] = SYS_rt_sigpending,
	[EXERCISE_rt_sigtimedwait] = SYS_rt_sigtimedwait,
	[EXERCISE_pause] = WORKLOAD_PAUSE,
	[EXERCISE_kill] = SYS_kill,
	[EXERCISE_tkill] = SYS_tkill,
	[EXERCISE_tgkill] = SYS_tgkill,
	[EXERCISE_rt_sigqueueinfo] = SYS_rt_sigqueueinfo,
	[EXERCISE_rt_tgsigqueueinfo] = SYS_rt_tgsigqueueinfo,
	[EXERCISE_pidfd_send_signal] = SYS_pidfd_send_signal,
	[EXERCISE_signalfd] = WORKLOAD_SIGNALFD,
	[EXERCISE_signalfd4] = SYS_signalfd4,
	[EXERCISE_setitimer] = SYS_setitimer,
	[EXERCISE_alarm] = WORKLOAD_ALARM,
	[EXERCISE_timer_create] = SYS_timer_create,
	[EXERCISE_timer_settime] = SYS_timer_settime,
	[EXERCISE_timer_delete] = SYS_timer_delete,
	[EXERCISE_prctl] = SYS_prctl,
};

int sigpact__family_here(unsigned family)
{
	int call;

	for (call = 0; call < EXERCISE_CALLS; call++)
		if (sigpact__families[family].calls[call] && number[call] < 0)
			return 0;
	return 1;
}

long exercise_issue(struct exercise_worker *w, enum sigpact__exercise_call call,
		    long a, long b, long c, long d, long e)
{
	w->calls[call]++;
	return sigpact__sys6(number[call], a, b, c, d, e, 0);
}

int exercise_is(struct exercise_worker *w, long got, long wanted,
		const char *step)
{
	if (got != wanted && !w->step) {
		w->step = step;
		w->got = got;
		w->wanted = wanted;
	}
	return got == wanted;
}

int exercise_send(struct exercise_worker *w)
{
	return exercise_is(w, ISSUE(w, tgkill, w->pid, w->tid, w->sig), 0,
			   "tgkill");
}

int exercise_reap(struct exercise_worker *w, int sig, siginfo_t *info)
{
	struct timespec most = { 0, WAIT_NS };
	uint64_t set = BIT(sig);

	return exercise_is(w, ISSUE(w, rt_sigtimedwait, &set, info, &most,
				    MASK_SIZE), sig, "rt_sigtimedwait");
}

int exercise_pends(struct exercise_worker *w)
{
	uint64_t set = 0;

	exercise_is(w, ISSUE(w, rt_sigpending, &set, MASK_SIZE), 0,
		    "rt_sigpending");
	return !!(set & BIT(w->sig));
}

int exercise_catch(struct exercise_worker *w, unsigned long flags,
		   struct exercise_action *found)
{
	struct exercise_action ours = {
		.handler = (uintptr_t)exercise_handler,
		.flags = flags | SA_SIGINFO | WORKLOAD_RESTORER,
		.restorer = (uintptr_t)workload_return,
		.mask = ~0ull,
	};

	w->handled = 0;
	return exercise_is(w, ISSUE(w, rt_sigaction, w->sig, &ours, found,
				    MASK_SIZE), 0, "rt_sigaction");
}

int exercise_restore(struct exercise_worker *w,
		     const struct exercise_action *found)
{
	return exercise_is(w, ISSUE(w, rt_sigaction, w->sig, found, NULL,
				    MASK_SIZE), 0, "rt_sigaction, as found");
}

/* Its return is the call of the list that nobody issues by name. */
void exercise_handler(int sig, siginfo_t *info, void *context)
{
	struct exercise_worker *w = exercise_by_signal[sig];

	(void)context;
	w->handler_sp = (uintptr_t)__builtin_frame_address(0);
	w->value = (int64_t)(intptr_t)info->si_value.sival_ptr;
	w->calls[EXERCISE_rt_sigreturn]++;
	w->handled++;
}
