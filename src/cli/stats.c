/* The table of `sigpact run --stats`. */
#include "cli.h"
#include "core.h"
#include "host.h"

static const char *const kept[OUTCOMES] = {
	[KEPT_NESTED] = "already there",
	[KEPT_FOREIGN] = "not the thread's own stack",
	[KEPT_ROOM] = "too little room",
	[KEPT_UNKNOWN] = "stack not known",
	[KEPT_SHADOW_STACK] = "shadow stack",
};

static uint64_t sum(const uint64_t *counts, int sig, int outcome)
{
	uint64_t n = 0;
	int shard;

	for (shard = 0; shard < SHARDS; shard++)
		n += counts[(shard * ROWS + sig) * ROW + outcome];
	return n;
}

void sigpact__stats_print(FILE *f, const uint64_t *counts)
{
	char name[24];
	int sig, i;

	fprintf(f, "sigpact: %-18s %12s %12s %12s\n", "signal", "delivered",
		"relocated", "kept");
	for (sig = 1; sig <= 64; sig++) {
		uint64_t all = 0, stayed = 0;

		for (i = 0; i < OUTCOMES; i++)
			all += sum(counts, sig, i);
		for (i = KEPT_NESTED; i < OUTCOMES; i++)
			stayed += sum(counts, sig, i);
		if (!all)
			continue;
		fprintf(f, "sigpact: %-18s %12ju %12ju %12ju",
			sigpact__signal_name(sig, name), (uintmax_t)all,
			(uintmax_t)sum(counts, sig, OUTCOME_RELOCATED),
			(uintmax_t)stayed);
		for (i = KEPT_NESTED; i < OUTCOMES; i++)
			if (sum(counts, sig, i))
				fprintf(f, "  %s: %ju", kept[i],
					(uintmax_t)sum(counts, sig, i));
		fputc('\n', f);
	}
}
