/* What is known of the traced processes and threads at the event that is being
   read: kept by story.c and its parts, read by those that put it in words.
   Signals index from 1.  Tracer's context. */
#ifndef SIGPACT_PROCESS_H
#define SIGPACT_PROCESS_H

#include "checks.h"
#include "event.h"
#include "record.h"

/* Mappings, as they were read last; a process shares its parent's. */
struct sigpact__mapped {
	unsigned users;
	struct sigpact__record record;	/* pid and map alone */
};

/* Who sent a signal that was not delivered yet; time_ns 0: nobody. */
struct sigpact__sender {
	uint64_t time_ns;
	pid_t pid, tid;		/* tid 0: not known; both: the kernel */
};

/* A handler that has not returned. */
struct sigpact__running {
	int sig;
	uint64_t time_ns, handler;
	uint64_t frame;		/* 0: not seen */
	uint64_t alt_base, alt_size;	/* armed then */
	enum sigpact__stack_kind stack;
	struct sigpact__sender sender;
	int answered;		/* it waited, or sent something */
	int sure;		/* of the stack: seen, or by the kernel's rule
				   from what was */
};

/* How often a signal comes to a thread from one sender. */
struct sigpact__storm {
	struct sigpact__storm *next;
	int sig;
	struct sigpact__sender from;
	uint64_t since_ns, last_ns;	/* of this sample, or this second */
	uint64_t count, answered;	/* deliveries since then */
	int storming;
};

struct sigpact__traced_process {
	pid_t pid;
	char name[16];
	unsigned threads;
	struct sigpact__mapped *mapped;	/* or NULL */
	int mapped_now;			/* … read for this event */
	uint64_t known;			/* actions, bit n-1 */
	struct sigpact__act action[RECORD_SIGNALS];
	/* Whose code added SA_ONSTACK to a handler that was there; 0: nobody's,
	   or it was so before */
	uint64_t onstack_by[RECORD_SIGNALS];
	uint64_t onstack_owner;		/* by other than its owner, bit n-1 */
	uint64_t found;			/* SP001 told of, bit n-1 */
	struct sigpact__sender sent[RECORD_SIGNALS];
	uint64_t unmapped[16];		/* lay in no mapping, lately */
	unsigned unmapped_next;
};

enum { RUNNING = 16 };
struct sigpact__traced_thread {
	struct sigpact__task task;	/* tid, name; blocked, alt_…, stack_… by
					   its seen */
	struct sigpact__traced_process *process;
	uint64_t named_ns;		/* when its name was asked for */
	struct sigpact__event *entry;	/* of the call that it is in */
	size_t entry_room;
	int in_call;
	uint64_t caller;	/* whose code makes it, if that is wanted */
	struct sigpact__running running[RUNNING];
	unsigned running_count;
	struct sigpact__sender sent[RECORD_SIGNALS];
	struct sigpact__storm *storm;
};

/* process.c.  NULL: no memory, or not there. */
struct sigpact__processes {
	void *process, *thread;		/* trees by number */
};
struct sigpact__traced_process *sigpact__process_get(
	struct sigpact__processes *, pid_t, int make);
struct sigpact__traced_thread *sigpact__thread_get(struct sigpact__processes *,
						   pid_t pid, pid_t tid,
						   int make);
void sigpact__thread_end(struct sigpact__processes *,
			 struct sigpact__traced_thread *);
void sigpact__processes_free(struct sigpact__processes *);
/* All threads, in the order of their numbers. */
void sigpact__threads_each(struct sigpact__processes *,
			   void (*)(struct sigpact__traced_thread *, void *),
			   void *);
/* After fork, and after exec. */
void sigpact__process_inherit(struct sigpact__traced_process *,
			      const struct sigpact__traced_process *parent);
void sigpact__process_exec(struct sigpact__traced_process *);
/* Takes a copy of the mappings; 0 or -ENOMEM. */
int sigpact__process_map(struct sigpact__traced_process *,
			 const struct sigpact__map *, size_t count);

/* place.c: where an address or a stack pointer is. */
const char *sigpact__place_spell(const struct sigpact__traced_process *,
				 uint64_t, char to[PLACE]);
/* The path of the file that address lies in, or NULL. */
const char *sigpact__place_module(const struct sigpact__traced_process *,
				  uint64_t address);
/* Is it mapped, as far as is known? */
int sigpact__place_known(const struct sigpact__traced_process *, uint64_t);
/* Where sp lies; *left: bytes from it down to the stack's end, 0: not known. */
enum sigpact__stack_kind sigpact__place_stack(
	const struct sigpact__traced_thread *, uint64_t sp, uint64_t *left);
/* The code that makes the call, behind libc's and libsigpact's; 0: not seen.
   *unmapped: a word of the stack that may be an address but lies nowhere, so
   that the mappings may be old; 0: none. */
uint64_t sigpact__place_caller(const struct sigpact__traced_process *,
			       const struct sigpact__event *entry,
			       uint64_t *unmapped);

#endif
