/* What the parts of the transcript share: one line for each call, by one
   write(2), in words that do not depend on where things were loaded. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof *(a))
#define SS_AUTODISARM_FLAG (1u << 31)

enum { UNTOUCHED = 4242 };	/* errno before each call */
enum { STACK_SIZE = 1 << 18,	/* more than the altstack rule asks for */
       TINY_SIZE = 4096 };	/* less: it lends a larger one */

typedef void (*handler_t)(int);

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

extern char stack_a[], stack_b[];	/* STACK_SIZE each */
extern char tiny_a[], tiny_b[];		/* TINY_SIZE */
extern int places;	/* tell on which stack a handler runs */
extern int quick;	/* not every signal, but some of each kind */
extern int tiny;	/* arm stacks that the altstack rule replaces */

/* Does call, and tells what it was, its result, and errno when it was set. */
#define TELL(call, ...)                                                        \
	do {                                                                   \
		long tell_result;                                              \
		errno = UNTOUCHED;                                             \
		tell_result = (long)(call);                                    \
		tell(tell_result, errno, __VA_ARGS__);                         \
	} while (0)

/* The same for a call that returns a handler. */
#define TELL_HANDLER(call, ...)                                                \
	do {                                                                   \
		handler_t tell_handler;                                        \
		errno = UNTOUCHED;                                             \
		tell_handler = (call);                                         \
		tell_handler_is(tell_handler, errno, __VA_ARGS__);             \
	} while (0)

__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
__attribute__((format(printf, 3, 4))) void tell(long result, int error,
						const char *format, ...);
__attribute__((format(printf, 3, 4))) void
tell_handler_is(handler_t, int error, const char *format, ...);

const char *handler_name(uintptr_t);
const char *stack_name(const void *);	/* what an address lies in */

/* Fills with what no call would write, so that untouched bytes show. */
void blot(void *, size_t);
void say_action(const char *what, const struct sigaction *);
void say_kernel_action(const char *what, const struct kernel_action *);
void say_stack(const char *what, const stack_t *);
uint64_t mask_word(const sigset_t *);
void say_mask(const char *what);	/* of this thread */
void say_state(int sig);		/* libc's word, then the kernel's */
void say_end(const char *what, int status);	/* of a child */

/* Handlers that tell what they see, and one that only counts. */
void one(int sig);
void three(int sig, siginfo_t *, void *);
void count(int sig);
extern volatile int counted;

struct sigaction action(handler_t, int flags);
struct sigaction action3(int flags);
int next_signal(int sig);	/* from -1 to 66 */
void install(int sig, handler_t, int flags);
void unblock_all(void);

/* Runs run in a child made by fork, and tells how that ended. */
void in_child(const char *what, void (*run)(void));

/* The parts. */
void actions(void);
void kin(void);
void delivery(void);
void stacks(void);
void calls(void);
void threads(void);
void processes(void);
void show_child(void);	/* what a program finds when it starts */

#endif
