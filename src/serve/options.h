/* The command line of sigpact-serve.  Normal context. */
#ifndef SIGPACT_OPTIONS_H
#define SIGPACT_OPTIONS_H

#include <stddef.h>

enum { EXIT_USAGE = 2 };

struct options {
	const char *config, *listen, *access_log, *user, *build, *output;
	char address[64];	/* of listen, or the default */
	unsigned port;
	const char *load[17];
	unsigned loads;
	unsigned long workers;
	int confined, check;
	char **path;
	size_t path_count;
};

/* 0: go on; -1: all is done; else the exit status, after a line that says why. */
int sigpact__options_read(struct options *, int argc, char **argv);

/* "sigpact-serve: …" on stderr; returns EXIT_USAGE. */
int sigpact__fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
