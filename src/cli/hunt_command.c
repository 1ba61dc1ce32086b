/* The command by which a failure is to be had again, as a shell takes it.
   Normal context. */
#include "hunt_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of a word with control characters, as bash has it. */
static void escaped(FILE *f, const char *word)
{
	fputs("$'", f);
	for (; *word; word++)
		if (*word == '\n')
			fputs("\\n", f);
		else if (*word == '\'' || *word == '\\')
			fprintf(f, "\\%c", *word);
		else if ((unsigned char)*word < 32 || *word == 127)
			fprintf(f, "\\x%02x", *word);
		else
			fputc(*word, f);
	fputc('\'', f);
}

static void quoted(FILE *f, const char *word)
{
	const char *at;
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=./,:@%";

	if (*word && strspn(word, plain) == strlen(word)) {
		fputs(word, f);
		return;
	}
	for (at = word; *at && (unsigned char)*at >= 32 && *at != 127;)
		at++;
	if (*at) {
		escaped(f, word);
		return;
	}
	fputc('\'', f);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){ *word, 0 }, f);
	fputc('\'', f);
}

static void command(FILE *f, const struct sigpact__hunt_plan *p)
{
	char **word;

	for (word = p->command; *word; word++) {
		if (word > p->command)
			fputc(' ', f);
		quoted(f, *word);
	}
}

/* As hunt_option.c reads it. */
static char *keys(const struct sigpact__step *s)
{
	static const char escapes[] = "nrtbe\\^", mean[] = "\n\r\t\b\033\\^";
	char *out = malloc(2 * s->size + 1), *p = out;
	const char *found;
	size_t i;

	for (i = 0; out && i < s->size; i++) {
		found = memchr(mean, s->text[i], sizeof mean - 1);
		if (found) {
			*p++ = '\\';
			*p++ = escapes[found - mean];
		} else if ((unsigned char)s->text[i] < 32 || s->text[i] == 127) {
			*p++ = '^';
			*p++ = s->text[i] ^ 0x40;
		} else {
			*p++ = s->text[i];
		}
	}
	if (out)
		*p = 0;
	return out;
}

static void step(FILE *f, const struct sigpact__step *s)
{
	char *text = NULL, *word = NULL;
	int n = -1;

	switch (s->kind) {
	case STEP_WAIT:
	case STEP_TYPE:
		text = keys(s);
		if (text)
			n = asprintf(&word, "--step=%s=%s", s->kind == STEP_WAIT ?
				     "wait" : "type", text);
		break;
	case STEP_SLEEP:
		n = asprintf(&word, "--step=sleep=%g", s->ns / 1e9);
		break;
	case STEP_RESIZE:
		n = asprintf(&word, "--step=resize=%ux%u", s->columns, s->rows);
		break;
	case STEP_CLOSE:
		n = asprintf(&word, "--step=close");
	}
	if (n >= 0) {
		fputc(' ', f);
		quoted(f, word);
		free(word);
	}
	free(text);
}

static void options(FILE *f, const struct sigpact__hunt_plan *p)
{
	size_t i;

	if (p->timeout_ns != 60000000000u)
		fprintf(f, " --timeout=%g", p->timeout_ns / 1e9);
	if (p->stress)
		fputs(" --stress", f);
	if (p->shuffle)
		fputs(" --shuffle-env", f);
	if (p->stress || p->shuffle)
		fprintf(f, " --seed=%" PRIu64, p->seed);
	if (p->pty)
		fprintf(f, " --pty=%ux%u", p->columns, p->rows);
	for (i = 0; i < p->step_count; i++)
		step(f, &p->step[i]);
	fputs(" -- ", f);
}

static char *typed(const struct sigpact__hunt *all, const char *begin,
		   int whole)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs(begin, f);
	if (whole)
		options(f, all->plan);
	command(f, all->plan);
	fclose(f);
	return text;
}

char *sigpact__hunt_command(const struct sigpact__hunt *all)
{
	return typed(all, "", 0);
}

char *sigpact__hunt_repeat(const struct sigpact__hunt *all,
			   unsigned long number)
{
	char begin[64];

	snprintf(begin, sizeof begin, "sigpact hunt --first=%lu -n 1", number);
	return typed(all, begin, 1);
}

char *sigpact__hunt_find(const struct sigpact__hunt *all,
			 const struct sigpact__group *g)
{
	char begin[64];

	snprintf(begin, sizeof begin, "sigpact hunt --until-fail -n %lu -j %u",
		 sigpact__hunt_enough(g->count, all->ended), all->plan->jobs);
	return typed(all, begin, 1);
}
