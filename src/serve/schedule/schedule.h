/* Who runs next: one queue of the jobs that nobody has begun, by rank, and
   workers, each of which has begun some and keeps them.  A worker runs the job of
   lowest rank that it can have; a signal parks a job for one of lower rank, or at
   the end of its slice.

   Invariants:
   queue.earliest      == the lowest rank in the queue, RANK_NONE when it is empty
   worker.rank         == that of the job it runs, RANK_NONE between two
   a job is in the queue, or with one worker, or with the caller, never in two

   Nothing here knows of HTTP. */
#ifndef SIGPACT_SCHEDULE_H
#define SIGPACT_SCHEDULE_H

#include "config.h"
#include "histogram.h"
#include "sandbox.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define RANK_NONE UINT64_MAX
#define RANK_LATER (1ull << 63) /* of a tenant whose budget is used up */
#define WORKERS 256

struct tenant {
	const struct tenant_config *config;
	_Atomic int64_t left_ns;	/* of the budget, in this period */
	_Atomic uint64_t period_end_ns;
	atomic_uint queued;		/* jobs that have not ended */
};

/* Written by one worker, read by all. */
struct route_counts {
	atomic_ulong ended[6];		/* by enum outcome */
	atomic_ulong traps[TRAPS];
	atomic_ulong preemptions, misses;
	struct histogram runs, latencies; /* ns */
} __attribute__((aligned(64)));

struct route {
	const struct route_config *config;
	struct tenant *tenant;
	struct service *service;
	struct module *module;
	_Atomic uint64_t estimate_ns;	/* of a run, for admission and SJF */
	atomic_uint arrivals;		/* since that was made */
	atomic_ulong refused[2];	/* 429 for the queue; for admission */
	struct sandbox_pool *_Atomic *pools; /* by worker, made when needed */
	struct route_counts *counts;	/* by worker */
};

enum outcome {
	JOB_RETURNED,
	JOB_EXITED,
	JOB_TRAPPED,
	JOB_STOPPED,	/* its budget of the CPU's time is used up */
	JOB_REFUSED,	/* no memory for a sandbox */
	JOB_DROPPED	/* the server stops */
};

/* A call of a route's function; the caller's, who fills in the first part. */
struct job {
	struct route *route;
	struct sandbox_call call;
	uint64_t arrived_ns, deadline_ns; /* CLOCK_MONOTONIC */
	/* Called by the worker when it has ended, on its thread; the output is
	   there until it returns.  The job is the caller's again. */
	void (*ended)(struct job *, enum outcome, const struct sandbox_result *);

	uint64_t since_ns, rank, order, ran_ns;
	uint64_t used_ns;		/* of a CPU, when it was last parked */
	int lengthy;			/* or of unknown length */
	uint32_t load;			/* admitted, in millionths of a worker */
	struct sandbox *sandbox;	/* once it was begun */
	struct job *next;		/* of a worker's */
};

/* queue.c; earliest is read in handlers */
struct queue {
	pthread_mutex_t lock;
	struct job **heap;
	size_t count, room;
	uint64_t orders;
	_Atomic uint64_t earliest;
};

int sigpact__queue_init(struct queue *);
void sigpact__queue_free(struct queue *);
int sigpact__queue_push(struct queue *, struct job *); /* -ENOMEM */
struct job *sigpact__queue_pop(struct queue *,
			       uint64_t below); /* of a lower rank */
/* Ranks of the waiting jobs as rank() has them now. */
void sigpact__queue_rank(struct queue *,
			 uint64_t (*rank)(const struct job *, void *),
			 void *context);

struct scheduler_state;
struct service;

struct worker {
	struct scheduler_state *scheduler;
	unsigned index;
	pthread_t thread;
	int tid, timer;			/* the kernel's numbers */
	_Atomic uint64_t rank;
	atomic_uint asleep;		/* a futex */
	atomic_uint armed;		/* the timer runs */
	uint64_t cpu_ns;		/* used, when that was last asked for */
	struct job *begun;		/* parked, by rank */
	_Atomic(struct chore *) chores;
};

/* Something that each worker is to do between two jobs. */
struct chore {
	void (*function)(struct chore *, struct worker *);
	atomic_uint left;		/* workers that have not yet */
	struct chore *next[WORKERS];
};

struct scheduler_state {
	struct queue queue;
	enum scheduler policy;
	unsigned workers;
	int preempts;			/* by directed signals */
	uint64_t slice_ns;
	struct worker *worker;
	atomic_uint sleepers, stop;
	atomic_uint lengthy;		/* jobs that have not ended */
	unsigned unsettled;		/* jobs handed over since the last time */
	_Atomic int64_t load;		/* admitted, millionths */
	/* with a budget; ends with NULL; replaced when all is reloaded */
	struct tenant *const *_Atomic tenants;
	_Atomic uint64_t refresh_ns;	/* when the next of them starts anew */
};

/* worker.c */

/* Starts the workers: as many as the CPUs that this process may use, when
   config does not tell.  Takes over sigpact__preempt_signal.  -ENOMEM; -EAGAIN
   as pthread_create(3).

   Safety: MT-Unsafe race:scheduler, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact__scheduler_start(struct scheduler_state *,
			     const struct server_config *);

/* Hands a job over, whose arrived_ns and deadline_ns are set; it may run at
   once, or only when sigpact__scheduler_settle has been called, which wakes and
   preempts for all that were handed over since.  -ENOMEM: it is the caller's
   still.

   Safety: MT-Unsafe race:scheduler, AS-Unsafe lock, AC-Unsafe lock. */
int sigpact__scheduler_submit(struct scheduler_state *, struct job *);
void sigpact__scheduler_settle(struct scheduler_state *);

/* Lets each worker call chore->function once; the last one has 0 left after it.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
void sigpact__scheduler_chore(struct scheduler_state *, struct chore *);

/* Ends the workers; jobs that have not ended are dropped. */
void sigpact__scheduler_stop(struct scheduler_state *);

/* admission.c: 0, or seconds after which to try again.  Of the I/O thread. */
unsigned sigpact__admission_ask(struct scheduler_state *, struct job *);
void sigpact__admission_leave(struct scheduler_state *, const struct job *);

/* tenant.c; any thread */
void sigpact__tenant_init(struct tenant *, const struct tenant_config *);
void sigpact__tenant_charge(struct tenant *, uint64_t ns);
int sigpact__tenant_out(const struct tenant *);
/* Starts periods that are due; the time of the next. */
uint64_t sigpact__tenants_refresh(struct tenant *const *, uint64_t now_ns);

/* counts.c: over all workers, of the member of struct route_counts at offset: an
   atomic_ulong; or a histogram, added to count[HISTOGRAM_BUCKETS], whose sum is
   returned. */
unsigned long sigpact__counts_sum(const struct route *, unsigned workers,
				  size_t offset);
uint64_t sigpact__counts_times(const struct route *, unsigned workers,
			       size_t offset, uint64_t *count);

/* preempt.c: the handler and what it reads */
extern int sigpact__preempt_signal; /* SIGRTMIN + 5 */
/* A tick may not call for its address. */
#define PREEMPT_TLS __attribute__((tls_model("initial-exec")))
extern __thread struct worker *sigpact__preempt_worker PREEMPT_TLS;
void sigpact__preempt_handle(int sig, siginfo_t *info, void *context);

uint64_t sigpact__now_ns(void); /* CLOCK_MONOTONIC */

#endif
