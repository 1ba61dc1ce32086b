/* The place of sigpact__thread in a thread's vector, musl.  Runs once, from
   the library's constructor, linked in any way: the linker may have made a
   constant offset of the access, but the vector holds every object's block. */
#include "core.h"

unsigned long sigpact__tls_slot, sigpact__tls_offset;

void sigpact__tls_learn(const struct sigpact__thread *mine)
{
	unsigned long *vector, address = (unsigned long)mine, i;

	__asm__("mov %%fs:8,%0" : "=r"(vector));
	sigpact__tls_offset = ~0ul;
	for (i = 1; i <= vector[0]; i++) {
		/* the block that starts next below it */
		if (address - vector[i] >= sigpact__tls_offset)
			continue;
		sigpact__tls_offset = address - vector[i];
		sigpact__tls_slot = i * sizeof *vector;
	}
}
