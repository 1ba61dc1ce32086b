/* Between the options of `sigpact trace` and what carries them out.  Normal
   context. */
#ifndef SIGPACT_CLI_TRACE_H
#define SIGPACT_CLI_TRACE_H

#include "cli.h"
#include "print.h"
#include "source.h"

struct sigpact__trace_plan {
	struct sigpact__traced traced;
	const char *read;		/* a file instead, "-": standard input */
	const char *source;		/* "bpf", "ptrace" or NULL: the best */
	sigpact__print_open *format;
	struct sigpact__filter filter;
	int curated;			/* text without --event: folded */
	const char *output;		/* or NULL */
	int summary;			/* nothing but this */
	int colour;
	uint64_t duration_ns;		/* 0: until it ends */
};

/* tracing.c: the exit status. */
int sigpact__tracing(struct sigpact__trace_plan *);

#endif
