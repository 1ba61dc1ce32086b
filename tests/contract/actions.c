/* sigaction(2) for every signal there is and some that there are not. */
#include "transcript.h"

#include <limits.h>
#include <string.h>

static struct sigaction with_mask(struct sigaction a)
{
	sigaddset(&a.sa_mask, SIGHUP);
	sigaddset(&a.sa_mask, SIGKILL);
	sigaddset(&a.sa_mask, SIGSTOP);
	sigaddset(&a.sa_mask, 64);
	return a;
}

static void set_and_show(int sig, struct sigaction a)
{
	struct sigaction given = a, old;

	blot(&old, sizeof old);
	TELL(sigaction(sig, &a, &old), "set %d %s %#x", sig,
	     handler_name((uintptr_t)a.sa_handler), (unsigned)a.sa_flags);
	say_action("old:", &old);
	if (memcmp(&given, &a, sizeof a))
		say("  act was written");
	say_state(sig);
}

/* The prototype promises that the two are not the same; callers do it. */
static int exchange(int sig, struct sigaction *both)
{
	struct sigaction *volatile old = both;

	return sigaction(sig, both, old);
}

static void one_signal(int sig)
{
	struct sigaction both = with_mask(action(one, SA_RESTART)), a = both;

	TELL(sigaction(sig, NULL, NULL), "nothing %d", sig);
	say_state(sig);
	TELL(sigaction(sig, &a, NULL), "no old %d", sig);
	say_state(sig);
	both.sa_flags = SA_NODEFER;
	TELL(exchange(sig, &both), "same object %d", sig);
	say_action("same:", &both);
	set_and_show(sig, with_mask(action3(SA_ONSTACK)));
	set_and_show(sig, action(SIG_ERR, 0));
	set_and_show(sig, action((handler_t)2, 0));
	set_and_show(sig, action((handler_t)0x1234, SA_ONSTACK));
	set_and_show(sig, action(SIG_IGN, SA_SIGINFO | SA_RESTART));
	set_and_show(sig, with_mask(action(SIG_DFL, SA_RESETHAND)));
	set_and_show(sig, action(SIG_DFL, 0));
}

/* Bits that the kernel knows, and each of the others alone. */
static void every_flag(void)
{
	int i;

	for (i = 0; i < 32; i++) {
		set_and_show(SIGUSR1, action(one, (int)(1u << i)));
		set_and_show(SIGUSR1, action3((int)(1u << i)));
	}
	set_and_show(SIGUSR1, action(one, -1));
	set_and_show(SIGUSR1, action(SIG_DFL, -1));
	set_and_show(SIGUSR1, action(SIG_DFL, 0));
}

/* More actions than anyone keeps a table for. */
static void many(void)
{
	static const unsigned bits[] = {
		SA_SIGINFO,   SA_ONSTACK,   SA_RESTART,	  SA_NODEFER,
		SA_RESETHAND, SA_NOCLDSTOP, SA_NOCLDWAIT, 0x800, 0x20000000,
	};
	struct sigaction a, old;
	unsigned i, j;

	for (i = 0; i < 1u << ARRAY_SIZE(bits); i++) {
		a = i & 1 ? action3(0) : action(one, 0);
		for (j = 0; j < ARRAY_SIZE(bits); j++)
			if (i >> j & 1)
				a.sa_flags |= (int)bits[j];
		TELL(sigaction(SIGUSR2, &a, &old), "many %#x",
		     (unsigned)a.sa_flags);
		say_action("old:", &old);
	}
	a = action3(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
	TELL(sigaction(SIGUSR2, &a, NULL), "after many");
	raise(SIGUSR2);
	say_state(SIGUSR2);
	install(SIGUSR2, SIG_DFL, 0);
}

/* What failed changes nothing, neither the table nor what old points to. */
static void failures(void)
{
	static const int bad[] = { SIGKILL, SIGSTOP, 32, 33, 0, -1, 65,
				   INT_MIN, INT_MAX };
	struct sigaction a = action(one, 0), old;
	size_t i;

	install(SIGUSR1, count, SA_RESTART);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		blot(&old, sizeof old);
		TELL(sigaction(bad[i], &a, &old), "bad %d", bad[i]);
		say_action("old:", &old);
		a = action(SIG_IGN, 0);
		TELL(sigaction(bad[i], &a, &old), "bad %d ignored", bad[i]);
		a = action(SIG_DFL, 0);
		TELL(sigaction(bad[i], &a, &old), "bad %d default", bad[i]);
		if (bad[i] != SIGKILL && bad[i] != SIGSTOP)
			TELL(sigaction(bad[i], (void *)8, NULL),
			     "bad %d: act is not read", bad[i]);
		say_state(SIGUSR1);
	}
	install(SIGUSR1, SIG_DFL, 0);
}

void actions(void)
{
	int sig;

	for (sig = -1; sig <= 66; sig = next_signal(sig))
		one_signal(sig);
	every_flag();
	many();
	failures();
}
