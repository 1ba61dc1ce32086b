/* Which libc this is; musl does not tell its version.  Any context. */
#include "probe.h"

const char *sigpact__libc_name(void)
{
	return "musl";
}
