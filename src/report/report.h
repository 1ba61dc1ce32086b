/* What is known of a crash, or of a process that was looked at: one report,
   whichever way it came to be.  Normal context, one thread; for the commands. */
#ifndef SIGPACT_REPORT_H
#define SIGPACT_REPORT_H

#include "findings.h"
#include "mapfile.h"
#include "record.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* How a frame was found: only the first three are certain. */
enum sigpact__frame_how {
	FRAME_STOPPED,		/* the registers */
	FRAME_CFI,		/* the compiler's tables */
	FRAME_SIGNAL,		/* what the kernel saved for a handler */
	FRAME_CALLED,		/* the return address on top of the stack */
	FRAME_POINTER,		/* the frame pointer */
	FRAME_SCANNED		/* the next return address on the stack */
};
const char *sigpact__frame_how_name(enum sigpact__frame_how);

/* A function inside that of a frame, and where it was called. */
enum { INLINED = 6 };
struct sigpact__inlined {
	const char *function, *file;	/* file: or NULL */
	int line;
};

struct sigpact__frame {
	uint64_t pc, sp;
	enum sigpact__frame_how how;
	int trampoline;		/* a handler returns here, to the kernel */
	/* frames_name: */
	const char *module;	/* path, "" when in none */
	const char *function;	/* or NULL */
	const char *file;	/* of the source, or NULL */
	int line;		/* in inlined[0], when there is one */
	struct sigpact__inlined inlined[INLINED]; /* innermost first */
	int inlined_count;
	uint64_t offset;	/* from the function, else in the file */
	char build_id[41];
};

/* Of a deep stack the innermost ones and the OUTERMOST are kept. */
enum { FRAMES = 128, OUTERMOST = 16, FRAMES_MOST = 200000 };
struct sigpact__thread {
	struct sigpact__task *task;	/* the record's */
	struct user_regs_struct regs;
	int held;			/* regs are known */
	int error;			/* -errno: why not */
	struct sigpact__frame *frame;
	size_t frame_count;
	size_t left_out;		/* before the last OUTERMOST */
	int cut;			/* and more that were not looked at */
};

enum sigpact__cause {
	CAUSE_NONE, CAUSE_SENT, CAUSE_NULL, CAUSE_OVERFLOW, CAUSE_GUARD,
	CAUSE_JUMP, CAUSE_PROTECTED, CAUSE_UNMAPPED, CAUSE_NOT_CANONICAL,
	CAUSE_SMASHED,
	CAUSE_DIVIDE, CAUSE_ARITHMETIC, CAUSE_PAST_END, CAUSE_BUS,
	CAUSE_ABORT, CAUSE_ILLEGAL, CAUSE_TRAP, CAUSE_SYSTEM_CALL,
	CAUSE_NO_FRAME, CAUSE_OTHER
};
const char *sigpact__cause_name(enum sigpact__cause);

enum { WORDS = 320 };
struct sigpact__report {
	struct sigpact__record *record;
	int sig;		/* 0: a live process, nothing is wrong */
	siginfo_t info;
	int by_fault;		/* fault is what began it: info, or one that a
				   handler was to see */
	siginfo_t fault;
	uint64_t fault_pc;
	struct sigpact__thread *thread;
	size_t thread_count, crashed;	/* thread[crashed] */
	enum sigpact__cause cause;
	char why[WORDS];	/* the cause in words */
	int have_address;
	uint64_t address;
	char lies[WORDS];	/* what is there */
	enum sigpact__stack_kind stack;
	uint64_t stack_low, stack_high;	/* 0: not known */
	char where[WORDS];	/* the stack in words */
	char message[WORDS];	/* libc's, of an abort; "" */
	char signature[512];
	struct sigpact__finding *finding;
	size_t finding_count;
	uint64_t took_ns;
	struct sigpact__functions *functions;
};

/* A fault that a handler was to see. */
struct sigpact__earlier {
	pid_t tid;
	uint64_t pc;
	siginfo_t info;
};

/* crash.c: of a thread in the stop before sig ends its process, the other
   threads stopped by us too; it can then be let go with that signal.  earlier:
   its last such fault, or NULL.  0 or -errno. */
