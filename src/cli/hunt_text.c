/* What a hunt found, as text: how often, the groups, then each group's first
   failure in full.  Normal context. */
#include "cli.h"
#include "hunt_print.h"
#include "report_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 20 };

/* Of a share: two digits, or three of what is near all. */
static void percent(FILE *f, double share)
{
	fprintf(f, share < 0.1 ? "%.2g" : "%.0f", 100 * share);
}

static void share(FILE *f, unsigned long failures, unsigned long runs)
{
	double low, high;

	sigpact__hunt_interval(failures, runs, &low, &high);
	if (failures) {
		fprintf(f, "%.3g %%, 95 %% interval ", 100.0 * failures / runs);
		percent(f, low);
		fputs(" to ", f);
	} else {
		fputs("with 95 % confidence less than ", f);
	}
	percent(f, high);
	fputs(failures ? " % (Wilson)" : " % do (Wilson)", f);
}

static void head(FILE *f, const struct sigpact__hunt *all)
{
	char *command = sigpact__hunt_command(all);

	fputs("sigpact hunt: ", f);
	sigpact__spell_put(f, command ? command : "");
	fprintf(f, "\n  %lu", all->ended);
	if (all->plan->runs && all->ended < all->plan->runs)
		fprintf(f, " of %lu", all->plan->runs);
	fprintf(f, " run%s in %.1f s, %u at once%s: ",
		all->ended == 1 ? "" : "s", all->took_ns / 1e9, all->plan->jobs,
		all->interrupted ? ", interrupted" : "");
	if (all->failures)
		fprintf(f, "%lu failed, ", all->failures);
	else
		fputs(all->ended ? "none failed, " : "no run has ended", f);
	if (all->ended)
		share(f, all->failures, all->ended);
	fputc('\n', f);
	free(command);
}

static int groups(FILE *f, const struct sigpact__hunt *all)
{
	struct sigpact__table t = { .columns = 4 };
	const struct sigpact__group *g;
	char *clean;

	sigpact__table_add(&t, "FAILURES");
	sigpact__table_add(&t, "SHARE");
	sigpact__table_add(&t, "FIRST RUN");
	sigpact__table_add(&t, "SIGNATURE");
	for (g = all->group; g < all->group + all->group_count; g++) {
		clean = sigpact__spell_text(g->signature);
		sigpact__table_add(&t, "%lu", g->count);
		sigpact__table_add(&t, "%.3g %%", 100.0 * g->count /
							  all->ended);
		sigpact__table_add(&t, "%lu", g->run[0]);
		sigpact__table_add(&t, "%s", clean ? clean : "");
		free(clean);
	}
	if (all->group_count)
		fputc('\n', f);
	return sigpact__table_print(&t, f, "", "");
}

static void runs(FILE *f, const struct sigpact__group *g)
{
	unsigned long i;

	fprintf(f, "  %-10s", g->count == 1 ? "run" : "runs");
	for (i = 0; i < g->count && i < GROUP_RUNS; i++)
		fprintf(f, "%s%lu", i ? ", " : "  ", g->run[i]);
	fprintf(f, "%s\n", g->count > GROUP_RUNS ? ", …" : "");
}

static void line_of(FILE *f, const char *key, char *text)
{
	sigpact__spell_line(f, key, text ? text : "(no memory)");
	free(text);
}

/* A terminal's carriage return is no part of it. */
char *sigpact__hunt_line(const char **at)
{
	size_t size = strcspn(*at, "\n"), n = size;
	char *line, *clean;

	if (!**at)
		return NULL;
	if (n && (*at)[n - 1] == '\r')
		n--;
	line = strndup(*at, n);
	clean = line ? sigpact__spell_text(line) : NULL;
	free(line);
	*at += size + ((*at)[size] == '\n');
	return clean;
}

static void output(FILE *f, const struct sigpact__group *g)
{
	const char *at = g->output + strlen(g->output);
	char *line;
	int n = 0;

	if (at == g->output)
		return;
	for (at--; at > g->output && n < LINES; at--)
		n += at[-1] == '\n';
	at += n == LINES;
	fprintf(f, "\nwhat run %lu wrote last\n", g->run[0]);
	while ((line = sigpact__hunt_line(&at))) {
		fprintf(f, "  | %s\n", line);
		free(line);
	}
}

static int failure(FILE *f, const struct sigpact__hunt *all, size_t i)
{
	const struct sigpact__group *g = &all->group[i];
	size_t k;
	int e = 0;

	fprintf(f, "\nfailure %zu of %zu: ", i + 1, all->group_count);
	sigpact__spell_put(f, g->signature);
	fputc('\n', f);
	runs(f, g);
	line_of(f, "repeat", sigpact__hunt_repeat(all, g->run[0]));
	if (g->count < all->ended)
		line_of(f, "find again", sigpact__hunt_find(all, g));
	if (*g->note)
		sigpact__spell_line(f, "note", g->note);
	for (k = 0; k < g->report_count && !e; k++) {
		fputc('\n', f);
		e = sigpact__report_text(f, g->report[k]);
	}
	output(f, g);
	return e;
}

int sigpact__hunt_text(FILE *f, const struct sigpact__hunt *all)
{
	size_t i;
	int e;

	head(f, all);
	e = groups(f, all);
	for (i = 0; i < all->group_count && !e; i++)
		e = failure(f, all, i);
	return e ? e : fflush(f) ? -errno : 0;
}
