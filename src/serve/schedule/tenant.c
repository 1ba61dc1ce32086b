/* What a tenant's jobs may use of the workers in each period; the rest of them
   waits behind all others' (RANK_LATER).  Any thread. */
#include "schedule.h"

void sigpact__tenant_init(struct tenant *t, const struct tenant_config *config)
{
	t->config = config;
	t->left_ns = (int64_t)config->budget_us * 1000;
	t->period_end_ns = 0;
	t->queued = 0;
}

void sigpact__tenant_charge(struct tenant *t, uint64_t ns)
{
	if (t->config->budget_us)
		atomic_fetch_sub_explicit(&t->left_ns, (int64_t)ns,
					  memory_order_relaxed);
}

int sigpact__tenant_out(const struct tenant *t)
{
	return t->config->budget_us &&
	       atomic_load_explicit(&t->left_ns, memory_order_relaxed) <= 0;
}

/* A new period, if it is time; what was used in excess is not forgiven, up to a
   whole budget. */
static uint64_t refresh(struct tenant *t, uint64_t now)
{
	int64_t budget = (int64_t)t->config->budget_us * 1000, left;
	uint64_t end = t->period_end_ns;

	if (now < end)
		return end;
	if (!atomic_compare_exchange_strong(
		&t->period_end_ns, &end, now + t->config->period_us * 1000))
		return end;
	left = t->left_ns;
	atomic_fetch_add(&t->left_ns, left <= 0 ? budget : budget - left);
	return now + t->config->period_us * 1000;
}

uint64_t sigpact__tenants_refresh(struct tenant *const *t, uint64_t now)
{
	uint64_t first = UINT64_MAX, end;

	for (; *t; t++) {
		end = refresh(*t, now);
		if (end < first)
			first = end;
	}
	return first;
}
