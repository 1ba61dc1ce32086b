/* The tracer's part in a crash: what each stop of a traced thread means, and
   that it goes on.  Normal context, one thread. */
#ifndef SIGPACT_TRACER_H
#define SIGPACT_TRACER_H

#include "report.h"

#include <sys/ptrace.h>

/* PTRACE_SEIZE's, to follow all that the traced one starts; the last is for the
   system calls that a report makes it do. */
enum { TRACER_OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD };

struct sigpact__known;
struct sigpact__tracer {
	/* Of a process that crashed; or NULL and why not, -errno. */
	void (*crashed)(struct sigpact__report *, pid_t, int error,
			void *argument);
	void *argument;
	struct sigpact__others others; /* stopped while the report is made */
	/* its own */
	struct sigpact__known *known;
	size_t known_count;
};

/* This thread has stopped, as wait(2) says; it goes on. */
void sigpact__tracer_stopped(struct sigpact__tracer *, pid_t tid, int status);
void sigpact__tracer_ended(struct sigpact__tracer *, pid_t tid);
void sigpact__tracer_free(struct sigpact__tracer *);

#endif
