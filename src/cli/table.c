/* A table as text: columns as wide as their cells; headings without a row are
   not printed.  Normal context. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

void sigpact__table_add(struct sigpact__table *t, const char *format, ...)
{
	char **cell, *text;
	va_list ap;

	if (t->failed)
		return;
	cell = reallocarray(t->cell, t->count + 1, sizeof *cell);
	if (cell)
		t->cell = cell;
	va_start(ap, format);
	if (!cell || vasprintf(&text, format, ap) < 0)
		t->failed = 1;
	else
		t->cell[t->count++] = text;
	va_end(ap);
}

/* Characters of UTF-8. */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* What column is padded to; 0: nothing is in it. */
static int column_width(const struct sigpact__table *t, size_t column)
{
	int most = 0, heading = width(t->cell[column]), n;
	size_t i;

	for (i = column + t->columns; i < t->count; i += t->columns) {
		n = width(t->cell[i]);
		most = n > most ? n : most;
	}
	return !most || most > heading ? most : heading;
}

static void print_row(const struct sigpact__table *t, FILE *f, size_t row,
		      const int *widths)
{
	size_t column;
	int gap = 2;

	for (column = 0; column < t->columns; column++) {
		const char *cell = t->cell[row * t->columns + column];

		if (!widths[column])
			continue;
		if (*cell) {
			fprintf(f, "%*s%s", gap, "", cell);
			gap = 0;
		}
		gap += widths[column] - width(cell) + 2;
	}
}

int sigpact__table_print(struct sigpact__table *t, FILE *f, const char *bold,
			 const char *plain)
{
	int *widths = calloc(t->columns, sizeof *widths);
	int e = t->failed || !widths ? -ENOMEM : 0;
	size_t i;

	if (!e && t->count > t->columns) {
		for (i = 0; i < t->columns; i++)
			widths[i] = column_width(t, i);
		for (i = 0; i < t->count / t->columns; i++) {
			fputs(i ? "" : bold, f);
			print_row(t, f, i, widths);
			fprintf(f, "%s\n", i ? "" : plain);
		}
	}
	for (i = 0; i < t->count; i++)
		free(t->cell[i]);
	free(t->cell);
	free(widths);
	*t = (struct sigpact__table){ .columns = t->columns };
	return e;
}
