/* The report of a live process: each thread is held while its registers and the
   top of its stack are copied, and unwound when it runs again.  Normal
   context. */
#include "report.h"

#include <errno.h>

int sigpact__report_live(pid_t pid, struct sigpact__report **out)
{
	return -ENOSYS;
}
