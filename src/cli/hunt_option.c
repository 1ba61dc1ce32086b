/* An option of `sigpact hunt`, or the line that refuses it.  Normal context. */
#include "cli.h"
#include "hunt_print.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS_MOST = 1024, SIDE_MOST = 65535, SECONDS_MOST = 1000000 };
static const unsigned long RUNS_MOST = 1000000000;

#define fail(...) sigpact__fail("hunt", __VA_ARGS__)

static int number(const char *name, const char *word, unsigned long low,
		  unsigned long high, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(word, &end, 10);
	if (isdigit((unsigned char)*word) && !*end && !errno && *out >= low &&
	    *out <= high)
		return GO_ON;
	return fail("%s: '%s' is no number from %lu to %lu", name, word, low,
		    high);
}

static int seconds(const char *name, const char *word, uint64_t *ns)
{
	char *end;
	double value = strtod(word, &end);

	if ((isdigit((unsigned char)*word) || *word == '.') && !*end &&
	    isfinite(value) && value >= 0 && value <= SECONDS_MOST) {
		*ns = (uint64_t)(value * 1e9);
		return GO_ON;
	}
	return fail("%s: '%s' is no time in seconds, such as 10 or 0.5", name,
		    word);
}

static int side(const char **at, unsigned short *out)
{
	char *end;
	unsigned long n = strtoul(*at, &end, 10);

	if (!isdigit((unsigned char)**at) || !n || n > SIDE_MOST)
		return 0;
	*out = (unsigned short)n;
	*at = end;
	return 1;
}

static int size(const char *name, const char *word, unsigned short *columns,
		unsigned short *rows)
{
	const char *at = word;

	if (side(&at, columns) && *at++ == 'x' && side(&at, rows) && !*at)
		return GO_ON;
	return fail("%s: '%s' is no size; expected COLUMNSxROWS, such as 80x24",
		    name, word);
}

/* One character of what is typed or waited for; 0: none such.  *at is behind
   it. */
static int key(const char **at, char *out)
{
	static const char escapes[] = "nrtbe\\^";
	static const char mean[] = "\n\r\t\b\033\\^";
	const char *found;

	if ((*at)[0] == '^' && (*at)[1] >= '?' && (*at)[1] <= '_') {
		*out = (char)((*at)[1] ^ 0x40); /* ^C; ^? is 127 */
		*at += 2;
		return 1;
	}
	if (**at != '\\') {
		*out = *(*at)++;
		return 1;
	}
	found = (*at)[1] ? strchr(escapes, (*at)[1]) : NULL;
	if (!found)
		return 0;
	*out = mean[found - escapes];
	*at += 2;
	return 1;
}

static int keys(const char *word, struct sigpact__step *s)
{
	const char *at = word;

	s->text = malloc(strlen(word) + 1);
	if (!s->text)
		return fail("%s", strerror(ENOMEM));
	while (*at)
		if (!key(&at, &s->text[s->size++]))
			return fail("--step: '%s': expected \\n, \\r, \\t, \\b, "
				    "\\e, \\^ or \\\\ at '%s'", word, at);
	return s->size ? GO_ON :
			 fail("--step: expected a text behind '='");
}

static int parse(const char *word, struct sigpact__step *s)
{
	if (!strncmp(word, "wait=", 5)) {
		s->kind = STEP_WAIT;
		return keys(word + 5, s);
	}
	if (!strncmp(word, "type=", 5)) {
		s->kind = STEP_TYPE;
		return keys(word + 5, s);
	}
	if (!strncmp(word, "sleep=", 6)) {
		s->kind = STEP_SLEEP;
		return seconds("--step=sleep", word + 6, &s->ns);
	}
	if (!strncmp(word, "resize=", 7)) {
		s->kind = STEP_RESIZE;
		return size("--step=resize", word + 7, &s->columns, &s->rows);
	}
	s->kind = STEP_CLOSE;
	if (!strcmp(word, "close"))
		return GO_ON;
	return fail("--step: '%s' is no step; expected wait=TEXT, sleep=SECONDS, "
		    "type=TEXT, resize=COLUMNSxROWS or close", word);
}

static int step(struct sigpact__hunt_plan *p, const char *word)
{
	struct sigpact__step *s = reallocarray(p->step, p->step_count + 1,
					       sizeof *s);

	if (!s)
		return fail("%s", strerror(ENOMEM));
	p->step = s;
	s += p->step_count++;
	*s = (struct sigpact__step){ 0 };
	p->pty = 1;
	return parse(word, s);
}

static int take_number(struct sigpact__hunt_options *o, int option)
{
	struct sigpact__hunt_plan *p = &o->plan;
	unsigned long n;
	int e;

	switch (option) {
	case 'n':
		o->has_runs = 1;
		return number("-n", optarg, 1, RUNS_MOST, &p->runs);
	case 'j':
		e = number("-j", optarg, 1, JOBS_MOST, &n);
		p->jobs = (unsigned)n;
		return e;
	case 'F':
		return number("--first", optarg, 1, RUNS_MOST, &p->first);
	default:
		e = number("--seed", optarg, 0, ~0ul, &n);
		p->seed = n;
		return e;
	}
}

int sigpact__hunt_option(struct sigpact__hunt_options *o, int option,
			 const char *word)
{
	struct sigpact__hunt_plan *p = &o->plan;

	switch (option) {
	case 'n': case 'j': case 'F': case 'S':
		return take_number(o, option);
	case 't':
		return seconds("--timeout", optarg, &p->timeout_ns);
	case 'u': case 'k':
		p->until_fail = option == 'u';
		return GO_ON;
	case 's':
		p->stress = 1;
		return GO_ON;
	case 'e':
		p->shuffle = 1;
		return GO_ON;
	case 'p':
		p->pty = 1;
		return optarg ? size("--pty", optarg, &p->columns, &p->rows) :
				GO_ON;
	case 'x':
		return step(p, optarg);
	case 'o':
		o->file = optarg;
		return GO_ON;
	case 'J':
		o->json = 1;
		return GO_ON;
	case 'X':
		o->junit = optarg;
		return GO_ON;
	case ':':
		return fail("%s needs a value; see sigpact hunt --help", word);
	default:
		return fail("%s is no option; see sigpact hunt --help", word);
	}
}

void sigpact__hunt_options_free(struct sigpact__hunt_options *o)
{
	size_t i;

	for (i = 0; i < o->plan.step_count; i++)
		free(o->plan.step[i].text);
	free(o->plan.step);
}
