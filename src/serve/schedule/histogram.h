/* Counts of times, eight buckets for each doubling: a percentile is right to an
   eighth.  Written by one thread, read by any. */
#ifndef SIGPACT_HISTOGRAM_H
#define SIGPACT_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 40 * 8 };

struct histogram {
	atomic_uint count[HISTOGRAM_BUCKETS];
	_Atomic uint64_t sum;
};

void sigpact__histogram_add(struct histogram *, uint64_t value);
/* What a bucket's values are below. */
uint64_t sigpact__histogram_end(unsigned bucket);
/* Adds the counts of one to count[HISTOGRAM_BUCKETS]; returns their sum. */
uint64_t sigpact__histogram_count(const struct histogram *, uint64_t *count);
/* The value that percent of the counts are below; 0 when there are none. */
uint64_t sigpact__histogram_percentile(const uint64_t *count, double percent);

#endif
