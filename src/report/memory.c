/* Memory of a thread that is looked at: its stack as it was when it was held,
   all else as it is now.  Normal context. */
#include "report.h"

#include "remote.h"

#include <stdlib.h>
#include <string.h>

void sigpact__memory_load(struct sigpact__memory *m, pid_t pid, uint64_t from,
			  size_t most)
{
	long got;

	memset(m, 0, sizeof *m);
	m->pid = pid;
	m->bytes = malloc(most);
	if (!m->bytes)
		return;
	got = sigpact__remote_read(pid, from, m->bytes, most);
	m->low = from;
	m->size = got > 0 ? (size_t)got : 0;
}

int sigpact__memory_read(struct sigpact__memory *m, uint64_t address, void *to,
			 size_t size)
{
	uint64_t page = address & ~(sizeof m->page - 1ull);

	if (address >= m->low && address - m->low < m->size &&
	    size <= m->size - (address - m->low)) {
		memcpy(to, m->bytes + (address - m->low), size);
		return 1;
	}
	if (address - page + size > sizeof m->page)
		return sigpact__remote_read(m->pid, address, to, size) ==
		       (long)size;
	if (m->page_at != page) {
		m->page_at = 0;
		if (sigpact__remote_read(m->pid, page, m->page,
					 sizeof m->page) != sizeof m->page)
			return 0;
		m->page_at = page;
	}
	memcpy(to, m->page + (address - page), size);
	return 1;
}

void sigpact__memory_free(struct sigpact__memory *m)
{
	free(m->bytes);
	m->bytes = NULL;
	m->size = 0;
}
