/* A workload that makes each system call about signals, at itself: what
   `sigpact exercise` is made of.  It is deterministic, cannot hang, and leaves
   masks, actions, alternate stacks and timers as it found them.

   All of src/exercise but sigpact__exercise_run itself runs in threads that
   libc does not know, on thread-local storage that is not theirs: raw system
   calls, and of libc nothing but mem{cpy,set,move,cmp}. */
#ifndef SIGPACT_EXERCISE_H
#define SIGPACT_EXERCISE_H

#include <stdint.h>

/* The calls, in the order in which they are printed. */
#define SIGPACT_EXERCISED(CALL)                                               \
	CALL(rt_sigaction) CALL(rt_sigprocmask) CALL(rt_sigreturn)            \
	CALL(sigaltstack) CALL(rt_sigsuspend) CALL(rt_sigpending)             \
	CALL(rt_sigtimedwait) CALL(pause) CALL(kill) CALL(tkill) CALL(tgkill) \
	CALL(rt_sigqueueinfo) CALL(rt_tgsigqueueinfo) CALL(pidfd_send_signal) \
	CALL(signalfd) CALL(signalfd4) CALL(setitimer) CALL(alarm)            \
	CALL(timer_create) CALL(timer_settime) CALL(timer_delete) CALL(prctl)
#define EXERCISE_NUMBER(name) EXERCISE_##name,
enum sigpact__exercise_call { SIGPACT_EXERCISED(EXERCISE_NUMBER) EXERCISE_CALLS };
#undef EXERCISE_NUMBER
extern const char *const sigpact__exercise_name[EXERCISE_CALLS];

struct exercise_worker;

/* A part of the workload, and the calls that one round of it makes. */
struct sigpact__family {
	const char *name, *what;
	void (*round)(struct exercise_worker *);
	unsigned char calls[EXERCISE_CALLS];
};
enum { EXERCISE_FAMILIES = 32 };	/* no more */
extern const struct sigpact__family sigpact__families[];
extern const unsigned sigpact__family_count;
/* Does the architecture have all of its calls? */
int sigpact__family_here(unsigned family);

enum { EXERCISE_THREADS = 24 };		/* at most: each has its own signal */

struct sigpact__exercise {
	uint32_t families;		/* bit n: sigpact__families[n] */
	unsigned threads;		/* 1: the caller alone */
	unsigned long repeat;		/* rounds of each thread */
	uint64_t calls[EXERCISE_CALLS];	/* out: what was issued */
	/* out, when it is not 0 that was returned */
	int signal;
	const char *family, *step;
	long got, wanted;
};

/* What sigpact__exercise_run would issue. */
void sigpact__exercise_expect(const struct sigpact__exercise *,
			      uint64_t calls[EXERCISE_CALLS]);
/* To be called by a process's only thread; normal context.  0; -EBUSY: .signal,
   which the workload would take, is pending already; -ENOMEM; -EPROTO: a call
   did not give what it should, by .family and so on. */
int sigpact__exercise_run(struct sigpact__exercise *);

#endif
