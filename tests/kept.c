/* Deliveries that must not be relocated: each stays on the alternate stack and
   is counted with its reason. */
#include "core.h"
#include "tap.h"

#include <signal.h>
#include <sigpact.h>

static char alt[65536], elsewhere[65536];
static volatile int on_alternate, calls;

static void handler(int sig)
{
	char here;

	(void)sig;
	calls++;
	on_alternate = &here >= alt && &here < alt + sizeof alt;
}

static void outer(int sig)
{
	(void)sig;
	raise(SIGUSR1);
}

/* SIGUSR1's deliveries that ended so, over all threads. */
static uint64_t counted(int outcome)
{
	uint64_t sum = 0;
	int shard;

	for (shard = 0; shard < SHARDS; shard++)
		sum += sigpact__counts[(shard * ROWS + SIGUSR1) * ROW +
				       outcome];
	return sum;
}

static void check(int outcome, void (*provoke)(void), int stays,
		  const char *what)
{
	uint64_t before = counted(outcome);

	calls = 0;
	on_alternate = !stays;
	provoke();
	ok(calls == 1 && on_alternate == stays &&
	       counted(outcome) == before + 1,
	   "%s", what);
}

static void plainly(void)
{
	raise(SIGUSR1);
}

static void nested(void)
{
	raise(SIGUSR2);
}

/* Moves the limits away; tests/peers/goroutine.sh has the real thing. */
static void foreign(void)
{
	struct sigpact__thread *t = sigpact__self(), was = *t;

	t->low = (uintptr_t)elsewhere;
	t->high = t->low + sizeof elsewhere;
	t->floor = t->span = 0;
	raise(SIGUSR1);
	*t = was;
}

static void unknown(void)
{
	struct sigpact__thread *t = sigpact__self(), was = *t;

	t->low = t->high = t->floor = t->span = 0;
	raise(SIGUSR1);
	*t = was;
}

/* As stack_learn leaves a thread whose shadow stack is on. */
static void shadowed(void)
{
	struct sigpact__thread *t = sigpact__self(), was = *t;

	t->shadow_stack = 1;
	t->floor = t->span = 0;
	raise(SIGUSR1);
	*t = was;
}

/* Moves the limits up to the stack pointer, not it down to them. */
static void cramped(void)
{
	struct sigpact__thread *t = sigpact__self(), was = *t;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	t->exclude = 0; /* the slot's rule alone */
	t->floor = t->span = 0;
	t->low = here - SIGPACT_RESERVE - 512;
	raise(SIGUSR1);
	*t = was;
}

int main(void)
{
	struct sigaction a = { .sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };

	if (sigpact_backend_get() != SIGPACT_BACKEND_RELOCATE) {
		skip("kept", "this kernel excludes by itself");
		return done();
	}
	sigaltstack(&ss, NULL);
	a.sa_handler = outer;
	sigaction(SIGUSR2, &a, NULL);
	a.sa_handler = handler;
	sigaction(SIGUSR1, &a, NULL);
	sigpact__action_take(SIGUSR1, SLOT_EXCLUDE);
	sigpact__action_take(SIGUSR2, 0);
	if (sigpact_exclude_set(SIGUSR1))
		bail("cannot exclude");
	check(OUTCOME_RELOCATED, plainly, 0, "relocated, by the fast path");
	check(KEPT_NESTED, nested, 1, "kept: already on the alternate stack");
	check(KEPT_FOREIGN, foreign, 1, "kept: not the thread's own stack");
	check(KEPT_UNKNOWN, unknown, 1, "kept: a stack that is not known");
	check(KEPT_SHADOW_STACK, shadowed, 1, "kept: a shadow stack is on");
	check(KEPT_ROOM, cramped, 1, "kept: too little room for a rule");
	check(OUTCOME_RELOCATED, plainly, 0, "relocated, as before");
	return done();
}
