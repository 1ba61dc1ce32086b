/* The parts of the ptrace source.  The tracer is a process of its own, the
   keeper: a filter once put into a command stays there, and makes the calls it
   lists fail when nobody traces them.  So the keeper stays as long as the
   command does, also when whoever reads has gone, and only lets it pass.

   keeper: stop → what it means → ring;  reader: ring → sink.

   Tracer's context: the reader's half is ptrace.c and ptrace_ring.c, the
   keeper's is all the rest. */
#ifndef SIGPACT_PTRACE_H
#define SIGPACT_PTRACE_H

#include "source.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* <linux/ptrace.h> and libc's cannot both be included. */
enum { STOP_EVENT = 128, STOP_CALL = SIGTRAP | 0x80 };

/* Shared by the two, events in order; never overrun: the keeper waits. */
enum { RING_SIZE = 1 << 20, EVENT_MOST = 2048 };
struct sigpact__ring {
	enum { RING_STARTS, RING_OPEN, RING_FAILED, RING_LET_GO, RING_PASSES }
		state;
	int err;		/* RING_FAILED */
	char why[256];
	int command_status;	/* -1: it runs */
	int abandoned;		/* nobody reads any more */
	_Alignas(64) uint64_t written;
	int waits;		/* the reader does, for a byte in the pipe */
	_Alignas(64) uint64_t read;
	_Alignas(4096) char bytes[]; /* RING_SIZE, mapped twice */
};
int sigpact__ring_map(struct sigpact__ring **);
void sigpact__ring_unmap(struct sigpact__ring *);
int sigpact__ring_drain(struct sigpact__ring *, sigpact__event_sink *, void *);

/* A thread group. */
struct process {
	pid_t pid;
	unsigned threads;
	int stopped;		/* by this signal; 0: it is not */
	/* Has a handler.  A hint of where it pays to step into one: it is stale
	   after SA_RESETHAND, or calls that were not seen. */
	uint64_t caught;
};

struct tracee {
	struct tracee *next;
	struct process *of;	/* NULL: it is held until its maker is known */
	pid_t tid;
	int status;		/* … and has ended meanwhile, like this */
	unsigned has_ended : 1;
	unsigned begins : 1;	/* its first stop is yet to come */
	unsigned awaited : 1;	/* … by open */
	unsigned was_stopped : 1; /* the group was, since it last ran */
	unsigned stepped : 1;	/* into the handler of .delivered */
	/* the call it is in */
	int row;		/* -1: in none that is traced */
	uint64_t arg[6];
	uint64_t new_handler;	/* by rt_sigaction */
	int sets_handler;
	struct sigpact__event delivered; /* not told yet; .size 0: none */
};

enum { TRACEE_BUCKETS = 1024 };
struct keeper {
	struct sigpact__ring *ring;
	int bell;		/* the pipe to the reader */
	pid_t reader;
	pid_t command;		/* 0: attached */
	int filtered;		/* only calls of calls.h stop */
	int passes;		/* nothing is told any more, all goes on */
	int leaves;		/* each is detached at its next stop */
	unsigned count, held, awaited; /* tracees, and those of a kind */
	sigset_t mask;		/* the reader's, and the command's */
	struct tracee *bucket[TRACEE_BUCKETS];
	char unread[EVENT_MOST]; /* an event that nobody wants */
};

/* ptrace_keeper.c */
__attribute__((noreturn)) void sigpact__keeper(struct keeper *,
					       const struct sigpact__traced *);
int sigpact__keeper_fails(struct keeper *, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void sigpact__keeper_opened(struct keeper *);
void sigpact__keeper_rings(struct keeper *);
/* On, with this signal or none; call: until its call has ended. */
void sigpact__keeper_resume(struct keeper *, struct tracee *, int signal,
			    int call);

/* ptrace_emit.c: a record to be filled in; tell hands it out. */
struct sigpact__event *sigpact__event_new(struct keeper *,
					  const struct tracee *, int kind,
					  size_t size);
void sigpact__event_tell(struct keeper *, struct sigpact__event *);
uint64_t sigpact__event_now(void);

/* ptrace_tracee.c */
struct tracee *sigpact__tracee_find(struct keeper *, pid_t tid);
struct tracee *sigpact__tracee_add(struct keeper *, pid_t tid);
struct process *sigpact__tracee_join(struct tracee *, struct process *,
				     pid_t pid);
void sigpact__tracee_rename(struct keeper *, struct tracee *, pid_t tid);
void sigpact__tracee_drop(struct keeper *, struct tracee *);
void sigpact__tracee_each(struct keeper *, void (*)(struct keeper *,
						    struct tracee *, void *),
			  void *);

/* ptrace_stop.c */
void sigpact__stop(struct keeper *, pid_t tid, int status);

/* ptrace_call.c */
void sigpact__call_entry(struct keeper *, struct tracee *);
void sigpact__call_exit(struct keeper *, struct tracee *);
void sigpact__call_stop(struct keeper *, struct tracee *);

/* ptrace_signal.c */
void sigpact__signal(struct keeper *, struct tracee *, int sig);
void sigpact__signal_stepped(struct keeper *, struct tracee *);
void sigpact__signal_told(struct keeper *, struct tracee *);
void sigpact__signal_restart(struct tracee *);

/* ptrace_kin.c */
void sigpact__kin_made(struct keeper *, struct tracee *maker, int event);
void sigpact__kin_unknown(struct keeper *, pid_t tid);
void sigpact__kin_exec(struct keeper *, pid_t tid);
void sigpact__kin_ended(struct keeper *, struct tracee *, int status);

/* ptrace_attach.c; ptrace_command.c, ptrace_filter.c: 0, or -errno with the
   ring's why. */
extern const long sigpact__trace_options;
int sigpact__attach(struct keeper *, pid_t);
void sigpact__attach_leave(struct keeper *);
int sigpact__command(struct keeper *, char *const *command);
int sigpact__filter(void); /* for this thread and who descends from it */

#endif
