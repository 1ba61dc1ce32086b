/* Every register of a thread, filled with a pattern, held over a window in
   which signals arrive, and read back. */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdint.h>

enum witness_level { WITNESS_SSE, WITNESS_AVX, WITNESS_AVX512 };

struct witness {
	uint64_t zmm[32][8];
	uint64_t k[8];
	uint64_t gpr[16];	/* in the order of the encoding; rsp not used */
	uint64_t red_zone[16];
	uint64_t x87[8];	/* eight doubles, st(0) first */
	uint32_t mxcsr, x87_control;
};

/* The widest that this CPU and kernel have. */
enum witness_level witness_level(void);

void witness_fill(struct witness *, uint64_t seed);
/* NULL, or what differs, in static words.  called: a system call was made. */
const char *witness_compare(const struct witness *, const struct witness *,
			    enum witness_level, int called);

/* Loads in, spins for turns, or with turns == 0 makes the system call of
   call[0] with arguments call[1…3], and stores what is there then. */
void witness_hold(const struct witness *in, struct witness *out,
		  enum witness_level, uint64_t turns, const long call[4]);
/* For handlers: other values in every vector, mask and x87 register. */
void witness_spoil(enum witness_level);

#endif
