/* A fuzzer's claims: one that does not hold ends it, with the input kept. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CLAIM(what)                                                       \
	((what) ? (void)0                                                     \
		: (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
			   #what),                                            \
		   abort()))

__attribute__((visibility("default"))) int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many inputs went all the way: none would prove nothing. */
static unsigned long fuzz_accepted, fuzz_seen;

__attribute__((destructor)) static void fuzz_tell(void)
{
	fprintf(stderr, "accepted %lu of %lu\n", fuzz_accepted, fuzz_seen);
}

#endif
