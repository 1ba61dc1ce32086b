/* The parts of `sigpact hunt`: what is typed, and what is printed.  Normal
   context. */
#ifndef SIGPACT_HUNT_PRINT_H
#define SIGPACT_HUNT_PRINT_H

#include "hunt.h"

#include <stdio.h>

/* hunt_option.c: GO_ON, or the status to end with; each has told why. */
struct sigpact__hunt_options {
	struct sigpact__hunt_plan plan;
	int has_runs, json;
	const char *file, *junit;
};
int sigpact__hunt_option(struct sigpact__hunt_options *, int option,
			 const char *word);
void sigpact__hunt_options_free(struct sigpact__hunt_options *);

/* hunt_command.c: what to type, as a shell takes it, for free(3); NULL: no
   memory.  The command alone; the run of that number once more; as many as show
   this failure again, in 95 of 100 cases. */
char *sigpact__hunt_command(const struct sigpact__hunt *);
char *sigpact__hunt_repeat(const struct sigpact__hunt *, unsigned long number);
char *sigpact__hunt_find(const struct sigpact__hunt *,
			 const struct sigpact__group *);
/* hunt_text.c: a line of output, spelt, for free(3); NULL: there is none. */
char *sigpact__hunt_line(const char **at);

/* hunt_progress.c: on stderr, which is a terminal's or not. */
void sigpact__hunt_progress(const struct sigpact__hunt *, void *);
void sigpact__hunt_found(const struct sigpact__hunt *,
			 const struct sigpact__group *, void *);
void sigpact__hunt_progress_end(void);

/* The printers.  0 or -errno. */
int sigpact__hunt_text(FILE *, const struct sigpact__hunt *);
int sigpact__hunt_json(FILE *, const struct sigpact__hunt *);
int sigpact__hunt_junit(FILE *, const struct sigpact__hunt *);

#endif
