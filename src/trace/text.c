/* Tellings as text: a line each, who and when in columns.  Tracer's context. */
#include "print.h"
#include "spell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN "\x1b[0m"

struct text {
	FILE *file;
	int colour;
	struct sigpact__fold *fold;	/* or NULL */
	uint64_t first_ns;
	int width;			/* of the widest thread so far */
};

int sigpact__print_flush(FILE *f)
{
	if (fflush(f))
		return -errno;
	return ferror(f) ? -EIO : 0;
}

static const char *colour(const struct sigpact__said *s)
{
	static const char *const colours[TELLS] = {
		[TELL_ACTION] = "\x1b[36m",	[TELL_STORM] = "\x1b[33m",
		[TELL_RELOCATED] = "\x1b[32m",	[TELL_LOST] = "\x1b[1;31m",
		[TELL_CALL] = "\x1b[2m",	[TELL_PROCESS] = "\x1b[1m",
	};

	if (s->kind == TELL_FINDING)
		return s->severity == SEVERITY_ERROR ? "\x1b[1;31m"
						     : "\x1b[1;33m";
	return colours[s->kind];
}

static void say(void *context, const struct sigpact__said *s)
{
	struct text *t = context;
	const char *on = t->colour ? colour(s) : NULL;
	char who[64];
	char *name = sigpact__spell_text(s->name);
	uint64_t ns = s->time_ns > t->first_ns ? s->time_ns - t->first_ns : 0;
	int width;

	width = s->pid ? snprintf(who, sizeof who, "%d/%d %.30s", s->pid,
				  s->tid, name ? name : "") :
		snprintf(who, sizeof who, "-");
	free(name);
	t->width = width > t->width ? width : t->width;
	fprintf(t->file, "[%5ju.%06ju] %-*s  %-9s  %s%s%s\n",
		(uintmax_t)(ns / 1000000000),
		(uintmax_t)(ns / 1000 % 1000000), t->width, who,
		sigpact__tell_name(s->kind), on ? on : "", s->text,
		on ? PLAIN : "");
}

static void tell(void *state, const struct sigpact__telling *telling)
{
	struct text *t = state;
	struct sigpact__line line;
	struct sigpact__said said;

	if (!t->first_ns)
		t->first_ns = telling->time_ns;
	if (t->fold) {
		sigpact__fold_tell(t->fold, telling);
		return;
	}
	if (telling->kind == TELL_TIME)
		return;
	said = sigpact__said_of(telling);
	sigpact__telling_text(telling, &line);
	said.text = line.text;
	say(t, &said);
}

static int close_text(void *state)
{
	struct text *t = state;
	int e;

	if (t->fold)
		sigpact__fold_close(t->fold);
	e = sigpact__print_flush(t->file);
	free(t);
	return e;
}

int sigpact__print_text(const struct sigpact__print *p,
			struct sigpact__printer *out)
{
	struct text *t = calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	t->file = p->file;
	t->colour = p->colour;
	t->width = 24;
	t->fold = p->folded ? sigpact__fold_open(say, t) : NULL;
	*out = (struct sigpact__printer){ .tell = tell, .close = close_text,
					  .state = t };
	if (p->folded && !t->fold) {
		free(t);
		return -ENOMEM;
	}
	return 0;
}
