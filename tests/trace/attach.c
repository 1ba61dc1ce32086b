/* A busy process that checks itself, under a storm of signals, is attached to and
   let go, again and again: it must not notice.
	attach VICTIM THREADS ROUNDS */
#include "busy.h"
#include "traced.h"

const struct sigpact__source_kind *const traced_by = &sigpact__source_bpf;

int main(int argc, char **argv)
{
	int i, rounds, count, e, seen = 0, whole = 0, status;

	if (argc != 4)
		bail("usage: attach VICTIM THREADS ROUNDS");
	rounds = atoi(argv[3]);
	count = start_with(argv[1], argv[2], "storm");
	for (i = 0; i < rounds; i++) {
		e = traced_open(victim, NULL);
		if (e == -EPERM || e == -ENOSYS)
			break;
		if (e)
			bail("it cannot be attached to");
		traced_read(EVENT_DELIVERED, 10000);
		seen += traced_number(EVENT_DELIVERED, -1, 0) > 0;
		whole += traced_number(EVENT_ATTACHED, -1, 0) == (size_t)count;
		traced_close();
	}
	status = verdict();
	if (i < rounds) {
		skip("attached to", "BPF cannot be had here");
		return done();
	}
	ok(seen == rounds, "attached %d times: each time, signals are seen",
	   rounds);
	ok(whole == rounds, "all of its threads are named: %d of %d", whole,
	   rounds);
	ok(!status, "it worked on, and nothing went wrong in it");
	return done();
}
