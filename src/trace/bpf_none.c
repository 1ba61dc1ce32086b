/* Where a build has no BPF: no libbpf for this libc or architecture, or no
   clang or bpftool to make the program.  Tracer's context. */
#include "source.h"

#include <errno.h>
#include <stdio.h>

static int open_none(struct sigpact__traced *traced,
		     struct sigpact__source **out, char why[256])
{
	snprintf(why, 256, "this sigpact was built without BPF");
	return -ENOSYS;
}

const struct sigpact__source_kind sigpact__source_bpf = {
	.name = "bpf",
	.open = open_none,
};
