/* Families about what is done with a signal: actions, masks, handlers, alternate
   stacks.  Threads without libc; within_altstack: a signal handler. */
#include "worker.h"
#include "sys.h"

#define AUTODISARM (1u << 31)

void exercise_family_action(struct exercise_worker *w)
{
	struct exercise_action found, now, ignore = { .handler = 1 };

	exercise_is(w, ISSUE(w, rt_sigaction, w->sig, NULL, &found, MASK_SIZE),
		    0, "rt_sigaction, query");
	exercise_catch(w, SA_ONSTACK | SA_RESTART | SA_NODEFER, &now);
	exercise_is(w, ISSUE(w, rt_sigaction, w->sig, &ignore, &now, MASK_SIZE),
		    0, "rt_sigaction, SIG_IGN");
	exercise_is(w, now.handler == (uintptr_t)exercise_handler &&
			   now.flags & SA_NODEFER,
		    1, "rt_sigaction, the action before");
	exercise_is(w, ISSUE(w, rt_sigaction, SIGKILL, &ignore, NULL,
			     MASK_SIZE), -EINVAL, "rt_sigaction of SIGKILL");
	exercise_restore(w, &found);
}

static long change_mask(struct exercise_worker *w, int how, uint64_t set,
			uint64_t *before)
{
	return ISSUE(w, rt_sigprocmask, how, &set, before, MASK_SIZE);
}

void exercise_family_mask(struct exercise_worker *w)
{
	uint64_t now = 0;

	exercise_is(w, ISSUE(w, rt_sigprocmask, 0, NULL, &now, MASK_SIZE), 0,
		    "rt_sigprocmask, query");
	exercise_is(w, now == w->mask, 1, "rt_sigprocmask, the mask");
	exercise_is(w, change_mask(w, SIG_UNBLOCK, BIT(w->sig), NULL), 0,
		    "rt_sigprocmask, SIG_UNBLOCK");
	exercise_is(w, change_mask(w, SIG_BLOCK, BIT(w->sig), &now), 0,
		    "rt_sigprocmask, SIG_BLOCK");
	exercise_is(w, now == (w->mask & ~BIT(w->sig)), 1,
		    "rt_sigprocmask, the mask before");
	exercise_is(w, change_mask(w, 99, 0, NULL), -EINVAL,
		    "rt_sigprocmask, how 99");
	exercise_is(w, change_mask(w, SIG_SETMASK, w->mask, NULL), 0,
		    "rt_sigprocmask, SIG_SETMASK");
}

/* Its own signal, which is blocked, is sent and let in. */
static void deliver(struct exercise_worker *w)
{
	if (!exercise_send(w))
		return;
	exercise_is(w, w->handled, 0, "a blocked signal");
	exercise_is(w, change_mask(w, SIG_UNBLOCK, BIT(w->sig), NULL), 0,
		    "rt_sigprocmask, SIG_UNBLOCK");
	exercise_is(w, w->handled, 1, "a signal let in");
	exercise_is(w, change_mask(w, SIG_SETMASK, w->mask, NULL), 0,
		    "rt_sigprocmask, SIG_SETMASK");
}

void exercise_family_handler(struct exercise_worker *w)
{
	struct exercise_action found;

	if (!exercise_catch(w, 0, &found))
		return;
	deliver(w);
	w->handled = 0;
	deliver(w);
	exercise_restore(w, &found);
}

static void within_altstack(int sig, siginfo_t *info, void *context)
{
	struct exercise_worker *w = exercise_by_signal[sig];
	stack_t now = { .ss_flags = 0 }, none = { .ss_flags = SS_DISABLE };

	w->query = ISSUE(w, sigaltstack, NULL, &now);
	w->query_flags = (uint32_t)now.ss_flags;
	/* a handler that has disarmed it could: as it is after that */
	w->change = ISSUE(w, sigaltstack, &none, NULL);
	exercise_handler(sig, info, context);
}

static int on_alternate(const struct exercise_worker *w)
{
	uintptr_t low = (uintptr_t)w->alternate;

	return w->handler_sp >= low &&
	       w->handler_sp < low + sizeof w->alternate;
}

static void armed(struct exercise_worker *w, unsigned flags, unsigned within,
		  long change)
{
	stack_t ours = { .ss_sp = w->alternate, .ss_flags = (int)flags,
			 .ss_size = sizeof w->alternate };

	w->handled = 0;
	if (!exercise_is(w, ISSUE(w, sigaltstack, &ours, NULL), 0,
			 "sigaltstack"))
		return;
	deliver(w);
	exercise_is(w, on_alternate(w), 1, "the alternate stack");
	exercise_is(w, w->query, 0, "sigaltstack, query in a handler");
	exercise_is(w, w->query_flags, within, "sigaltstack's flags in a handler");
	exercise_is(w, w->change, change, "sigaltstack in a handler");
}

void exercise_family_altstack(struct exercise_worker *w)
{
	stack_t found, small = { .ss_sp = w->alternate, .ss_size = 1 };
	struct exercise_action action, ours;

	exercise_is(w, ISSUE(w, sigaltstack, NULL, &found), 0,
		    "sigaltstack, query");
	exercise_is(w, ISSUE(w, sigaltstack, &small, NULL), -ENOMEM,
		    "sigaltstack of 1 byte");
	if (exercise_catch(w, SA_ONSTACK, &action)) {
		ISSUE(w, rt_sigaction, w->sig, NULL, &ours, MASK_SIZE);
		ours.handler = (uintptr_t)within_altstack;
		exercise_restore(w, &ours);
		armed(w, 0, SS_ONSTACK, -EPERM);
		armed(w, AUTODISARM, SS_DISABLE, 0);
		exercise_restore(w, &action);
	}
	exercise_is(w, ISSUE(w, sigaltstack, &found, NULL), 0,
		    "sigaltstack, as found");
}
