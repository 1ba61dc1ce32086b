/* `sigpact run --stats`: counters that all descendants share, a parent that
   waits, and the table when all is over.  Normal context. */
#include "cli.h"
#include "core.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t sum(const uint64_t *counts, int sig, int outcome)
{
	uint64_t n = 0;
	int shard;

	for (shard = 0; shard < SHARDS; shard++)
		n += counts[(shard * ROWS + sig) * ROW + outcome];
	return n;
}

static void print(FILE *f, const uint64_t *counts)
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
				fprintf(f, "  %s: %ju",
					sigpact__kept_name(i - KEPT_NESTED),
					(uintmax_t)sum(counts, sig, i));
		fputc('\n', f);
	}
}

const uint64_t *sigpact__stats_share(char rule[STATS_RULE])
{
	size_t size = SHARDS * SIGPACT_SHARD_SIZE;
	int fd = memfd_create("sigpact-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *counts = MAP_FAILED;

	/* the seals tell those who are given its name that it is one of these */
	if (fd >= 0 && !ftruncate(fd, (off_t)size) &&
	    !fcntl(fd, F_ADD_SEALS, SIGPACT_STATS_SEALS))
		counts = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (counts == MAP_FAILED)
		return NULL;
	snprintf(rule, STATS_RULE, "stats=/proc/%d/fd/%d", getpid(), fd);
	return counts;
}

static pid_t child;

static void pass_on(int sig)
{
	kill(child, sig);
}

/* What ends a program is for the child, from its first moment on; what a
   terminal sends, both have. */
static void start(int (*execute)(char **), char **argv)
{
	static const int passed[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t set, before;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof passed / sizeof *passed; i++)
		sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	if (!child) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		_exit(execute(argv));
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	for (i = 0; child > 0 && i < sizeof passed / sizeof *passed; i++)
		signal(passed[i], pass_on);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int sigpact__stats_run(const uint64_t *counts, int (*execute)(char **),
		       char **argv)
{
	int status;

	start(execute, argv);
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	print(stderr, counts);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}
