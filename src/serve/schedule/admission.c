/* Is there time for one more?  A route that asks for it lets in as many calls as
   four fifths of the workers can finish in time: the sum of what each is
   estimated to run, over its deadline.  The I/O thread asks, workers leave. */
#include "schedule.h"

#define MILLION 1000000
#define FULL 800000		/* of a worker, in millionths */
#define ESTIMATE_EVERY 64	/* arrivals */

/* From what all workers have measured. */
static void estimate(struct route *r, unsigned workers)
{
	uint64_t count[HISTOGRAM_BUCKETS] = { 0 }, ns;
	double percent = r->config->percentile ? (double)r->config->percentile
					       : 50;

	sigpact__counts_times(r, workers, offsetof(struct route_counts, runs),
			      count);
	ns = sigpact__histogram_percentile(count, percent);
	if (ns)
		r->estimate_ns = ns;
}

static uint32_t load_of(const struct job *job)
{
	uint64_t time = job->route->config->deadline_us * 1000;
	uint64_t load = job->route->estimate_ns * MILLION / time;

	return load > UINT32_MAX ? UINT32_MAX : (uint32_t)load;
}

unsigned sigpact__admission_ask(struct scheduler_state *s, struct job *job)
{
	struct route *r = job->route;
	int64_t most = (int64_t)s->workers * FULL;
	uint32_t load;

	if (r->arrivals++ % ESTIMATE_EVERY == 0)
		estimate(r, s->workers);
	load = r->config->percentile ? load_of(job) : 0;
	/* a call alone is always let in */
	if (load && s->load && s->load + load > most)
		return (unsigned)(r->config->deadline_us / MILLION) + 1;
	job->load = load;
	s->load += load;
	return 0;
}

void sigpact__admission_leave(struct scheduler_state *s, const struct job *job)
{
	if (job->load)
		s->load -= job->load;
}
