/* Vector and floating-point registers as a program sees them: filled with what
   it knows, held, and read back.  Normal context; area and trim in a handler. */
#ifndef SIGPACT_VECTOR_H
#define SIGPACT_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { VECTOR_BYTES = 12288 };
struct sigpact__vector {
	_Alignas(64) unsigned char bytes[VECTOR_BYTES];
};

/* Which registers this CPU and kernel have: bits, each with those below it.
   0: this architecture's are not known here, and nothing else may be called.
   Asks the kernel for tiles, with which the process's signal frames and the
   least alternate stack are larger from then on: for a child to call. */
unsigned sigpact__vector_levels(void);
/* NULL: no such bit; of 0: not known here. */
const char *sigpact__vector_level_name(unsigned bit);
enum { VECTOR_ASKED = 3 }; /* from this bit on, a program asks for them first */

/* A value for every register; another for each seed. */
void sigpact__vector_fill(struct sigpact__vector *, uint32_t seed);

/* Loads in, waits until *until is not 0 or for `spins` turns, stores to out.
   Registers of levels alone. */
void sigpact__vector_hold(const struct sigpact__vector *in,
			  struct sigpact__vector *out, unsigned levels,
			  const volatile uint32_t *until, unsigned long spins);

/* Are they not the same?  what then names the registers, size bytes. */
int sigpact__vector_differ(const struct sigpact__vector *in,
			   const struct sigpact__vector *out, unsigned levels,
			   char *what, size_t size);

/* Puts all of them into the state that a new program has. */
void sigpact__vector_clear(void);

/* Where the frame of this ucontext keeps them, and from which byte of it a
   kernel writes what it did not touch before.  0: not told. */
struct sigpact__vector_area {
	uintptr_t at;
	size_t size, edge;
};
int sigpact__vector_area(const void *ucontext, struct sigpact__vector_area *);

/* Cuts off what a frame's area has of registers that are not live, as the
   library does when it relocates a frame.  Bytes cut off, or -errno. */
long sigpact__vector_trim(void *ucontext);

/* Were the bytes below the stack pointer, which belong to the interrupted
   function, left alone by a signal?  Runs fire() meanwhile; -1: there are none
   here. */
int sigpact__vector_red_zone(long sig, long tid);

#pragma GCC visibility pop
#endif
