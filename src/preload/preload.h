/* The interposed functions of libc and the ones behind them. */
#ifndef SIGPACT_PRELOAD_H
#define SIGPACT_PRELOAD_H

#include <pthread.h>
#include <signal.h>
#include <stdint.h>

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
};
#pragma GCC visibility push(hidden)
extern struct sigpact__next sigpact__next;
void sigpact__next_find(void);

/* sigaction(2) of libc on behalf of the code at caller. */
int sigpact__sigaction(int sig, const struct sigaction *act,
		       struct sigaction *old, uintptr_t caller);
#pragma GCC visibility pop
#endif
