/* What this process has, to compare with what it had before. */
#ifndef USAGE_H
#define USAGE_H

#include <stdio.h>

#include "tap.h"

static inline int mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	int c, n = 0;

	if (!f)
		bail("/proc/self/maps");
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

/* pages */
static inline long resident(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%*d %ld", &pages) != 1)
		bail("/proc/self/statm");
	fclose(f);
	return pages;
}

#endif
