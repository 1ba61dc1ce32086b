/* Families about sending: each way, to itself, while the signal is blocked; it
   is then pending, and reaped.  Threads without libc. */
#include "worker.h"
#include "sys.h"

enum { NO_SIGNAL = 65 };

/* Reaps its own signal and looks at who sent it and how. */
static void reap_from(struct exercise_worker *w, int code, int64_t value,
		      const char *step)
{
	siginfo_t info;

	if (!exercise_reap(w, w->sig, &info))
		return;
	exercise_is(w, info.si_code, code, step);
	exercise_is(w, info.si_pid, w->pid, step);
	if (code == SI_QUEUE)
		exercise_is(w, (long)info.si_value.sival_ptr, value, step);
}

static siginfo_t with_value(struct exercise_worker *w, int64_t value)
{
	siginfo_t info = { .si_signo = w->sig, .si_code = SI_QUEUE };

	info.si_pid = w->pid;
	info.si_value.sival_ptr = (void *)(intptr_t)value;
	return info;
}

void exercise_family_pending(struct exercise_worker *w)
{
	uint64_t set[2];

	exercise_is(w, exercise_pends(w), 0, "rt_sigpending, before");
	if (exercise_send(w)) {
		exercise_is(w, exercise_pends(w), 1, "rt_sigpending, sent");
		exercise_reap(w, w->sig, NULL);
	}
	exercise_is(w, exercise_pends(w), 0, "rt_sigpending, reaped");
	exercise_is(w, ISSUE(w, rt_sigpending, set, sizeof set), -EINVAL,
		    "rt_sigpending of 16 bytes");
}

void exercise_family_process(struct exercise_worker *w)
{
	exercise_is(w, ISSUE(w, kill, w->pid, 0), 0, "kill, signal 0");
	exercise_is(w, ISSUE(w, kill, w->pid, NO_SIGNAL), -EINVAL,
		    "kill, signal 65");
	if (!exercise_is(w, ISSUE(w, kill, w->pid, w->sig), 0, "kill"))
		return;
	exercise_is(w, exercise_pends(w), 1, "kill, pending");
	reap_from(w, SI_USER, 0, "kill, siginfo");
}

/* A process that is alone in its group. */
static void group(void *arg)
{
	struct exercise_worker *w = arg;

	if (exercise_is(w, sigpact__sys2(SYS_setpgid, 0, 0), 0, "setpgid") &&
	    exercise_is(w, ISSUE(w, kill, 0, w->sig), 0, "kill of a group"))
		exercise_reap(w, w->sig, NULL);
}

void exercise_family_group(struct exercise_worker *w)
{
	volatile int ended;

	exercise_is(w, exercise_process(group, w, w->helper, sizeof w->helper,
					&ended), 0, "a process of its own");
}

void exercise_family_thread(struct exercise_worker *w)
{
	exercise_is(w, ISSUE(w, tkill, w->tid, NO_SIGNAL), -EINVAL,
		    "tkill, signal 65");
	if (exercise_is(w, ISSUE(w, tkill, w->tid, w->sig), 0, "tkill"))
		reap_from(w, SI_TKILL, 0, "tkill, siginfo");
	exercise_is(w, ISSUE(w, tgkill, w->pid, w->tid, 0), 0,
		    "tgkill, signal 0");
	if (exercise_send(w))
		reap_from(w, SI_TKILL, 0, "tgkill, siginfo");
}

void exercise_family_queue(struct exercise_worker *w)
{
	siginfo_t info[3] = { with_value(w, 1), with_value(w, -2),
			      with_value(w, 1l << 40) };
	int i;

	for (i = 0; i < 2; i++)
		exercise_is(w, ISSUE(w, rt_sigqueueinfo, w->pid, w->sig,
				     &info[i]), 0, "rt_sigqueueinfo");
	reap_from(w, SI_QUEUE, 1, "rt_sigqueueinfo, siginfo");
	reap_from(w, SI_QUEUE, -2, "rt_sigqueueinfo, siginfo");
	exercise_is(w, ISSUE(w, rt_tgsigqueueinfo, w->pid, w->tid, w->sig,
			     &info[2]), 0, "rt_tgsigqueueinfo");
	reap_from(w, SI_QUEUE, 1l << 40, "rt_tgsigqueueinfo, siginfo");
}

void exercise_family_pidfd(struct exercise_worker *w)
{
	long fd = sigpact__sys2(SYS_pidfd_open, w->pid, 0);
	siginfo_t info = with_value(w, 7);

	if (!exercise_is(w, fd < 0 ? fd : 0, 0, "pidfd_open"))
		return;
	exercise_is(w, ISSUE(w, pidfd_send_signal, fd, w->sig, NULL, ~0u),
		    -EINVAL, "pidfd_send_signal, all flags");
	exercise_is(w, ISSUE(w, pidfd_send_signal, fd, w->sig, NULL, 0), 0,
		    "pidfd_send_signal");
	reap_from(w, SI_USER, 0, "pidfd_send_signal, siginfo");
	exercise_is(w, ISSUE(w, pidfd_send_signal, fd, w->sig, &info, 0), 0,
		    "pidfd_send_signal with a value");
	reap_from(w, SI_QUEUE, 7, "pidfd_send_signal, siginfo");
	sigpact__sys1(SYS_close, fd);
}
