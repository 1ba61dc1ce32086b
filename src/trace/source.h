/* A source of events: opened on a process or on a command that it starts,
   asked for batch after batch, closed.  Whatever it does, what is traced goes on
   as if it were not.  Tracer's context, one thread. */
#ifndef SIGPACT_SOURCE_H
#define SIGPACT_SOURCE_H

#include "event.h"

#include <stdint.h>
#include <sys/types.h>

struct sigpact__source;

/* What to trace: a process with all its threads, or, when it is 0, a command
   that is found as execvp does.  Children and their threads are followed. */
struct sigpact__traced {
	pid_t pid;
	char *const *command;
	int command_status;	/* out: as wait(2) has it; -1: it still runs */
};

/* Called for each event, which lives until it returns. */
typedef void sigpact__event_sink(void *, const struct sigpact__event *);

enum {
	SOURCE_GENERATED = 1	/* it has EVENT_GENERATED */
};

struct sigpact__source_kind {
	const char *name;	/* "bpf", "ptrace" */
	unsigned sees;		/* SOURCE_… */
	/* 0, with everything attached and a command about to run its first
	   instruction; why is empty, or one line: what it will not see.
	   -errno with why, one line: what lacks and what to do.
	   -ESRCH: no such process; -EPERM: not allowed; -ENOSYS: not to be had
	   here, another source may be; -ENOENT, -EACCES: of the command. */
	int (*open)(struct sigpact__traced *, struct sigpact__source **out,
		    char why[256]);
	/* Waits for events up to timeout_ms, hands what there is to the sink.
	   Their number; 0: none came; -EINTR: a signal came to this thread;
	   -ECHILD: nothing is left to trace, all was handed out. */
	int (*next)(struct sigpact__source *, unsigned timeout_ms,
		    sigpact__event_sink *, void *);
	/* Events lost so far: each is told of by an EVENT_LOST as well. */
	uint64_t (*lost)(const struct sigpact__source *);
	/* Lets everything go, running as it was; what is seen meanwhile is
	   handed to the sink (NULL: dropped). */
	void (*close)(struct sigpact__source *, sigpact__event_sink *, void *);
};

extern const struct sigpact__source_kind sigpact__source_ptrace;
extern const struct sigpact__source_kind sigpact__source_bpf;

#endif
