/* One line that equal crashes have in common, whatever the addresses: signal,
   cause, and the functions of the certain frames; of a live process, where its
   threads are.  Normal context. */
#include "report.h"

#include "spell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Where a live thread is: in the first function that is not libc's. */
static int whereabouts(const struct sigpact__thread *t, char to[NAME])
{
	const struct sigpact__frame *f, *any = NULL, *own = NULL;

	for (f = t->frame; f < t->frame + t->frame_count && !own; f++) {
		if (!*f->module || f->trampoline)
			continue;
		any = any ? any : f;
		own = sigpact__frame_is_libc(f) ? NULL : f;
	}
	if (any)
		name(own ? own : any, to);
	return any != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Of all threads, each place once, in an order that is always the same. */
static void sign_live(struct sigpact__report *r)
{
	char place[FUNCTIONS][NAME], one[NAME];
	size_t i, k, n = 0;
	int at = 0;

	for (i = 0; i < r->thread_count && n < FUNCTIONS; i++) {
		if (!whereabouts(&r->thread[i], one))
			continue;
		for (k = 0; k < n && strcmp(place[k], one); k++)
			;
		if (k == n)
			memcpy(place[n++], one, NAME);
	}
	qsort(place, n, NAME, by_name);
	for (i = 0; i < n; i++)
		at += snprintf(r->signature + at, sizeof r->signature - at,
			       "%s%s", i ? " + " : "", place[i]);
}

/* A recursion counts once, however deep: by two functions in turn too. */
void sigpact__report_sign(struct sigpact__report *r)
{
	const struct sigpact__thread *t = &r->thread[r->crashed];
	char seen[FUNCTIONS][NAME], one[NAME], sig[24];
	size_t i, k, n = 0;
	int at;

	if (!r->sig) {
		sign_live(r);
		return;
	}
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
