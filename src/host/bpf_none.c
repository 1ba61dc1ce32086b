/* Where a build has no BPF: no libbpf for this libc or architecture, or no
   clang or bpftool to make the program.  Normal context. */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sigpact__look_bpf(struct sigpact__record *r)
{
	free(r->why_not);
	r->why_not = strdup("this sigpact was built without BPF");
	return -ENOSYS;
}
