/* `sigpact check` for people, and as TAP: a line for each probe, then what was
   found, with its cure.  Normal context. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>

const char *sigpact__check_verdict(enum sigpact__said said)
{
	static const char *const words[] = {
		[SAID_SOUND] = "sound",	    [SAID_FOUND] = "FINDING",
		[SAID_UNKNOWN] = "cannot tell", [SAID_PRESENT] = "present",
		[SAID_ABSENT] = "absent",
	};

	return words[said];
}

size_t sigpact__check_count(const struct sigpact__check *c,
			    enum sigpact__said said)
{
	size_t i, n = 0;

	for (i = 0; i < c->count; i++)
		n += c->row[i].saw.said == said;
	return n;
}

/* What a kernel says, by way of a probe, is text of someone else. */
static void print_clean(FILE *f, const char *text)
{
	char *clean = sigpact__spell_text(text);

	fputs(clean ? clean : "(no memory)", f);
	free(clean);
}

static void print_finding(FILE *f, const struct sigpact__checked *row,
			  const char *bold, const char *plain, int colour)
{
	static const char *const colours[] = {
		[SEVERITY_NOTE] = "\033[1;36m",
		[SEVERITY_WARNING] = "\033[1;33m",
		[SEVERITY_ERROR] = "\033[1;31m",
	};
	const struct sigpact__finding *finding = &row->saw.finding;

	fprintf(f, "\n%s%s%s %s %s%s%s\n  %s\n  %-12s",
		colour ? colours[finding->kind->severity] : "",
		sigpact__spell_severity(finding->kind->severity), plain,
		finding->kind->id, bold, finding->kind->name, plain,
		finding->kind->what, "seen");
	print_clean(f, finding->evidence ? finding->evidence : row->saw.seen);
	fprintf(f, "\n  %-12s%s", "cure", bold);
	print_clean(f, finding->cure ? finding->cure : "(no memory)");
	fprintf(f, "%s\n", plain);
}

static void print_end(FILE *f, const struct sigpact__check *c, const char *bold,
		      const char *plain)
{
	size_t found = sigpact__check_count(c, SAID_FOUND);
	size_t unknown = sigpact__check_count(c, SAID_UNKNOWN);

	fprintf(f, "\n%s", bold);
	if (found)
		fprintf(f, "%zu finding%s%s", found, found == 1 ? "" : "s",
			plain);
	else
		fprintf(f, "%s%s", unknown ? "No findings" : "Sound", plain);
	if (unknown)
		fprintf(f, "; %zu probe%s could not tell", unknown,
			unknown == 1 ? "" : "s");
	fputc('\n', f);
}

int sigpact__check_text(FILE *f, const struct sigpact__check *c, int colour)
{
	const char *bold = colour ? "\033[1m" : "";
	const char *plain = colour ? "\033[0m" : "";
	struct sigpact__table t = { .columns = 4 };
	const struct sigpact__machine *m = &c->machine;
	size_t i;
	int e;

	fprintf(f, "%s%s %s%s, %s, %s\n\n", bold, m->kernel.sysname,
		m->kernel.release, plain, m->kernel.machine, m->libc);
	sigpact__table_add(&t, "PROBE");
	sigpact__table_add(&t, "VERDICT");
	sigpact__table_add(&t, "BY VERSION");
	sigpact__table_add(&t, "SEEN");
	for (i = 0; i < c->count; i++) {
		char *clean = sigpact__spell_text(c->row[i].saw.seen);

		sigpact__table_add(&t, "%s", c->row[i].probe->name);
		sigpact__table_add(&t, "%s",
				   sigpact__check_verdict(c->row[i].saw.said));
		sigpact__table_add(&t, "%s", c->note ? c->row[i].note : "");
		sigpact__table_add(&t, "%s", clean ? clean : "(no memory)");
		free(clean);
	}
	e = sigpact__table_print(&t, f, bold, plain);
	for (i = 0; i < c->count; i++)
		if (c->row[i].saw.said == SAID_FOUND)
			print_finding(f, c->row + i, bold, plain, colour);
	print_end(f, c, bold, plain);
	return e ? e : ferror(f) ? -EIO : 0;
}

/* '#' begins a directive. */
static void print_tap(FILE *f, const char *text)
{
	char *clean = sigpact__spell_text(text), *p;

	for (p = clean; p && *p; p++)
		fputs(*p == '#' ? "\\#" : (char[]){ *p, 0 }, f);
	free(clean);
}

int sigpact__check_tap(FILE *f, const struct sigpact__check *c)
{
	size_t i;

	fprintf(f, "1..%zu\n", c->count);
	for (i = 0; i < c->count; i++) {
		const struct sigpact__checked *row = c->row + i;
		int skip = row->saw.said == SAID_UNKNOWN ||
			   row->saw.said == SAID_ABSENT;

		fprintf(f, "%sok %zu - %s%s",
			row->saw.said == SAID_FOUND ? "not " : "", i + 1,
			row->probe->name, skip ? " # SKIP " : ": ");
		if (skip)
			fprintf(f, "%s: ",
				sigpact__check_verdict(row->saw.said));
		print_tap(f, row->saw.seen);
		fputc('\n', f);
		if (c->note && *row->note)
			fprintf(f, "# by version: %s\n", row->note);
		if (row->saw.said != SAID_FOUND)
			continue;
		fprintf(f, "# %s %s: %s\n# cure: ", row->saw.finding.kind->id,
			row->saw.finding.kind->name,
			row->saw.finding.kind->what);
		print_tap(f, row->saw.finding.cure ? row->saw.finding.cure
						   : "(no memory)");
		fputc('\n', f);
	}
	return ferror(f) ? -EIO : 0;
}
