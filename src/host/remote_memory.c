/* Another process's memory, of which nothing need be held.  Normal context. */
#include "remote.h"

#include <errno.h>
#include <sys/uio.h>

long sigpact__remote_read(pid_t pid, uintptr_t from, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)from, size };
	long got = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return got < 0 ? -errno : got;
}

long sigpact__remote_write(pid_t pid, uintptr_t to, const void *from,
			   size_t size)
{
	struct iovec here = { (void *)from, size }, there = { (void *)to, size };
	long put = process_vm_writev(pid, &here, 1, &there, 1, 0);

	return put < 0 ? -errno : put;
}
