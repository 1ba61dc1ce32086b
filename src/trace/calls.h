/* The calls that are traced, one line each, for the sources (BPF included) and
   the decoders (decode.c has a line for each too, by name).

   CALL(name, arguments, entry fetch 0, entry fetch 1, exit fetch, marks)
   A fetch is an argument, counted from 0, that points to bytes, and their
   constant size; FROM_SP: the stack pointer does.  Tracer's context. */
#ifndef SIGPACT_CALLS_H
#define SIGPACT_CALLS_H

#include <asm/unistd.h>

enum { FROM_SP = 6, NO_FETCH = 7 };
#define FETCH(arg, size) arg, size
#define NONE NO_FETCH, 0

enum {
	CALLS_CALLER = 1,	/* its caller is wanted: fetch the user stack */
	CALLS_NO_EXIT = 2,	/* it does not return */
	CALLS_SENDS = 4,	/* a signal */
	CALLS_SOME = 8		/* only if calls_wants_prctl */
};

/* rt_sigreturn's bytes are struct ucontext; siginfo has 128; a mask 8. */
#define SIGPACT_CALLS(CALL)                                                  \
	CALL(rt_sigaction, 4, FETCH(1, 32), NONE, FETCH(2, 32), CALLS_CALLER) \
	CALL(rt_sigprocmask, 4, FETCH(1, 8), NONE, FETCH(2, 8), 0)            \
	CALL(rt_sigreturn, 0, FETCH(FROM_SP, 304), NONE, NONE, CALLS_NO_EXIT) \
	CALL(sigaltstack, 2, FETCH(0, 24), NONE, FETCH(1, 24), CALLS_CALLER)  \
	CALL(rt_sigsuspend, 2, FETCH(0, 8), NONE, NONE, 0)                    \
	CALL(rt_sigpending, 2, NONE, NONE, FETCH(0, 8), 0)                    \
	CALL(rt_sigtimedwait, 4, FETCH(0, 8), FETCH(2, 16), FETCH(1, 128), 0) \
	CALL(pause, 0, NONE, NONE, NONE, 0)                                   \
	CALL(kill, 2, NONE, NONE, NONE, CALLS_SENDS)                          \
	CALL(tkill, 2, NONE, NONE, NONE, CALLS_SENDS)                         \
	CALL(tgkill, 3, NONE, NONE, NONE, CALLS_SENDS)                        \
	CALL(rt_sigqueueinfo, 3, FETCH(2, 128), NONE, NONE, CALLS_SENDS)      \
	CALL(rt_tgsigqueueinfo, 4, FETCH(3, 128), NONE, NONE, CALLS_SENDS)    \
	CALL(pidfd_send_signal, 4, FETCH(2, 128), NONE, NONE, CALLS_SENDS)    \
	CALL(signalfd, 3, FETCH(1, 8), NONE, NONE, 0)                         \
	CALL(signalfd4, 4, FETCH(1, 8), NONE, NONE, 0)                        \
	CALL(setitimer, 3, FETCH(1, 32), NONE, FETCH(2, 32), 0)               \
	CALL(alarm, 1, NONE, NONE, NONE, 0)                                   \
	CALL(timer_create, 3, FETCH(1, 64), NONE, FETCH(2, 4), 0)             \
	CALL(timer_settime, 4, FETCH(2, 32), NONE, FETCH(3, 32), 0)           \
	CALL(timer_delete, 1, NONE, NONE, NONE, 0)                            \
	CALL(prctl, 5, FETCH(1, 8), NONE, FETCH(1, 8), CALLS_SOME)

/* CALLS_rt_sigaction …: the rows. */
#define CALLS_ROW(name, ...) CALLS_##name,
enum { SIGPACT_CALLS(CALLS_ROW) CALLS_COUNT };
#undef CALLS_ROW

/* prctl(2) where it concerns signals: by its first argument. */
enum {
	PRCTL_SET_PDEATHSIG = 1,
	PRCTL_GET_PDEATHSIG = 2,
	PRCTL_DISPATCH = 59,		/* SIGSYS for calls */
	PRCTL_EXCLUDE = 0x53415801,	/* sigpact.h */
	PRCTL_CLEAR_EXCLUDE,
	PRCTL_EXCLUDE_MASK,
	PRCTL_GET_EXCLUDE_MASK
};
static inline int calls_wants_prctl(unsigned long option)
{
	return (option >= PRCTL_EXCLUDE && option <= PRCTL_GET_EXCLUDE_MASK) ||
	       option == PRCTL_SET_PDEATHSIG || option == PRCTL_GET_PDEATHSIG ||
	       option == PRCTL_DISPATCH;
}

#endif
