/* Threads and processes that libc does not know, and waits that end.  Threads
   without libc. */
#include "worker.h"
#include "sys.h"
#include "workload.h"

#include <sched.h>
#include <sys/wait.h>

enum { FUTEX_WAIT, FUTEX_WAKE };

static volatile int lock;

uint64_t exercise_now_ns(void)
{
	struct timespec t;

	sigpact__sys2(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void exercise_sleep(long ns)
{
	struct timespec t = { 0, ns < WAIT_NS ? ns : WAIT_NS };

	sigpact__sys2(SYS_nanosleep, (long)&t, 0);
}

/* Woken, or the value is another, or the bound is reached. */
static void wait_while(volatile int *at, int value)
{
	struct timespec most = { 0, WAIT_NS };

	sigpact__sys4(SYS_futex, (long)at, FUTEX_WAIT, value, (long)&most);
}

/* Its number or -errno. */
static long spawn(unsigned long flags, void (*body)(void *), void *arg,
		  char *stack, size_t size, volatile int *ended)
{
	long tid;

	*ended = -1;
	tid = workload_spawn(flags | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
			     stack + size, (int *)ended, body, arg);
	if (tid < 0)
		*ended = 0;
	return tid;
}

int exercise_thread(void (*body)(void *), struct exercise_worker *w,
		    char *stack, size_t size, volatile int *ended)
{
	long tid = spawn(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			     CLONE_THREAD | CLONE_SYSVSEM,
			 body, w, stack, size, ended);

	return tid < 0 ? (int)tid : 0;
}

/* Without an exit signal: nobody is told when it ends. */
int exercise_process(void (*body)(void *), struct exercise_worker *w,
		     char *stack, size_t size, volatile int *ended)
{
	long pid = spawn(CLONE_VM, body, w, stack, size, ended);
	int e;

	if (pid < 0)
		return (int)pid;
	e = exercise_wait(ended);
	if (e)
		sigpact__sys2(SYS_kill, pid, SIGKILL);
	sigpact__sys4(SYS_wait4, pid, 0, __WALL, 0);
	return e;
}

int exercise_wait(volatile int *ended)
{
	int i, tid;

	for (i = 0; i < WAITS; i++) {
		tid = *ended;
		if (!tid)
			return 0;
		wait_while(ended, tid);
	}
	return -ETIMEDOUT;
}

void exercise_lock(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		wait_while(&lock, 1);
}

void exercise_unlock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	sigpact__sys3(SYS_futex, (long)&lock, FUTEX_WAKE, 1);
}
