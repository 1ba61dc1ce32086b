/* The process's own state: slots and counters.  Written before the first entry
   is installed, in normal context. */
#include "core.h"

#include <sigpact.h>

__thread struct sigpact__thread sigpact__thread SIGPACT_TLS;
struct sigpact__slot sigpact__slots[SLOT_COUNT];
uint64_t sigpact__rows[SHARDS * ROWS * ROW];
uint64_t *sigpact__counts = sigpact__rows;
uint64_t sigpact__wanted;
void (*sigpact__kept)(int sig, int outcome);

const char *sigpact_version(void)
{
	return SIGPACT_VERSION;
}
