/* What the families share: the thread that runs them, and its ways to issue a
   call, to wait within a bound and to note what went wrong.  Threads without
   libc (exercise.h); exercise_handler: a signal handler. */
#ifndef SIGPACT_EXERCISE_WORKER_H
#define SIGPACT_EXERCISE_WORKER_H

#include "exercise.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

#define WAIT_NS 100000000l	/* no single wait is longer */
enum { WAITS = 300 };		/* … and so many are made for one thing */

enum { STACK_SIZE = 65536 };

struct exercise_worker {
	int sig;		/* its own: no other worker sends it */
	int pid, tid;
	uint64_t mask;		/* as it is blocked meanwhile: all of ours */
	volatile int ended;	/* its tid; 0 when it has ended */
	volatile unsigned long rounds, todo;
	uint32_t families;
	uint64_t calls[EXERCISE_CALLS];

	/* told by the handler */
	volatile unsigned handled;
	volatile int paused;	/* pause has returned */
	uintptr_t handler_sp;
	int64_t value;
	long query, change;	/* of sigaltstack in it */
	uint32_t query_flags;

	/* the first that went wrong */
	const char *family, *step;
	long got, wanted;

	char alternate[STACK_SIZE] __attribute__((aligned(16)));
	char stack[STACK_SIZE] __attribute__((aligned(16)));
	char helper[STACK_SIZE / 2] __attribute__((aligned(16)));
};

/* As the kernel has it. */
struct exercise_action {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};
enum { MASK_SIZE = 8 };
#define BIT(sig) (1ull << ((sig) - 1))

/* Issues a call of the list, counted: ISSUE(w, kill, w->pid, w->sig). */
#define ISSUE(w, name, ...) \
	ISSUE_5(w, EXERCISE_##name, __VA_ARGS__, 0, 0, 0, 0)
#define ISSUE_5(w, call, a, b, c, d, e, ...)                                  \
	exercise_issue(w, call, (long)(a), (long)(b), (long)(c), (long)(d),   \
		       (long)(e))
long exercise_issue(struct exercise_worker *, enum sigpact__exercise_call,
		    long a, long b, long c, long d, long e);

/* Is got what was wanted?  Else it is noted, for this step. */
int exercise_is(struct exercise_worker *, long got, long wanted,
		const char *step);

/* Its own signal, to its own thread. */
int exercise_send(struct exercise_worker *);
/* Takes sig, which is pending or will be within the bound. */
int exercise_reap(struct exercise_worker *, int sig, siginfo_t *info);
/* Is its own signal pending? */
int exercise_pends(struct exercise_worker *);

/* Installs its handler, with these flags too; stores what was there. */
int exercise_catch(struct exercise_worker *, unsigned long flags,
		   struct exercise_action *found);
int exercise_restore(struct exercise_worker *,
		     const struct exercise_action *found);
void exercise_handler(int sig, siginfo_t *, void *context);
/* The worker whose signal this is. */
extern struct exercise_worker *exercise_by_signal[65];

/* thread.c */
uint64_t exercise_now_ns(void);
void exercise_sleep(long ns);		/* within the bound */
/* A thread, or with memory alone shared a process, that runs body(w) on a stack
   of w.  *ended is 0 when it has.  0 or -errno. */
int exercise_thread(void (*body)(void *), struct exercise_worker *w,
		    char *stack, size_t size, volatile int *ended);
int exercise_process(void (*body)(void *), struct exercise_worker *w,
		     char *stack, size_t size, volatile int *ended);
/* Waits within the bound until *ended is 0: -ETIMEDOUT. */
int exercise_wait(volatile int *ended);
/* What a whole process has only one of. */
void exercise_lock(void);
void exercise_unlock(void);

/* timers.c: the process's interval timers, while they are not its own */
struct exercise_aside {
	struct itimerval timer[3];
	uint64_t at_us[3];
};
void exercise_timers_aside(struct exercise_worker *, struct exercise_aside *);
void exercise_timers_back(struct exercise_worker *, struct exercise_aside *);

void exercise_family_action(struct exercise_worker *);
void exercise_family_mask(struct exercise_worker *);
void exercise_family_pending(struct exercise_worker *);
void exercise_family_process(struct exercise_worker *);
void exercise_family_group(struct exercise_worker *);
void exercise_family_thread(struct exercise_worker *);
void exercise_family_queue(struct exercise_worker *);
void exercise_family_pidfd(struct exercise_worker *);
void exercise_family_wait(struct exercise_worker *);
void exercise_family_suspend(struct exercise_worker *);
void exercise_family_pause(struct exercise_worker *);
void exercise_family_handler(struct exercise_worker *);
void exercise_family_altstack(struct exercise_worker *);
void exercise_family_signalfd(struct exercise_worker *);
void exercise_family_itimer(struct exercise_worker *);
void exercise_family_alarm(struct exercise_worker *);
void exercise_family_timer(struct exercise_worker *);
void exercise_family_prctl(struct exercise_worker *);
void exercise_family_exclude(struct exercise_worker *);

#endif
