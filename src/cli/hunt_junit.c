/* A hunt as JUnit's XML: a failed test for each group, or one that passed.
   Normal context. */
#include "cli.h"
#include "hunt_print.h"
#include "report_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	}
	return NULL;
}

/* clean has no control characters but line feeds; XML has no U+FFFE, U+FFFF. */
static void escaped(FILE *f, const char *clean)
{
	for (; *clean; clean++) {
		if (!strncmp(clean, "\xef\xbf\xbe", 3) ||
		    !strncmp(clean, "\xef\xbf\xbf", 3))
			clean += 2;
		else if (entity(*clean))
			fputs(entity(*clean), f);
		else
			fputc(*clean, f);
	}
}

static void attribute(FILE *f, const char *name, const char *value)
{
	char *clean = sigpact__spell_text(value ? value : "");

	fprintf(f, " %s=\"", name);
	escaped(f, clean ? clean : "");
	fputc('"', f);
	free(clean);
}

static int reports(FILE *f, const struct sigpact__group *g)
{
	char *text = NULL;
	size_t size, i;
	FILE *to = open_memstream(&text, &size);
	int e = to ? 0 : -ENOMEM;

	for (i = 0; i < g->report_count && !e; i++)
		e = sigpact__report_text(to, g->report[i]);
	if (to)
		fclose(to);
	if (!e)
		escaped(f, text);
	free(text);
	return e;
}

static int group(FILE *f, const struct sigpact__hunt *all,
		 const struct sigpact__group *g, const char *command)
{
	char *again = sigpact__hunt_repeat(all, g->run[0]), *line;
	const char *at = g->output;
	char name[64];
	int e;

	fputs("    <testcase", f);
	attribute(f, "classname", command);
	attribute(f, "name", g->signature);
	snprintf(name, sizeof name, "%lu of %lu runs failed", g->count,
		 all->ended);
	fputs(">\n      <failure", f);
	attribute(f, "type", sigpact__failure_name(g->kind));
	attribute(f, "message", name);
	fputc('>', f);
	escaped(f, again ? again : "");
	fputs("\n\n", f);
	e = reports(f, g);
	fputs("</failure>\n      <system-out>", f);
	while ((line = sigpact__hunt_line(&at))) {
		escaped(f, line);
		fputc('\n', f);
		free(line);
	}
	fputs("</system-out>\n    </testcase>\n", f);
	free(again);
	return e;
}

int sigpact__hunt_junit(FILE *f, const struct sigpact__hunt *all)
{
	char *command = sigpact__hunt_command(all);
	size_t tests = all->group_count ? all->group_count : 1, i;
	int e = 0;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
	      "  <testsuite name=\"sigpact hunt\"", f);
	fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
		tests, all->group_count, all->took_ns / 1e9);
	fprintf(f, "    <properties>\n      <property name=\"runs\" "
		"value=\"%lu\"/>\n      <property name=\"failures\" "
		"value=\"%lu\"/>\n    </properties>\n", all->ended,
		all->failures);
	for (i = 0; i < all->group_count && !e; i++)
		e = group(f, all, &all->group[i], command);
	if (!all->group_count) {
		fputs("    <testcase classname=\"sigpact hunt\"", f);
		attribute(f, "name", command);
		fputs("/>\n", f);
	}
	fputs("  </testsuite>\n</testsuites>\n", f);
	free(command);
	return e ? e : fflush(f) ? -errno : 0;
}
