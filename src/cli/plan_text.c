/* Plans of `sigpact heal` in words.  Normal context. */
#include "heal.h"

#include <signal.h>

const char *sigpact__step_tell(const struct sigpact__plan *p,
			       const struct sigpact__step *s, char out[SPELL])
{
	char name[24];

	sigpact__spell_signal(name, s->sig);
	switch (s->kind) {
	case STEP_LOAD:
		snprintf(out, SPELL,
			 "%s and exclude %s from the alternate stack of each "
			 "thread that has one",
			 p->record->sigpact_adopt ? "use its libsigpact"
						  : "load libsigpact",
			 name);
		break;
	case STEP_ACTION:
		if (s->to.handler == (uintptr_t)SIG_IGN)
			snprintf(out, SPELL, "ignore %s", name);
		else
			snprintf(out, SPELL, "%s SA_ONSTACK of %s",
				 s->to.flags & SA_ONSTACK ? "set" : "clear",
				 name);
		break;
	case STEP_ALTSTACK:
		snprintf(out, SPELL,
			 "give thread %d a guarded alternate stack of %lu bytes",
			 s->tid, (unsigned long)s->our_size);
		break;
	case STEP_NONE:
		snprintf(out, SPELL, "not mended by heal");
	}
	return out;
}

/* The command again, with what was asked for, that does it. */
static void print_command(const struct sigpact__plan *p, char **names,
			  int count, FILE *f)
{
	int i;

	fprintf(f, "\nDo it:       sigpact heal %d%s", p->record->pid,
		p->load_only ? " --load" : p->no_load ? " --no-load" : "");
	for (i = 0; i < count; i++)
		fprintf(f, " %s", names[i]);
	fprintf(f, " --yes >journal\nTake it back: sigpact heal %d "
		"--undo=journal\n", p->record->pid);
}

void sigpact__plan_print(const struct sigpact__plan *p, char **names, int count,
			 FILE *f)
{
	char text[SPELL];
	size_t i, can = 0;

	for (i = 0; i < p->count; i++) {
		const struct sigpact__step *s = &p->step[i];

		can += s->kind != STEP_NONE;
		fprintf(f, "%s %s: %s\n    %s: %s\n", s->finding->kind->id,
			s->finding->kind->name, s->finding->evidence,
			sigpact__step_tell(p, s, text), s->why ? s->why : "");
		if (s->kind == STEP_ACTION && s->to.handler > 1 &&
		    !(s->to.flags & SA_ONSTACK) && *p->unseen)
			fprintf(f, "    not by libsigpact, which would take no "
				"flag from anyone: %s\n", p->unseen);
	}
	if (can)
		print_command(p, names, count, f);
	else
		fprintf(f, "\nHeal can mend none of it while it runs.\n");
}