int sigpact__report_crash(pid_t pid, pid_t tid, int sig,
			  const struct sigpact__earlier *earlier,
			  struct sigpact__report **out);
/* The same of a live one, all of whose threads the caller has stopped as their
   tracer; its signature tells where they are. */
int sigpact__report_stopped(pid_t pid, struct sigpact__report **out);
/* live.c: of all threads, each held shortly. */
int sigpact__report_live(pid_t pid, struct sigpact__report **out);
void sigpact__report_free(struct sigpact__report *);

/* command.c: runs it and calls back for each crash of it or its children;
   *status is wait(2)'s.  0, or -errno of what kept it from being run. */
int sigpact__report_command(char *const *command, int *status,
			    void crashed(struct sigpact__report *, void *),
			    void *argument);

/* others.c: the threads of pid beside tid, stopped, by us from now on if seize;
   let go each way. */
struct sigpact__held {
	pid_t tid;
	int status;	/* of its stop */
};
struct sigpact__others {
	struct sigpact__held *held;
	size_t count;
	/* Is it stopped already, by the caller?  Or NULL. */
	int (*is_stopped)(pid_t tid, void *argument);
	/* Of a stop without a signal that was come upon; or NULL. */
	void (*event)(pid_t tid, int status, void *argument);
	void *argument;
};
enum { TRACE_STOP = 128 };	/* the event of a stop without a signal */
void sigpact__others_hold(struct sigpact__others *, pid_t pid, pid_t tid,
			  int seize);
void sigpact__others_resume(struct sigpact__others *);
void sigpact__others_detach(struct sigpact__others *);
/* Has tid stopped, within a moment?  Goes on from there. */
int sigpact__stopped(pid_t tid, int *status);
void sigpact__resume(pid_t tid, int status);
/* Says why there is no report. */
void sigpact__report_failed(pid_t pid, int error);
/* report_crash, for crashed, or report_failed. */
void sigpact__report_tell(pid_t pid, pid_t tid, int sig,
			  const struct sigpact__earlier *earlier,
			  void crashed(struct sigpact__report *, void *),
			  void *argument);

/* waiting.c: of a process whose thread waits, in its handler, until *word is not
   0; it has ended soon after.  0; -ESRCH: it is gone; -EPERM: not allowed, or
   someone else traces it. */
struct sigpact__waiting {
	pid_t pid, tid;
	uint64_t word;
};
int sigpact__report_waiting(const struct sigpact__waiting *,
			    void crashed(struct sigpact__report *, void *),
			    void *argument);

/* memory.c: of a thread; what was loaded is as it was then. */
struct sigpact__memory {
	pid_t pid;
	uint64_t low, page_at;
	size_t size;
	unsigned char *bytes, page[4096];
};
void sigpact__memory_load(struct sigpact__memory *, pid_t, uint64_t from,
			  size_t most);
int sigpact__memory_read(struct sigpact__memory *, uint64_t, void *,
			 size_t); /* is all of it there? */
void sigpact__memory_free(struct sigpact__memory *);

/* unwind.c, frames.c, stack.c, cause.c, signature.c: parts of it */
int sigpact__report_unwind(struct sigpact__report *, struct sigpact__thread *,
			   struct sigpact__memory *);
void sigpact__frames_name(struct sigpact__report *, struct sigpact__thread *);
/* The address of a variable of libc's, 0: none is of that name. */
uint64_t sigpact__report_variable(struct sigpact__report *, const char *name);
int sigpact__executable(const struct sigpact__record *, uint64_t address);
void sigpact__report_stack(struct sigpact__report *);
int sigpact__report_overflowed(const struct sigpact__report *);
void sigpact__report_cause(struct sigpact__report *, struct sigpact__memory *);
void sigpact__report_sign(struct sigpact__report *);
/* Is it libc's own, or the loader's? */
int sigpact__frame_is_libc(const struct sigpact__frame *);
/* inlined.c: of a frame, whose code is around at */
void sigpact__frame_inlined(struct sigpact__report *, struct sigpact__frame *,
			    uint64_t at);
/* access.c: "wrote", "read" or "touched", by the instruction */
const char *sigpact__access(const unsigned char *code, size_t size);

#endif
