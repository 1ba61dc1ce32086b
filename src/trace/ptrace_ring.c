/* The ring between keeper and reader.  Its bytes are mapped twice, one behind
   the other, so that no event is ever in two pieces.  Tracer's context. */
#include "ptrace.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD = offsetof(struct sigpact__ring, bytes) };

static int map_twice(int fd, char *at)
{
	const int rights = PROT_READ | PROT_WRITE;
	const int how = MAP_SHARED | MAP_FIXED;

	if (mmap(at, HEAD + RING_SIZE, rights, how, fd, 0) == MAP_FAILED ||
	    mmap(at + HEAD + RING_SIZE, RING_SIZE, rights, how, fd, HEAD) ==
		    MAP_FAILED)
		return -errno;
	return 0;
}

int sigpact__ring_map(struct sigpact__ring **out)
{
	int fd = memfd_create("sigpact-trace", MFD_CLOEXEC), err;
	char *at;

	if (fd < 0)
		return -errno;
	at = mmap(NULL, HEAD + 2 * RING_SIZE, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || ftruncate(fd, HEAD + RING_SIZE))
		err = -errno;
	else
		err = map_twice(fd, at);
	close(fd);
	if (!err)
		*out = (struct sigpact__ring *)at;
	else if (at != MAP_FAILED)
		munmap(at, HEAD + 2 * RING_SIZE);
	return err;
}

void sigpact__ring_unmap(struct sigpact__ring *r)
{
	munmap(r, HEAD + 2 * RING_SIZE);
}

/* What there is now; its number. */
int sigpact__ring_drain(struct sigpact__ring *r, sigpact__event_sink *sink,
			void *argument)
{
	uint64_t end = __atomic_load_n(&r->written, __ATOMIC_ACQUIRE);
	uint64_t at = r->read;
	const struct sigpact__event *e;
	int count = 0;

	for (; at != end; at += e->size, count++) {
		e = (const void *)(r->bytes + at % RING_SIZE);
		if (sink)
			sink(argument, e);
		if (count % 64 == 63)
			__atomic_store_n(&r->read, at, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&r->read, at, __ATOMIC_RELEASE);
	return count;
}
