/* A busy process is looked at many times, and its own sums come out.
	look VICTIM THREADS ROUNDS */
#include "busy.h"
#include "record.h"

enum { ALTSTACK = 16384 };

static int count_maps(void)
{
	char path[64], line[512];
	int count = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", victim);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		count++;
	if (f)
		fclose(f);
	return count;
}

/* Every thread, each with its alternate stack but the first. */
static int seen(const struct sigpact__record *r)
{
	size_t i, armed = 0, masks = 0;
	int sig = SIGRTMIN + 3;

	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *t = r->task + i;

		masks += !!(t->seen & SEEN_REGISTERS) && t->sp && t->pc;
		armed += t->seen & SEEN_ALTSTACK && t->alt_base &&
			 t->alt_size == ALTSTACK;
	}
	return !r->tasks_missed && masks == r->task_count &&
	       armed == r->task_count - 1 && r->have_actions &&
	       r->action[sig].handler > 1 &&
	       (r->action[sig].flags & (SA_ONSTACK | SA_RESTART)) ==
		       (SA_ONSTACK | SA_RESTART) &&
	       !r->action[SIGUSR1].handler && r->stopped_ns;
}

int main(int argc, char **argv)
{
	int threads, maps, err, round, rounds, good = 0, status;
	struct sigpact__record r;

	if (argc != 4)
		bail("usage: look VICTIM THREADS ROUNDS");
	threads = start(argv[1], argv[2]);
	rounds = atoi(argv[3]);
	maps = count_maps();
	for (round = 0; round < rounds; round++) {
		memset(&r, 0, sizeof r);
		r.pid = victim;
		err = sigpact__look_ptrace(&r);
		if (!err && (int)r.task_count == threads && seen(&r))
			good++;
		else
			printf("# look %d: %d, %zu threads, %zu missed\n",
			       round, err, r.task_count, r.tasks_missed);
		free(r.task);
	}
	ok(good == rounds, "%d of %d looks saw all of %d threads", good, rounds,
	   threads);
	ok(count_maps() == maps, "%d mappings, %d before", count_maps(), maps);
	status = verdict();
	ok(status == 0, "what it says of itself: %#x", status);
	return done();
}
