/* Histograms of times, for metrics and estimates.  Any context. */
#include "histogram.h"

static unsigned bucket(uint64_t value)
{
	unsigned octave, index;

	if (value < 8)
		return (unsigned)value;
	octave = 63 - (unsigned)__builtin_clzll(value);
	index = (octave - 2) * 8 + (unsigned)(value >> (octave - 3) & 7);
	return index < HISTOGRAM_BUCKETS ? index : HISTOGRAM_BUCKETS - 1;
}

uint64_t sigpact__histogram_end(unsigned b)
{
	return b < 8 ? b + 1
		     : ((uint64_t)(b % 8) + 9) << (b / 8 - 1);
}

/* By one thread alone: no need to lock the bus. */
static void more(atomic_uint *n)
{
	atomic_store_explicit(
	    n, atomic_load_explicit(n, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

void sigpact__histogram_add(struct histogram *h, uint64_t value)
{
	more(&h->count[bucket(value)]);
	atomic_store_explicit(
	    &h->sum, atomic_load_explicit(&h->sum, memory_order_relaxed) + value,
	    memory_order_relaxed);
}

uint64_t sigpact__histogram_count(const struct histogram *h, uint64_t *count)
{
	unsigned i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		count[i] += atomic_load_explicit(&h->count[i],
						 memory_order_relaxed);
	return atomic_load_explicit(&h->sum, memory_order_relaxed);
}

uint64_t sigpact__histogram_percentile(const uint64_t *count, double percent)
{
	uint64_t all = 0, seen = 0;
	unsigned i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		all += count[i];
	for (i = 0; i < HISTOGRAM_BUCKETS && all; i++) {
		seen += count[i];
		if ((double)seen >= (double)all * percent / 100)
			return sigpact__histogram_end(i);
	}
	return 0;
}
