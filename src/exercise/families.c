/* The families, in the order in which they run, and what a round of each
   issues.  Data. */
#include "worker.h"

#define NAME(name) [EXERCISE_##name] = #name,
const char *const sigpact__exercise_name[EXERCISE_CALLS] = {
	SIGPACT_EXERCISED(NAME)
};

#define FAMILY(word, text) \
	.name = #word, .what = text, .round = exercise_family_##word
#define TIMES(call, count) [EXERCISE_##call] = count

const struct sigpact__family sigpact__families[] = {
	{ FAMILY(action, "an action asked for, set, refused"),
	  .calls = { TIMES(rt_sigaction, 5) } },
	{ FAMILY(mask, "the mask asked for, changed, refused"),
	  .calls = { TIMES(rt_sigprocmask, 5) } },
	{ FAMILY(pending, "what is pending, before and after"),
	  .calls = { TIMES(rt_sigpending, 4), TIMES(tgkill, 1),
		     TIMES(rt_sigtimedwait, 1) } },
	{ FAMILY(process, "sent to the process"),
	  .calls = { TIMES(kill, 3), TIMES(rt_sigpending, 1),
		     TIMES(rt_sigtimedwait, 1) } },
	{ FAMILY(group, "sent to a process group of a child, alone in it"),
	  .calls = { TIMES(kill, 1), TIMES(rt_sigtimedwait, 1) } },
	{ FAMILY(thread, "sent to the thread, with and without its group"),
	  .calls = { TIMES(tkill, 2), TIMES(tgkill, 2),
		     TIMES(rt_sigtimedwait, 2) } },
	{ FAMILY(queue, "queued with a value, to the process and the thread"),
	  .calls = { TIMES(rt_sigqueueinfo, 2), TIMES(rt_tgsigqueueinfo, 1),
		     TIMES(rt_sigtimedwait, 3) } },
	{ FAMILY(pidfd, "sent by a descriptor of the process"),
	  .calls = { TIMES(pidfd_send_signal, 3),
		     TIMES(rt_sigtimedwait, 2) } },
	{ FAMILY(handler, "let in to a handler, which returns"),
	  .calls = { TIMES(rt_sigaction, 2), TIMES(rt_sigprocmask, 4),
		     TIMES(tgkill, 2), TIMES(rt_sigreturn, 2) } },
	{ FAMILY(altstack, "let in on an alternate stack, armed in two ways"),
	  .calls = { TIMES(rt_sigaction, 4), TIMES(rt_sigprocmask, 4),
		     TIMES(tgkill, 2), TIMES(rt_sigreturn, 2),
		     TIMES(sigaltstack, 9) } },
	{ FAMILY(wait, "waited for in vain, and with success"),
	  .calls = { TIMES(rt_sigtimedwait, 4), TIMES(tgkill, 1) } },
	{ FAMILY(suspend, "let in by rt_sigsuspend"),
	  .calls = { TIMES(rt_sigaction, 2), TIMES(tgkill, 1),
		     TIMES(rt_sigsuspend, 1), TIMES(rt_sigreturn, 1) } },
	{ FAMILY(pause, "let in by pause, which a helper ends"),
	  .calls = { TIMES(rt_sigaction, 2), TIMES(rt_sigprocmask, 2),
		     TIMES(tgkill, 1), TIMES(pause, 1),
		     TIMES(rt_sigreturn, 1) } },
	{ FAMILY(signalfd, "read from a descriptor"),
	  .calls = { TIMES(signalfd, 2), TIMES(signalfd4, 2),
		     TIMES(tgkill, 2) } },
	{ FAMILY(itimer, "sent by an interval timer"),
	  .calls = { TIMES(setitimer, 8), TIMES(rt_sigtimedwait, 1) } },
	{ FAMILY(alarm, "an alarm set and taken back"),
	  .calls = { TIMES(alarm, 2) } },
	{ FAMILY(timer, "sent by a timer, to the process and the thread"),
	  .calls = { TIMES(timer_create, 3), TIMES(timer_settime, 5),
		     TIMES(timer_delete, 3), TIMES(rt_sigtimedwait, 2) } },
	{ FAMILY(prctl, "the signal at the parent's death"),
	  .calls = { TIMES(prctl, 4) } },
	{ FAMILY(exclude, "exclusion from the alternate stack, or its refusal"),
	  .calls = { TIMES(prctl, 5) } },
};
const unsigned sigpact__family_count =
    sizeof sigpact__families / sizeof *sigpact__families;
_Static_assert(sizeof sigpact__families / sizeof *sigpact__families <=
	       EXERCISE_FAMILIES, "a bit for each");
