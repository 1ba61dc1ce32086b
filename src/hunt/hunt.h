/* A program that is run many times, and how its runs failed.  Normal context,
   one thread, which becomes the tracer of all that it starts; for the
   commands. */
#ifndef SIGPACT_HUNT_H
#define SIGPACT_HUNT_H

#include "report.h"

#include <stddef.h>
#include <stdint.h>

/* What is done at a run's pseudo-terminal, in this order. */
enum sigpact__step_kind {
	STEP_WAIT,	/* until text was written */
	STEP_SLEEP,
	STEP_TYPE,
	STEP_RESIZE,
	STEP_CLOSE	/* the terminal is gone */
};
struct sigpact__step {
	enum sigpact__step_kind kind;
	char *text;
	size_t size;		/* of text, which may have any byte */
	uint64_t ns;
	unsigned short columns, rows;
};

enum sigpact__failure {
	FAILURE_CRASH,		/* of any process of the run */
	FAILURE_SIGNAL,		/* the command was ended by one, without that */
	FAILURE_EXIT,		/* its status, or a step that waits in vain */
	FAILURE_HANG
};
const char *sigpact__failure_name(enum sigpact__failure); /* "crash" … */

/* Failures of one kind and signature. */
enum { GROUP_RUNS = 32 };
struct sigpact__group {
	enum sigpact__failure kind;
	char *signature;
	unsigned long count, run[GROUP_RUNS];	/* the first ones' numbers */
	/* of the first one: */
	struct sigpact__report **report;	/* of a hang, each process's */
	size_t report_count;
	char *output;				/* the last of it */
	char *note;				/* why there is no report, … */
};

struct sigpact__hunt;
struct sigpact__hunt_plan {
	char **command;
	unsigned long runs;		/* 0: no limit */
	unsigned long first;		/* the number of the first run */
	unsigned jobs;
	uint64_t timeout_ns;		/* 0: none */
	int until_fail, shuffle, stress, pty;
	unsigned short columns, rows;	/* of the pseudo-terminal */
	struct sigpact__step *step;
	size_t step_count;
	uint64_t seed;
	/* several times a second; and of each new group */
	void (*progress)(const struct sigpact__hunt *, void *);
	void (*found)(const struct sigpact__hunt *,
		      const struct sigpact__group *, void *);
	void *argument;
};

struct sigpact__hunt {
	const struct sigpact__hunt_plan *plan;
	unsigned long started, ended, failures;	/* ended: to be counted */
	struct sigpact__group *group;
	size_t group_count;
	uint64_t since, took_ns;
	uint64_t oldest_ns;		/* how long one runs that still does */
	int interrupted;		/* by this signal, 0: it is complete */
};

/* hunt.c: 0; of the command that cannot be run -errno, -ENOSYS: ptrace is not
   allowed.  *out is to be freed in any case. */
int sigpact__hunt_run(const struct sigpact__hunt_plan *,
		      struct sigpact__hunt *out);
void sigpact__hunt_free(struct sigpact__hunt *);

/* interval.c: Wilson's, of 95 %, for the share of failures. */
void sigpact__hunt_interval(unsigned long failures, unsigned long runs,
			    double *low, double *high);
/* So many runs show it at least once, in 95 of 100 cases. */
unsigned long sigpact__hunt_enough(unsigned long failures, unsigned long runs);

#endif
