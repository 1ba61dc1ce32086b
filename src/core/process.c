/* The process's own state: slots, counters, and what its CPU's extended state
   looks like.  Written before the first entry is installed. */
#include "core.h"

#include <sigpact.h>

__thread struct sigpact__thread sigpact__thread SIGPACT_TLS;
struct sigpact__slot sigpact__slots[SLOT_COUNT];
uint64_t sigpact__rows[SHARDS * ROWS * ROW];
uint64_t *sigpact__counts = sigpact__rows;
void *sigpact__fast = sigpact__fast_xmm;
uint64_t sigpact__xslow = ~(uint64_t)XFEATURES_FAST;
uint32_t sigpact__xoffset[16];
uint32_t sigpact__xend[16];
uint64_t sigpact__wanted;
void (*sigpact__kept)(int sig, int outcome);

const char *sigpact_version(void)
{
	return SIGPACT_VERSION;
}
