/* A route's counts, over all workers.  Any thread; workers write meanwhile. */
#include "schedule.h"

static const char *of_worker(const struct route *r, unsigned worker,
			     size_t offset)
{
	return (const char *)&r->counts[worker] + offset;
}

unsigned long sigpact__counts_sum(const struct route *r, unsigned workers,
				  size_t offset)
{
	unsigned long all = 0;
	unsigned i;

	for (i = 0; i < workers; i++)
		all += *(const atomic_ulong *)of_worker(r, i, offset);
	return all;
}

uint64_t sigpact__counts_times(const struct route *r, unsigned workers,
			       size_t offset, uint64_t *count)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < workers; i++)
		sum += sigpact__histogram_count(
		    (const struct histogram *)of_worker(r, i, offset), count);
	return sum;
}
