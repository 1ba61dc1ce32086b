/* A command, traced by a source whose events nobody reads: what the source alone
   costs; or not traced.  Ends when all that it left for later is done, and the
   kernel is as it was before.  Normal context.

	trace bpf|ptrace|none RESULT COMMAND...

   RESULT: events, and how many were lost; none: not written. */
#include "bench.h"
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t events;

static void count(void *unused, const struct sigpact__event *e)
{
	events++;
}

static int traced_by(const struct sigpact__source_kind *by, char **command,
		     const char *result)
{
	struct sigpact__traced traced = { .command = command };
	struct sigpact__source *s;
	char why[256] = "";
	uint64_t lost;
	FILE *f;
	int n;

	if (by->open(&traced, &s, why))
		bench_bail(why);
	do
		n = by->next(s, 1000, count, NULL);
	while (n >= 0 || n == -EINTR);
	lost = by->lost(s);
	by->close(s, count, NULL);
	f = fopen(result, "we");
	if (!f)
		bench_bail("trace: its result cannot be written");
	fprintf(f, "%" PRIu64 " %" PRIu64 "\n", events, lost);
	fclose(f);
	return traced.command_status;
}

static int bare(char **command)
{
	int status = -1;
	pid_t pid;

	if (posix_spawnp(&pid, command[0], NULL, NULL, command, environ))
		bench_bail("trace: the command cannot be run");
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 4)
		bench_bail("trace bpf|ptrace|none RESULT COMMAND...");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!strcmp(argv[1], "none"))
		status = bare(argv + 3);
	else
		status = traced_by(strcmp(argv[1], "bpf")
				       ? &sigpact__source_ptrace
				       : &sigpact__source_bpf,
				   argv + 3, argv[2]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return status != 0;
}
