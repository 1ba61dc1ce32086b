/* What heal plans and does to a busy process that checks itself, under a storm
   of signals, and takes back by its journal, again and again: SA_ONSTACK
   cleared and set, a signal ignored, alternate stacks replaced while handlers
   run on them.
	storm VICTIM THREADS ROUNDS */
#include "again.h"

enum { STEPS = 5, HOT = 3, WORKERS = 1 };

static struct sigpact__finding finding(int id, int sig, pid_t tid)
{
	return (struct sigpact__finding){ &sigpact__finding_kinds[id - 1], sig,
					  tid, 0, "", "" };
}

/* Steps that are left of the plan. */
static int heal(const struct sigpact__record *r, int round, FILE *journal)
{
	char *names[] = { "SP001", "SP002", "SP004", "SP010" };
	struct sigpact__plan p = { .record = r, .no_load = 1 };
	size_t other = WORKERS + (size_t)round % (r->task_count - WORKERS);
	struct sigpact__finding f[STEPS] = {
		finding(1, SIGRTMIN + 3, 0), finding(2, SIGRTMIN + 4, 0),
		finding(4, 0, r->task[HOT].tid),
		finding(4, 0, r->task[other].tid), finding(10, SIGPIPE, 0),
	};
	const char *unknown;
	int left;

	if (other == HOT)
		f[3] = finding(4, 0, r->task[HOT + 1].tid);
	if (sigpact__plan_make(&p, f, STEPS, names, 4, &unknown) ||
	    p.count != STEPS)
		bail("no plan");
	left = sigpact__plan_do(&p, journal);
	free(p.step);
	return left;
}

int main(int argc, char **argv)
{
	struct sigpact__record *first, *now;
	int i, rounds, left = 0, unhealed = 0, stay = 0, differ = 0, status;
	FILE *journal;

	if (argc != 4)
		bail("usage: storm VICTIM THREADS ROUNDS");
	start_with(argv[1], argv[2], "storm");
	if (!freopen("/dev/null", "w", stderr)) /* what is done, each time */
		bail("no /dev/null");
	rounds = atoi(argv[3]);
	first = look(victim);
	for (i = 0; i < rounds; i++) {
		journal = tmpfile();
		if (!journal)
			bail("no file");
		/* each step asks whether what it changes is as it was */
		left += heal(first, i, journal) != 0;
		now = look(victim);
		unhealed += changes(first, now) != STEPS;
		stay += undo(now, journal) != 0;
		sigpact__record_free(now);
		fclose(journal);
		if (i % 10)
			continue;
		now = look(victim);
		differ += changes(first, now) != 0;
		sigpact__record_free(now);
	}
	ok(!left, "healed %d times, each of %d steps: %d times not all", rounds,
	   STEPS, left);
	ok(!unhealed, "and each is seen: %d times not", unhealed);
	ok(!stay, "taken back %d times: %d times not all", rounds, stay);
	now = look(victim);
	ok(!differ && !changes(first, now), "as it was: %d times not", differ);
	status = verdict();
	ok(status == 0, "what it says of itself: %#x", status);
	sigpact__record_free(now);
	sigpact__record_free(first);
	return done();
}
