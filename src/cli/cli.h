/* The commands.  Each returns the program's exit status. */
#ifndef SIGPACT_CLI_H
#define SIGPACT_CLI_H

#include <stdint.h>
#include <stdio.h>

enum { EXIT_USAGE = 2 };

int sigpact__run(int argc, char **argv);
/* Says so on stderr when libsigpact will not be loaded into command. */
void sigpact__target_warn(const char *command);

/* Counters that every descendant maps, by the rule for SIGPACT that is stored;
   NULL and errno when there is no memory. */
enum { STATS_RULE = 64 };
const uint64_t *sigpact__stats_share(char rule[STATS_RULE]);
/* Runs execute(argv) in a child, waits, prints the counts.  The exit status,
   or -errno. */
int sigpact__stats_run(const uint64_t *counts, int (*execute)(char **),
		       char **argv);

#endif
