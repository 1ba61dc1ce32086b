/* A command, traced by a source whose events nobody reads: what the source alone
   costs.  Ends when the kernel is as it was before.  Normal context.

	trace bpf|ptrace RESULT COMMAND...

   RESULT: events, and how many were lost. */
#include "bench.h"
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static uint64_t events;

static void count(void *unused, const struct sigpact__event *e)
{
	events++;
}

int main(int argc, char **argv)
{
	const struct sigpact__source_kind *by = &sigpact__source_ptrace;
	struct sigpact__traced traced = { .command = argv + 3 };
	struct sigpact__source *s;
	char why[256] = "";
	uint64_t lost;
	FILE *f;
	int n;

	if (argc < 4)
		bench_bail("trace bpf|ptrace RESULT COMMAND...");
	if (!strcmp(argv[1], "bpf"))
		by = &sigpact__source_bpf;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (by->open(&traced, &s, why))
		bench_bail(why);
	do
		n = by->next(s, 1000, count, NULL);
	while (n >= 0 || n == -EINTR);
	lost = by->lost(s);
	by->close(s, count, NULL);
	f = fopen(argv[2], "we");
	if (!f)
		bench_bail("trace: its result cannot be written");
	fprintf(f, "%" PRIu64 " %" PRIu64 "\n", events, lost);
	fclose(f);
	/* what the source leaves for later */
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return traced.command_status != 0;
}
