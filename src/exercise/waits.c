/* Families about waiting for a signal that is pending already, so that none can
   hang; for pause(2), a helper sends it once the thread is in there.  Threads
   without libc. */
#include "worker.h"
#include "sys.h"
#include "workload.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define TASKS "/proc/self/task/"

void exercise_family_wait(struct exercise_worker *w)
{
	struct timespec none = { 0, 0 }, little = { 0, 50000 };
	uint64_t set = BIT(w->sig);
	siginfo_t info;

	exercise_is(w, ISSUE(w, rt_sigtimedwait, &set, &info, &none, MASK_SIZE),
		    -EAGAIN, "rt_sigtimedwait, 0 s");
	exercise_is(w, ISSUE(w, rt_sigtimedwait, &set, NULL, &little,
			     MASK_SIZE), -EAGAIN, "rt_sigtimedwait, 50 us");
	exercise_is(w, ISSUE(w, rt_sigtimedwait, &set, &info, &none, 4),
		    -EINVAL, "rt_sigtimedwait of 4 bytes");
	if (exercise_send(w))
		exercise_reap(w, w->sig, &info);
}

void exercise_family_suspend(struct exercise_worker *w)
{
	uint64_t meanwhile = w->mask & ~BIT(w->sig);
	struct exercise_action found;

	if (!exercise_catch(w, 0, &found))
		return;
	if (exercise_send(w)) {
		exercise_is(w, ISSUE(w, rt_sigsuspend, &meanwhile, MASK_SIZE),
			    -EINTR, "rt_sigsuspend");
		exercise_is(w, w->handled, 1, "a signal in rt_sigsuspend");
	}
	exercise_restore(w, &found);
}

static char *digits(char *to, int n)
{
	char all[12], *p = all + sizeof all;

	*--p = 0;
	for (; n; n /= 10)
		*--p = (char)('0' + n % 10);
	while (*p)
		*to++ = *p++;
	return to;
}

/* "34 0x… …" while it waits there, stops at its entry included; "running". */
static int pauses(int fd)
{
	char wanted[16], text[16];
	char *end = digits(wanted, WORKLOAD_PAUSE);
	long n;

	*end++ = ' ';
	n = sigpact__sys4(SYS_pread64, fd, (long)text, sizeof text, 0);
	return n >= end - wanted && !memcmp(text, wanted, end - wanted);
}

/* Until it is there or was refused; 0: without /proc that is not known. */
static int watch(struct exercise_worker *w)
{
	uint64_t start = exercise_now_ns();
	char path[64] = TASKS;
	int there = 0;
	long fd;

	memcpy(digits(path + sizeof TASKS - 1, w->tid), "/syscall", 9);
	fd = sigpact__sys4(SYS_openat, AT_FDCWD, (long)path,
			   O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0) {
		exercise_sleep(WAIT_NS);
		return 0;
	}
	while (!there && exercise_now_ns() - start < WAITS * (uint64_t)WAIT_NS) {
		there = w->paused || pauses((int)fd);
		if (!there)
			exercise_sleep(50000);
	}
	sigpact__sys1(SYS_close, fd);
	return there;
}

/* Whatever happens it ends the pause: where tgkill is refused by kill, as this
   thread is the only one that lets the signal in. */
static void waker(void *arg)
{
	struct exercise_worker *w = arg;
	int there = watch(w);
	uint64_t start;

	do {
		if (!exercise_send(w))
			sigpact__sys2(SYS_kill, w->pid, w->sig);
		start = exercise_now_ns();
		while (!there && !w->paused &&
		       exercise_now_ns() - start < WAIT_NS)
			exercise_sleep(20000);
	} while (!there && !w->paused);
}

void exercise_family_pause(struct exercise_worker *w)
{
	uint64_t meanwhile = w->mask & ~BIT(w->sig);
	struct exercise_action found;
	volatile int ended;

	if (!exercise_catch(w, 0, &found))
		return;
	w->paused = 0;
	exercise_is(w, ISSUE(w, rt_sigprocmask, SIG_SETMASK, &meanwhile, NULL,
			     MASK_SIZE), 0, "rt_sigprocmask, SIG_SETMASK");
	if (!w->step &&
	    exercise_is(w, exercise_thread(waker, w, w->helper,
					   sizeof w->helper, &ended),
			0, "a thread")) {
		exercise_is(w, ISSUE(w, pause, 0), -EINTR, "pause");
		w->paused = 1;
		exercise_is(w, exercise_wait(&ended), 0, "the thread's end");
		exercise_is(w, w->handled, 1, "a signal in pause");
	}
	exercise_is(w, ISSUE(w, rt_sigprocmask, SIG_SETMASK, &w->mask, NULL,
			     MASK_SIZE), 0, "rt_sigprocmask, SIG_SETMASK");
	exercise_restore(w, &found);
}

/* Reads its own signal: 128 bytes that begin with the number. */
static void read_signal(struct exercise_worker *w, long fd)
{
	struct timespec most = { 0, WAIT_NS };
	struct pollfd p = { .fd = (int)fd, .events = POLLIN };
	uint32_t said[32] = { 0 };

	if (!exercise_is(w, sigpact__sys6(SYS_ppoll, (long)&p, 1, (long)&most, 0,
					  0, 0), 1, "a signalfd to be read"))
		return;
	exercise_is(w, sigpact__sys3(SYS_read, fd, (long)said, sizeof said),
		    sizeof said, "read of a signalfd");
	exercise_is(w, said[0], w->sig, "the signal read");
}

void exercise_family_signalfd(struct exercise_worker *w)
{
	uint64_t none = 0, set = BIT(w->sig);
	long old = ISSUE(w, signalfd, -1, &none, MASK_SIZE);
	long new = ISSUE(w, signalfd4, -1, &set, MASK_SIZE,
			 O_CLOEXEC | O_NONBLOCK);

	exercise_is(w, old < 0 ? old : 0, 0, "signalfd");
	exercise_is(w, new < 0 ? new : 0, 0, "signalfd4");
	exercise_is(w, ISSUE(w, signalfd4, -1, &set, MASK_SIZE, ~0u), -EINVAL,
		    "signalfd4, all flags");
	exercise_is(w, ISSUE(w, signalfd, old, &set, MASK_SIZE), old,
		    "signalfd, another set");
	if (old >= 0 && new >= 0 && exercise_send(w))
		read_signal(w, old);
	if (old >= 0 && new >= 0 && exercise_send(w))
		read_signal(w, new);
	if (old >= 0)
		sigpact__sys1(SYS_close, old);
	if (new >= 0)
		sigpact__sys1(SYS_close, new);
}
