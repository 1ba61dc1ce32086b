/* Test cases in TAP: ok() for each, done() at the end of main.  The output of
   a process that forked is its own: flushed before, counted by the parent. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_number, tap_failed;

__attribute__((format(printf, 2, 3))) static inline int
ok(int good, const char *format, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_number);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_number, what, why);
	fflush(stdout);
}

static inline int done(void)
{
	printf("1..%d\n", tap_number);
	return tap_failed != 0;
}

/* What a test cannot go on without. */
__attribute__((noreturn)) static inline void bail(const char *why)
{
	printf("Bail out! %s\n", why);
	exit(1);
}

#endif
