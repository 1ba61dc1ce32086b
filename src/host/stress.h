/* Between the probe of vector state and the processes that it runs.  Normal
   context. */
#ifndef SIGPACT_STRESS_H
#define SIGPACT_STRESS_H

#include "probe.h"
#include "vector.h"

#include <signal.h>

enum {
	STRESS_CPUS = 32, STRESS_PROCESSES = 2 * STRESS_CPUS,
	STRESS_WORKERS = 2, /* of each process */
	STRESS_TEXT = 160
};

/* Shared by all of them. */
struct sigpact__stress {
	uint32_t stop, found, failed;
	int error;			/* of the first that failed */
	const char *failed_at;		/* … and what it tried; static */
	double found_at;		/* of CLOCK_MONOTONIC */
	uint32_t levels;		/* of registers, of all alike */
	uint32_t process, turn;		/* whose registers were lost */
	char what[STRESS_TEXT];
	struct sigpact__vector out;	/* and what was there instead */
	uint64_t signals[STRESS_PROCESSES][STRESS_WORKERS];
};

/* Which value its registers have, that no other and no turn before had. */
static inline uint32_t sigpact__stress_seed(uint32_t process, uint32_t worker,
					    uint32_t turn)
{
	return (process * (STRESS_WORKERS + 1) + worker) * 2 + turn;
}

/* In a child: holds registers on cpu until told to stop, while another of its
   threads on `beside` gets in the way of page faults.  Does not return. */
__attribute__((noreturn)) void
sigpact__stress_run(struct sigpact__stress *, uint32_t process, int cpu,
		    int beside, void (*hook)(void *));
double sigpact__stress_now(void);

#endif
