/* Where an architecture's registers are not known: no system call is made in
   another process.  Normal context. */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sigpact__look_ptrace(struct sigpact__record *r)
{
	free(r->why_not);
	r->why_not = strdup("this sigpact makes no calls in other processes on "
			    "this architecture");
	return -ENOSYS;
}
