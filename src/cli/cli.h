/* The commands.  Each returns the program's exit status. */
#ifndef SIGPACT_CLI_H
#define SIGPACT_CLI_H

#include <stdint.h>
#include <stdio.h>

enum { EXIT_USAGE = 2 };

int sigpact__run(int argc, char **argv);
void sigpact__stats_print(FILE *, const uint64_t *counts);

#endif
