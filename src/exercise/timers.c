/* Families about timers.  Those that a process has once are under a lock, and
   were put aside before.  Threads without libc. */
#include "worker.h"
#include "sys.h"

#include <sys/resource.h>

enum { FAR = 100000 };		/* seconds: never reached */
#define SOON_NS 200000

/* As the kernel has it (struct sigevent). */
struct event {
	int64_t value;
	int sig, notify, tid, unused[11];
};
_Static_assert(sizeof(struct event) == 64, "struct sigevent");
enum { NOTIFY_SIGNAL = 0, NOTIFY_THREAD = 4 };

/* By the clock of each: of the wall, of user code, of all code. */
static uint64_t passed_us(int which)
{
	struct rusage r = { .ru_utime.tv_sec = 0 };
	uint64_t user, kernel;

	if (which == ITIMER_REAL)
		return exercise_now_ns() / 1000;
	sigpact__sys2(SYS_getrusage, RUSAGE_SELF, (long)&r);
	user = (uint64_t)r.ru_utime.tv_sec * 1000000 +
	       (uint64_t)r.ru_utime.tv_usec;
	kernel = (uint64_t)r.ru_stime.tv_sec * 1000000 +
		 (uint64_t)r.ru_stime.tv_usec;
	return which == ITIMER_VIRTUAL ? user : user + kernel;
}

void exercise_timers_aside(struct exercise_worker *w, struct exercise_aside *to)
{
	struct itimerval none = { .it_value.tv_sec = 0 };
	int i;

	for (i = 0; i < 3; i++) {
		to->at_us[i] = passed_us(i);
		exercise_is(w, ISSUE(w, setitimer, i, &none, &to->timer[i]), 0,
			    "setitimer, none");
	}
}

/* Less what has passed; the kernel adds a tick to those of the CPU's time. */
void exercise_timers_back(struct exercise_worker *w, struct exercise_aside *of)
{
	struct timespec tick = { 0, 0 };
	uint64_t left, passed;
	int i;

	sigpact__sys2(SYS_clock_getres, CLOCK_MONOTONIC_COARSE, (long)&tick);
	for (i = 0; i < 3; i++) {
		struct timeval *t = &of->timer[i].it_value;

		left = (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
		passed = passed_us(i) - of->at_us[i];
		if (i != ITIMER_REAL)
			passed += (uint64_t)tick.tv_nsec / 1000;
		if (left)
			left = left > passed ? left - passed : 1;
		t->tv_sec = (time_t)(left / 1000000);
		t->tv_usec = (suseconds_t)(left % 1000000);
		exercise_is(w, ISSUE(w, setitimer, i, &of->timer[i], NULL), 0,
			    "setitimer, as found");
	}
}

static void setitimer_far(struct exercise_worker *w, int which)
{
	struct itimerval far = { .it_value.tv_sec = FAR }, found, now;

	exercise_is(w, ISSUE(w, setitimer, which, &far, &found), 0,
		    "setitimer");
	exercise_is(w, ISSUE(w, setitimer, which, &found, &now), 0,
		    "setitimer, as found");
	exercise_is(w, now.it_value.tv_sec > FAR / 2, 1,
		    "setitimer, what was left");
}

void exercise_family_itimer(struct exercise_worker *w)
{
	struct itimerval soon = { .it_value.tv_usec = SOON_NS / 1000 };
	siginfo_t info;

	exercise_lock();
	if (exercise_is(w, ISSUE(w, setitimer, ITIMER_REAL, &soon, NULL), 0,
			"setitimer, ITIMER_REAL"))
		exercise_reap(w, SIGALRM, &info);
	setitimer_far(w, ITIMER_REAL);
	setitimer_far(w, ITIMER_VIRTUAL);
	setitimer_far(w, ITIMER_PROF);
	exercise_is(w, ISSUE(w, setitimer, 99, &soon, NULL), -EINVAL,
		    "setitimer, timer 99");
	exercise_unlock();
}

void exercise_family_alarm(struct exercise_worker *w)
{
	long left;

	exercise_lock();
	exercise_is(w, ISSUE(w, alarm, FAR), 0, "alarm");
	left = ISSUE(w, alarm, 0);
	exercise_unlock();
	exercise_is(w, left > FAR / 2 && left <= FAR, 1,
		    "alarm, what was left");
}

/* Armed, reaped, armed far away, disarmed by its end. */
static void use(struct exercise_worker *w, struct event *event)
{
	struct itimerspec soon = { .it_value.tv_nsec = SOON_NS };
	struct itimerspec far = { .it_value.tv_sec = FAR }, before;
	siginfo_t info = { .si_code = 0 };
	int timer;

	if (!exercise_is(w, ISSUE(w, timer_create, CLOCK_MONOTONIC, event,
				  &timer), 0, "timer_create"))
		return;
	if (exercise_is(w, ISSUE(w, timer_settime, timer, 0, &soon, NULL), 0,
			"timer_settime") &&
	    exercise_reap(w, w->sig, &info)) {
		exercise_is(w, info.si_code, SI_TIMER, "timer, siginfo");
		exercise_is(w, (long)info.si_value.sival_ptr, event->value,
			    "timer, value");
	}
	exercise_is(w, ISSUE(w, timer_settime, timer, 0, &far, &before), 0,
		    "timer_settime, far");
	exercise_is(w, before.it_value.tv_sec | before.it_value.tv_nsec, 0,
		    "timer_settime, what was left");
	exercise_is(w, ISSUE(w, timer_delete, timer), 0, "timer_delete");
}

void exercise_family_timer(struct exercise_worker *w)
{
	struct event event = { .value = 0x7e57, .sig = w->sig,
			       .notify = NOTIFY_SIGNAL };
	int timer;

	use(w, &event);
	event.notify = NOTIFY_THREAD;
	event.tid = w->tid;
	use(w, &event);
	exercise_is(w, ISSUE(w, timer_create, 99, &event, &timer), -EINVAL,
		    "timer_create, clock 99");
	exercise_is(w, ISSUE(w, timer_settime, -1, 0, NULL, NULL), -EINVAL,
		    "timer_settime without a time");
	exercise_is(w, ISSUE(w, timer_delete, -1), -EINVAL,
		    "timer_delete, no timer");
}
