/* What is known of a live process: one record, the same whichever way it was
   looked at.  A number that could not be seen is 0 and its bit is absent from
   `seen`; a consumer asks for the bit first.  Signals are sets with bit n-1 for
   signal n.  Normal context; for the commands, not in libsigpact. */
#ifndef SIGPACT_RECORD_H
#define SIGPACT_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How a record came to be, the best first. */
enum sigpact__way {
	WAY_BPF = 1,	/* a task iterator: nothing is stopped */
	WAY_PTRACE,	/* remote system calls: threads are stopped shortly */
	WAY_PROC	/* /proc alone: no actions' flags, no alternate stacks */
};
const char *sigpact__way_name(enum sigpact__way); /* "bpf" … */

/* An action as the kernel keeps it (struct kernel_sigaction). */
struct sigpact__act {
	uint64_t handler, flags, restorer, mask;
};

/* A line of /proc/PID/maps. */
struct sigpact__map {
	uint64_t start, end, offset, device, inode;
	char rights[5];		/* "r-xp" */
	char *path;		/* as the kernel prints it; never NULL */
};

enum {
	SEEN_MASKS = 1,		/* blocked, pending */
	SEEN_ALTSTACK = 2,	/* alt_base, alt_size, alt_flags */
	SEEN_REGISTERS = 4,	/* sp, pc */
	SEEN_TOUCHED = 8,	/* alt_used */
	SEEN_THREAD = 16	/* excluded: libsigpact's own word */
};
enum sigpact__stack_kind {
	STACK_UNKNOWN,
	STACK_NATIVE,		/* sp lies on the thread's own stack */
	STACK_ALTERNATE,
	STACK_FOREIGN		/* elsewhere: a coroutine's, a goroutine's */
};

struct sigpact__task {
	pid_t tid;
	char name[16], state;	/* state: as in /proc/PID/stat */
	unsigned seen;		/* SEEN_… */
	uint64_t blocked, pending, excluded;
	int shard;		/* SEEN_THREAD: where its deliveries count */
	uint64_t sp, pc;
	uint64_t tls;		/* its thread pointer (fs base); 0: not seen */
	uint64_t stack_low, stack_high;	/* native; 0 when not told apart */
	enum sigpact__stack_kind stack;
	uint64_t alt_base, alt_size;	/* size 0: none is armed */
	uint32_t alt_flags;		/* SS_… as sigaltstack(2) tells */
	int fault_signal, fault_code;	/* the last that a handler was told of,
					   as `run --report` saw; 0: none */
	uint64_t fault_pc, fault_address;
	uint64_t alt_used;		/* bytes from the top that were ever
					   touched, to the page */
	int alt_mapped, alt_writable;	/* all of it is */
	int alt_guard;			/* what lies below cannot be written */
};

/* A runtime that was recognised. */
struct sigpact__runtime {
	const char *name;	/* "Go" …; static */
	const char *module;	/* by which it was recognised; the record's */
};

enum { RECORD_RUNTIMES = 16, RECORD_SIGNALS = 65, RECORD_SHARDS = 16 };
enum { KEPT_WHYS = 5 };

struct sigpact__record {
	pid_t pid;
	enum sigpact__way way;
	char *why_not;		/* why a better way was not taken, or NULL */
	char name[16];
	char *exe, *cmdline;	/* "" when not to be read */
	uid_t uid;
	uint64_t start_time;	/* ticks after boot: tells a pid from its next
				   owner */
	uint64_t at_ns;		/* CLOCK_MONOTONIC, when it was looked at */
	uint64_t stopped_ns;	/* longest that any thread was held */
	uint64_t pending, caught, ignored;
	int have_actions;	/* action[] is known: else caught and ignored */
	struct sigpact__act action[RECORD_SIGNALS]; /* [0] is not used */
	struct sigpact__task *task;
	size_t task_count, tasks_missed; /* gone, or could not be held */
	struct sigpact__map *map;
	size_t map_count;
	struct sigpact__runtime runtime[RECORD_RUNTIMES];
	size_t runtime_count;
	uint32_t frame_size;	/* what a signal frame needs on this CPU */

	/* libsigpact in it */
	const char *sigpact_path;	/* or NULL; the map's */
	char *sigpact_rules;		/* SIGPACT as it started with, or NULL */
	uint64_t sigpact_base;		/* where it is mapped */
	uint64_t sigpact_adopt;		/* heal makes threads call it */
	/* handlers behind its entry routine: action[] has the program's own */
	uint64_t entered, by_rule;	/* by_rule: excluded in all threads */
	int have_counts;
	int counts_shared;	/* by all of a `sigpact run --stats` */
	struct {
		uint64_t delivered, relocated, kept;
		uint64_t why[KEPT_WHYS]; /* kept: sigpact__kept_name */
	} counts[RECORD_SIGNALS];
	uint64_t delivered_by[RECORD_SHARDS][RECORD_SIGNALS];
};

/* Looks at pid, by the best of the ways allowed (bits 1 << WAY_…; 0: any).
   0; -ESRCH: no such process; -EPERM: none of the ways is allowed to this
   user; -ENOSYS: none of them is to be had here; -ENOEXEC: a 32-bit process;
   -EXDEV: /proc has other numbers than these ways, being of another PID
   namespace; -ENODATA: /proc has it, these ways tell nothing of it; -ENOMEM.  *out is the caller's to free. */
int sigpact__look(pid_t pid, unsigned ways, struct sigpact__record **out);
void sigpact__record_free(struct sigpact__record *);

/* The parts of it.  Each adds what it can see, to a record whose pid is set;
   0 or -errno, the record then without it. */
int sigpact__look_proc(struct sigpact__record *);	/* proc.c: the base */
int sigpact__look_bpf(struct sigpact__record *);	/* actions, stacks */
int sigpact__look_ptrace(struct sigpact__record *);	/* the same */
int sigpact__look_runtimes(struct sigpact__record *);
int sigpact__look_sigpact(struct sigpact__record *);	/* libsigpact in it,
							   after the others */
/* Where stacks lie and what was touched, from the maps and the rest. */
void sigpact__look_stacks(struct sigpact__record *);

/* The map that address lies in, or NULL. */
const struct sigpact__map *sigpact__map_at(const struct sigpact__record *,
					   uint64_t address);

#endif
