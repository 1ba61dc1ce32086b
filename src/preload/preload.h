/* The interposed functions of libc and the ones behind them. */
#ifndef SIGPACT_PRELOAD_H
#define SIGPACT_PRELOAD_H

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <threads.h>

#include "host.h"

#define PUBLIC __attribute__((visibility("default")))
#define CALLER ((uintptr_t)__builtin_return_address(0))

/* What the next object in the search order has: libc, or another interposer.
   Resolved when the library starts, never in a function that may be called
   from a handler. */
struct sigpact__next {
	int (*sigaction)(int, const struct sigaction *, struct sigaction *);
	int (*sigaltstack)(const stack_t *, stack_t *);
	int (*prctl)(int, ...);
	long (*syscall)(long, ...);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *,
			      void *(*)(void *), void *);
	void *(*dlopen)(const char *, int);
	int (*thrd_create)(thrd_t *, thrd_start_t, void *);
};
#pragma GCC visibility push(hidden)
extern struct sigpact__next sigpact__next;
void sigpact__next_find(void);

/* sigaction(2) of libc on behalf of the code at caller. */
int sigpact__sigaction(int sig, const struct sigaction *act,
		       struct sigaction *old, uintptr_t caller);

/* signal.c of each libc: what it tells of an action without a restorer. */
void sigpact__restorer_clear(struct sigaction *);

/* An action on its way through call: a sigaction, or a raw rt_sigaction. */
struct sigpact__exchange {
	struct sigpact__request asked;	/* handler and flags: when set */
	int set, get;			/* is there an act, an old? */
	uintptr_t old_handler;		/* stored by call when get */
	unsigned long old_flags;
	enum sigpact__answer answer;	/* of these */
	long (*call)(struct sigpact__exchange *);
};
/* Rules, call, rules; what call said. */
long sigpact__exchange(struct sigpact__exchange *);

/* May size bytes, 8 to 4096, be read?  What may not is left to the kernel,
   which says EFAULT where a copy would crash. */
int sigpact__readable(const void *, size_t size);
int sigpact__writable(uint64_t *);	/* it is written when it may be */

/* sigaltstack(2) by call, a libc's or the bare system call. */
int sigpact__sigaltstack(const stack_t *asked, stack_t *old,
			 int (*call)(const stack_t *, stack_t *));

/* The arguments of a variadic function that passes registers on: those that
   the caller did not give are read too, as libc does. */
#define ARGUMENTS(a, last)                                                     \
	do {                                                                   \
		va_list ap;                                                    \
		size_t n;                                                      \
                                                                               \
		va_start(ap, last);                                            \
		for (n = 0; n < sizeof(a) / sizeof *(a); n++)                  \
			(a)[n] = va_arg(ap, unsigned long);                    \
		va_end(ap);                                                    \
	} while (0)
#pragma GCC visibility pop
#endif
