/* Memory of requests: places in one mapping, as many as connections may be.  A
   few that are free stay warm; the pages of others go back to the kernel at once,
   which the heap does only when nothing above them is in use.  I/O thread. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WARM = 64 };

int sigpact__spare_make(struct sigpact__http *http)
{
	struct sigpact__spare *s = &http->spare;
	size_t size = sigpact__message_size(&http->limits);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	s->place_size = (size + page - 1) / page * page;
	s->size = s->place_size * http->limits.connections;
	s->base = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->base == MAP_FAILED)
		return -ENOMEM;
	s->cold = malloc(http->limits.connections * sizeof *s->cold);
	if (!s->cold) {
		munmap(s->base, s->size);
		return -ENOMEM;
	}
	return 0;
}

void sigpact__spare_end(struct sigpact__http *http)
{
	struct sigpact__spare *s = &http->spare;

	for (; s->warm; s->warm = s->warm->next)
		free(s->warm->body);
	free(s->cold);
	munmap(s->base, s->size);
}

struct sigpact__message *sigpact__spare_take(struct sigpact__http *http)
{
	struct sigpact__spare *s = &http->spare;
	struct sigpact__message *m = s->warm;

	if (m) {
		s->warm = m->next;
		s->warm_count--;
	} else if (s->cold_count) {
		m = s->cold[--s->cold_count];
	} else {
		m = (void *)(s->base + s->place_size * s->used++);
	}
	return m;
}

void sigpact__spare_give(struct sigpact__http *http, struct sigpact__message *m)
{
	struct sigpact__spare *s = &http->spare;

	if (s->warm_count < WARM) {
		m->next = s->warm;
		s->warm = m;
		s->warm_count++;
		return;
	}
	free(m->body);
	m->body = NULL;
	m->body_room = 0;
	madvise(m, s->place_size, MADV_DONTNEED);
	s->cold[s->cold_count++] = m;
}
