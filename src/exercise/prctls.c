/* Families about prctl(2): the signal at the parent's death, and the exclusion
   of signals from the alternate stack, where the kernel may not have it.
   Threads without libc. */
#include "worker.h"
#include "sigpact.h"
#include "sys.h"

enum { SET_PDEATHSIG = 1, GET_PDEATHSIG = 2 };

void exercise_family_prctl(struct exercise_worker *w)
{
	int found = 0, now = 0;

	exercise_is(w, ISSUE(w, prctl, GET_PDEATHSIG, &found), 0,
		    "prctl, PR_GET_PDEATHSIG");
	exercise_is(w, ISSUE(w, prctl, SET_PDEATHSIG, w->sig), 0,
		    "prctl, PR_SET_PDEATHSIG");
	exercise_is(w, ISSUE(w, prctl, GET_PDEATHSIG, &now), 0,
		    "prctl, PR_GET_PDEATHSIG");
	exercise_is(w, now, w->sig, "prctl, the signal");
	exercise_is(w, ISSUE(w, prctl, SET_PDEATHSIG, found), 0,
		    "prctl, PR_SET_PDEATHSIG, as found");
}

/* As many calls with the kernel's answer as with its refusal. */
void exercise_family_exclude(struct exercise_worker *w)
{
	uint64_t found = 0, now = 0;
	long there = ISSUE(w, prctl, SIGPACT_PR_GET_EXCLUDE_MASK,
			   &found, MASK_SIZE);

	if (there)
		exercise_is(w, there, -EINVAL, "prctl, the mask excluded");
	exercise_is(w, ISSUE(w, prctl, SIGPACT_PR_SET_EXCLUDE, w->sig), there,
		    "prctl, a signal excluded");
	exercise_is(w, ISSUE(w, prctl, SIGPACT_PR_GET_EXCLUDE_MASK, &now,
			     MASK_SIZE), there, "prctl, the mask excluded");
	exercise_is(w, now, there ? 0 : (long)(found | BIT(w->sig)),
		    "prctl, the mask excluded");
	exercise_is(w, ISSUE(w, prctl, SIGPACT_PR_CLEAR_EXCLUDE, w->sig), there,
		    "prctl, a signal taken back");
	exercise_is(w, ISSUE(w, prctl, SIGPACT_PR_SET_EXCLUDE_MASK, &found,
			     MASK_SIZE), there, "prctl, the mask as found");
}
