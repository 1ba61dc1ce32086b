/* The place of sigpact__thread in a thread's vector, musl.  Runs once, from
   the library's constructor. */
#include "core.h"

unsigned long sigpact__tls_slot, sigpact__tls_offset;

void sigpact__tls_init(void)
{
	struct { unsigned long module, offset; } *index; /* tls_index */

	/* a shared object's linker leaves this pair in the GOT; no call */
	__asm__("lea sigpact__thread@tlsgd(%%rip),%0" : "=r"(index));
	sigpact__tls_slot = index->module * sizeof(char *);
	sigpact__tls_offset = index->offset;
}
