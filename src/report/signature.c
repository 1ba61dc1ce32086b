/* One line that equal crashes have in common, whatever the addresses: signal,
   cause, and the functions of the certain frames.  Normal context. */
#include "report.h"

#include "spell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FUNCTIONS = 6, NAME = 64 };

int sigpact__frame_is_libc(const struct sigpact__frame *f)
{
	const char *name = sigpact__spell_base(f->module);

	return !strncmp(name, "libc.so", 7) || !strncmp(name, "libc-", 5) ||
	       !strncmp(name, "ld-", 3) || !strncmp(name, "libpthread", 10);
}

static void name(const struct sigpact__frame *f, char to[NAME])
{
	const char *module = sigpact__spell_base(f->module);

	if (f->trampoline)
		snprintf(to, NAME, "<signal>");
	else if (f->function)
		snprintf(to, NAME, "%.20s!%.*s", module,
			 (int)strcspn(f->function, "@") < 40 ?
				 (int)strcspn(f->function, "@") : 40,
			 f->function);
	else
		snprintf(to, NAME, "%.20s+0x%" PRIx64, module, f->offset);
}

/* A recursion counts once, however deep: by two functions in turn too. */
void sigpact__report_sign(struct sigpact__report *r)
{
	const struct sigpact__thread *t = &r->thread[r->crashed];
	char seen[FUNCTIONS][NAME], one[NAME], sig[24];
	size_t i, k, n = 0;
	int at;

	at = snprintf(r->signature, sizeof r->signature, "%s %s",
		      sigpact__spell_signal(sig, r->sig),
		      sigpact__cause_name(r->cause));
	for (i = 0; i < t->frame_count && n < FUNCTIONS; i++) {
		if (t->frame[i].how == FRAME_SCANNED &&
		    r->cause == CAUSE_SMASHED)
			break; /* whatever was left there */
		if (!*t->frame[i].module ||
		    (n && sigpact__frame_is_libc(&t->frame[i])))
			continue; /* libc's inner functions change with it */
		name(&t->frame[i], one);
		for (k = 0; k < n && strcmp(seen[k], one); k++)
			;
		if (k < n)
			continue;
		memcpy(seen[n++], one, NAME);
		at += snprintf(r->signature + at, sizeof r->signature - at,
			       "%s%s", n == 1 ? " " : "/", one);
		if (t->frame[i].function && !strcmp(t->frame[i].function,
						    "main"))
			break; /* what calls it is libc's affair */
	}
}
