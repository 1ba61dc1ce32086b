/* sigpact exercise --verify: the workload again, as a command that is traced, and
   whether each call of it was seen to begin and to end.  Normal context. */
#include "cli.h"
#include "calls.h"
#include "exercise.h"
#include "source.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

enum { WORDS = 6 + EXERCISE_FAMILIES + 1, WAIT_MS = 1000 };

static const struct sigpact__source_kind *const sources[] = {
	&sigpact__source_bpf, &sigpact__source_ptrace,
};
enum { SOURCES = sizeof sources / sizeof *sources };

struct tally {
	uint64_t begun[CALLS_COUNT], ended[CALLS_COUNT];
};

#define SAME(name, arguments, from0, size0, from1, size1, from, size, marks) \
	{ EXERCISE_##name, CALLS_##name, (marks) & CALLS_NO_EXIT },
#define SAME_(...) SAME(__VA_ARGS__)
static const struct {
	enum sigpact__exercise_call call;
	unsigned row;
	int no_exit;
} rows[] = { SIGPACT_CALLS(SAME_) };

static void count(void *to, const struct sigpact__event *e)
{
	struct tally *t = to;

	if (e->kind == EVENT_ENTRY && e->entry.row < CALLS_COUNT)
		t->begun[e->entry.row]++;
	else if (e->kind == EVENT_EXIT && e->exit.row < CALLS_COUNT)
		t->ended[e->exit.row]++;
}

/* The same, without --verify. */
static void spell_command(const struct sigpact__exercise *x,
			  char numbers[2][24], const char *words[WORDS])
{
	unsigned i, n = 0;

	snprintf(numbers[0], 24, "%lu", x->repeat);
	snprintf(numbers[1], 24, "%u", x->threads);
	words[n++] = "/proc/self/exe";
	words[n++] = "exercise";
	words[n++] = "--repeat";
	words[n++] = numbers[0];
	words[n++] = "--threads";
	words[n++] = numbers[1];
	for (i = 0; i < sigpact__family_count; i++)
		if (x->families >> i & 1)
			words[n++] = sigpact__families[i].name;
	words[n] = NULL;
}

/* By the first that can be had of those named. */
static int open_any(const char *name, struct sigpact__traced *traced,
		    struct sigpact__source **out, unsigned *which)
{
	char why[256];
	unsigned i;
	int e = -EINVAL;

	for (i = 0; i < SOURCES && e; i++) {
		if (*name && strcmp(name, sources[i]->name))
			continue;
		*which = i;
		*why = 0;
		e = sources[i]->open(traced, out, why);
		if (*why)
			fprintf(stderr, "sigpact exercise: %s: %s\n",
				sources[i]->name, why);
	}
	return e;
}

static int is_same(const struct sigpact__exercise *x, const struct tally *t,
		   const char *source, uint64_t lost, uint64_t *begun)
{
	uint64_t wanted[EXERCISE_CALLS], ended;
	unsigned i;
	int same = !lost;

	*begun = 0;
	sigpact__exercise_expect(x, wanted);
	for (i = 0; i < CALLS_COUNT; i++) {
		const uint64_t calls = wanted[rows[i].call];
		const unsigned row = rows[i].row;

		*begun += t->begun[row];
		ended = rows[i].no_exit ? 0 : calls;
		if (t->begun[row] == calls && t->ended[row] == ended)
			continue;
		same = 0;
		fprintf(stderr, "sigpact exercise: %s saw %s begin %ju times "
				"and end %ju times, instead of %ju and %ju\n",
			source, sigpact__exercise_name[rows[i].call],
			(uintmax_t)t->begun[row], (uintmax_t)t->ended[row],
			(uintmax_t)calls, (uintmax_t)ended);
	}
	if (lost)
		fprintf(stderr, "sigpact exercise: %s lost %ju events\n",
			source, (uintmax_t)lost);
	return same;
}

/* How the workload itself ended; it has said why. */
static int conclude(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_USAGE)
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		fprintf(stderr, "sigpact exercise: the workload was killed by "
				"signal %d\n", WTERMSIG(status));
	else
		fprintf(stderr, "sigpact exercise: the workload ended with "
				"status %d\n", WEXITSTATUS(status));
	return EXIT_FINDINGS;
}

int sigpact__exercise_verify(const struct sigpact__exercise *x,
			     const char *name, char **argv)
{
	struct sigpact__traced traced = { 0 };
	static struct tally tally;
	struct sigpact__source *s;
	const char *words[WORDS], *source;
	char numbers[2][24];
	uint64_t lost, begun;
	unsigned which;
	int n;

	spell_command(x, numbers, words);
	traced.command = (char *const *)words;
	if (open_any(name, &traced, &s, &which))
		return EXIT_USAGE;
	source = sources[which]->name;
	do
		n = sources[which]->next(s, WAIT_MS, count, &tally);
	while (n >= 0 || n == -EINTR);
	lost = sources[which]->lost(s);
	sources[which]->close(s, count, &tally);
	if (n != -ECHILD) {
		fprintf(stderr, "sigpact exercise: %s: %s\n", source,
			strerror(-n));
		return EXIT_USAGE;
	}
	if (traced.command_status)
		return conclude(traced.command_status);
	if (!is_same(x, &tally, source, lost, &begun))
		return EXIT_FINDINGS;
	printf("%s saw %ju calls, each begin and end as expected; no event "
	       "lost\n", source, (uintmax_t)begun);
	return 0;
}
