/* What became of the deliveries, summed over the shards.  Any context. */
#include "core.h"

#include <errno.h>
#include <sigpact.h>

int sigpact_counts_get(int sig, struct sigpact_counts *counts)
{
	uint64_t sum[ROW] = { 0 };
	int shard, i;

	if (sig < 1 || sig > 64)
		return -EINVAL;
	if (!counts)
		return -EFAULT;
	for (shard = 0; shard < SHARDS; shard++)
		for (i = 0; i < ROW; i++)
			sum[i] += __atomic_load_n(
			    &sigpact__counts[(shard * ROWS + sig) * ROW + i],
			    __ATOMIC_RELAXED);
	counts->relocated = sum[OUTCOME_RELOCATED];
	counts->kept_nested = sum[KEPT_NESTED];
	counts->kept_foreign = sum[KEPT_FOREIGN];
	counts->kept_room = sum[KEPT_ROOM];
	counts->kept_unknown = sum[KEPT_UNKNOWN];
	counts->kept_shadow_stack = sum[KEPT_SHADOW_STACK];
	counts->delivered = 0;
	for (i = 0; i < OUTCOMES; i++)
		counts->delivered += sum[i];
	return 0;
}
