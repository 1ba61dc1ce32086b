/* A busy process that checks itself is mended and taken back many times; and
   what heal must not do.
	mend VICTIM THREADS ROUNDS */
#include "busy.h"
#include "mend.h"

#include <errno.h>
#include <sys/mman.h>

static struct sigpact__record *look(pid_t pid)
{
	struct sigpact__record *r = NULL;

	if (sigpact__look(pid, 0, &r) || !r->have_actions)
		bail("cannot look");
	return r;
}

/* A flag that changes nothing for it, on and off. */
static void flips(int rounds)
{
	struct sigpact__record *r = look(victim);
	int sig = SIGRTMIN + 3, i, bad = 0;
	struct sigpact__act off = r->action[sig], on = off;

	on.flags |= SA_NOCLDSTOP;
	for (i = 0; i < rounds; i++)
		bad += sigpact__mend_action(r, sig, &off, &on) != 0 ||
		       sigpact__mend_action(r, sig, &on, &off) != 0;
	ok(!bad, "%d changes of an action, each taken back", rounds);
	ok(sigpact__mend_action(r, sig, &on, &off) == -ESTALE,
	   "an action that is another by now is left alone");
	sigpact__record_free(r);
	r = look(victim);
	ok(!memcmp(&r->action[sig], &off, sizeof off), "it is as it was");
	sigpact__record_free(r);
}

/* Memory of its own: what is mapped next lies below it, and is one with it. */
enum { NEAR = 16 << 20 };

/* Tells where its handler ran, again and again, and in the end whether it has
   its memory still. */
static struct {
	volatile uintptr_t here;
	volatile int ready, stop;
} *told;
static char small[8192];

static void tell(int sig)
{
	char here;

	(void)sig;
	told->here = (uintptr_t)&here;
}

static int teller(void)
{
	struct sigaction a = { .sa_handler = tell, .sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_sp = small, .ss_size = sizeof small };
	char *near = mmap(NULL, NEAR, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i, kept = 0;

	memset(near, 1, NEAR);

	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &a, NULL);
	told->ready = 1;
	while (!told->stop)
		raise(SIGUSR1);
	for (i = 0; i < NEAR; i++)
		kept += near[i] == 1;
	return kept != NEAR;
}

static int runs_on(uintptr_t base, size_t size)
{
	told->here = 0;
	return WAIT_FOR(told->here) && told->here - base < size;
}

/* The thread may be in its handler, on the stack that is to be replaced. */
#define PATIENTLY(call)                                                       \
	({                                                                     \
		int e_ = -EBUSY, n_ = 0;                                       \
		while (e_ == -EBUSY && n_++ < 1000)                            \
			e_ = (call);                                           \
		e_;                                                            \
	})

static void stacks(void)
{
	struct sigpact__record *r;
	uint64_t base = 0;
	pid_t pid;
	int e;

	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (!pid)
		_exit(teller());
	WAIT_FOR(told->ready);
	r = look(pid);
	e = PATIENTLY(sigpact__mend_altstack(r, pid, (uintptr_t)small, 65536,
					     &base));
	ok(!e && runs_on(base, 65536), "a larger alternate stack: %d", e);
	ok(PATIENTLY(sigpact__mend_altstack(r, pid, (uintptr_t)small, 65536,
					    &base)) == -ESTALE,
	   "a stack that is no longer armed is not replaced");
	sigpact__record_free(r);
	r = look(pid);
	e = PATIENTLY(sigpact__unmend_altstack(r, pid, base, (uintptr_t)small,
					       sizeof small, 0));
	ok(!e && runs_on((uintptr_t)small, sizeof small), "taken back: %d", e);
	ok(sigpact__mend_exclude(r, &r->task[0], 1) == -ENOSYS,
	   "nothing is excluded without libsigpact");
	told->stop = 1;
	ok(!ended(pid), "it ends well, with all of its memory");
	ok(sigpact__mend_action(r, SIGUSR1, &r->action[SIGUSR1],
				&r->action[SIGUSR1]) == -ESRCH,
	   "a process that has ended");
	sigpact__record_free(r);
}

int main(int argc, char **argv)
{
	int status;

	if (argc != 4)
		bail("usage: mend VICTIM THREADS ROUNDS");
	stacks();
	start(argv[1], argv[2]);
	flips(atoi(argv[3]));
	status = verdict();
	ok(status == 0, "what it says of itself: %#x", status);
	return done();
}
