/* Which libc this is.  Any context. */
#include "probe.h"

#include <gnu/libc-version.h>
#include <stdio.h>

const char *sigpact__libc_name(void)
{
	static char name[40];

	snprintf(name, sizeof name, "glibc %s", gnu_get_libc_version());
	return name;
}
