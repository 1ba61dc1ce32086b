/* What the files of a hunt share: its runs, each in a slot, and the tasks that
   it traces.  Normal context, the tracer's. */
#ifndef SIGPACT_RUN_H
#define SIGPACT_RUN_H

#include "hunt.h"
#include "tracer.h"

#include <sched.h>
#include <sys/resource.h>

enum { OUTPUT = 65536, REPORTS = 8, RUN_STACK = 16384 };

/* What becomes the command; it shares our memory until then. */
struct start {
	int go;			/* futex: 1, or -1: it is not to run */
	int error;		/* errno of exec */
	int input, output, terminal;
	const char *path;
	char **argv, **envp;
	const struct hunting *hunting;
};

struct run {
	unsigned long number;
	pid_t pid;		/* of the command; 0: the slot is free */
	int begun;
	int ended, status;	/* wait(2)'s; its processes may be left */
	uint64_t since, until;	/* until: a hang; or, once ended, given up */
	int dropped;		/* not to be counted */
	struct start start;
	void *stack;
	char **envp, variable[32];

	int output;		/* a pipe, or the terminal's master; -1 */
	int silent;		/* nothing is to be read any more */
	char *text;		/* the last of it */
	size_t text_size, text_searched;

	size_t step, typed;	/* typed: bytes of this step */
	uint64_t step_until;
	uint64_t expected;	/* signals that a step sends; bit n-1 */

	int hung;
	struct sigpact__report *report[REPORTS];
	size_t report_count;
	int report_error;	/* -errno of one that could not be made */
};

/* A task that is traced, thread or process.  It stays in its first stop until
   the one that started it has told whose it is. */
enum { RESUME_FIRST = 1 };
static const uint64_t RESUME_NEVER = ~0ull;
struct kin {
	pid_t tid;
	struct run *run;	/* NULL: not known yet */
	uint64_t resume_at;	/* held back until; 0: it is not */
	int status;		/* of the stop that it is held in */
	unsigned crawl;		/* instructions that it goes one by one */
};

struct hunting {
	struct sigpact__hunt *hunt;
	const struct sigpact__hunt_plan *plan;
	struct sigpact__tracer tracer;
	struct run *run, *current;	/* current: whose stop is looked at */
	unsigned slots;		/* one more than jobs, where the next run is
				   prepared; not so with terminals, of which it
				   would have the masters until its exec, and
				   none would hang up */
	struct kin *kin;
	size_t kin_count;
	int signals, null, terminal;	/* terminal: ours, or -1 */
	int error;
	int stopping, abandoned;
	sigset_t mask, ours;		/* mask: as it was; ours: blocked */
	char *path;
	struct rlimit stack;		/* under stress */
	pid_t *hog;
	size_t hog_count;
	uint64_t random, tick_at, told_at;
};

static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}
/* hunt.c */
uint64_t sigpact__hunt_now(void);
void sigpact__run_clear(struct run *);
/* loop.c: fds has room for one more than there are slots */
struct pollfd;
void sigpact__hunt_loop(struct hunting *, struct pollfd *fds);
/* stops.c */
void sigpact__hunt_watch(struct hunting *);
void sigpact__hunt_reap(struct hunting *);

/* environment.c: the program by PATH, or -errno; the run's variables */
int sigpact__hunt_program(struct hunting *);
int sigpact__run_environment(struct hunting *, struct run *);
/* start.c: all but the exec, 0 or -errno; the exec */
int sigpact__run_prepare(struct hunting *, struct run *);
void sigpact__run_begin(struct hunting *, struct run *);
/* terminal.c: 0 or -errno; *slave is the command's */
int sigpact__terminal_open(const struct sigpact__hunt_plan *, struct run *,
			   int *slave);
/* Reads what there is; does what steps are due.  The time of the next, or 0. */
void sigpact__run_read(struct hunting *, struct run *);
uint64_t sigpact__run_step(struct hunting *, struct run *, uint64_t now);
/* kin.c */
struct kin *sigpact__kin_find(struct hunting *, pid_t);
void sigpact__kin_add(struct hunting *, pid_t, struct run *);
void sigpact__kin_remove(struct hunting *, pid_t);
void sigpact__kin_kill(struct hunting *, struct run *); /* NULL: of all */
size_t sigpact__kin_count(const struct hunting *, const struct run *);
/* Lets those go on that are due; the time of the next, or 0. */
uint64_t sigpact__kin_resume(struct hunting *, uint64_t now);
/* look.c: one that hangs is reported, and killed */
void sigpact__run_end(struct hunting *, struct run *);
/* group.c: counts a run that has ended */
int sigpact__run_judge(struct hunting *, struct run *);
/* stress.c */
int sigpact__stress_start(struct hunting *);
void sigpact__stress_end(struct hunting *);
/* Is this stop its own affair?  Then the thread goes on later. */
int sigpact__stress_holds(struct hunting *, struct kin *, int status);
uint64_t sigpact__stress_tick(struct hunting *, uint64_t now);
static inline uint64_t earlier(uint64_t a, uint64_t b) /* 0: never */
{
	return !a || (b && b < a) ? b : a;
}

#endif
