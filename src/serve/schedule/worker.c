/* A worker: takes the job of lowest rank, runs it in a sandbox until it ends or
   parks, and sleeps when there is none.  Normal context, on its own thread. */
#include "worker.h"
#include "sys.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/syscall.h>
#include <time.h>

static uint64_t ns_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t sigpact__now_ns(void)
{
	return ns_of(CLOCK_MONOTONIC);
}

uint64_t sigpact__job_rank(const struct job *job, void *policy)
{
	uint64_t rank = job->deadline_ns;

	if (*(const enum scheduler *)policy == SCHEDULER_FIFO)
		rank = job->since_ns;
	else if (*(const enum scheduler *)policy == SCHEDULER_SJF)
		rank = job->route->estimate_ns > job->ran_ns
			   ? job->route->estimate_ns - job->ran_ns
			   : job->ran_ns;
	return rank |
	       (sigpact__tenant_out(job->route->tenant) ? RANK_LATER : 0);
}

static void begun_put(struct worker *w, struct job *job)
{
	struct job **at = &w->begun;

	while (*at && (*at)->rank <= job->rank)
		at = &(*at)->next;
	job->next = *at;
	*at = job;
}

/* A tenant's period began: who waited behind the others does so no more. */
static void refresh(struct worker *w)
{
	struct scheduler_state *s = w->scheduler;
	struct job *all = w->begun, *next;
	uint64_t now = sigpact__now_ns();

	if (now >= s->refresh_ns) {
		s->refresh_ns = sigpact__tenants_refresh(s->tenants, now);
		sigpact__queue_rank(&s->queue, sigpact__job_rank, &s->policy);
	}
	for (w->begun = NULL; all; all = next) {
		next = all->next;
		all->rank = sigpact__job_rank(all, &s->policy);
		begun_put(w, all);
	}
}

static struct job *begun_take(struct worker *w)
{
	struct job *job = w->begun;

	if (job)
		w->begun = job->next;
	return job;
}

static struct job *next(struct worker *w)
{
	struct scheduler_state *s = w->scheduler;
	struct job *job;
	uint64_t best;

	if (*s->tenants)
		refresh(w);
	for (;;) {
		best = w->begun ? w->begun->rank : RANK_NONE;
		if (s->queue.earliest >= best)
			return begun_take(w);
		job = sigpact__queue_pop(&s->queue, best);
		if (!job)
			continue; /* another worker was faster */
		if (job->rank & RANK_LATER ||
		    !sigpact__tenant_out(job->route->tenant))
			return job;
		job->rank |= RANK_LATER;
		if (sigpact__queue_push(&s->queue, job))
			return job;
	}
}

/* The pool of the job's route; made here, as it belongs to this thread. */
static int sandbox_for(struct worker *w, struct job *job)
{
	struct sandbox_pool *_Atomic *pool = &job->route->pools[w->index];
	const struct route_config *c = job->route->config;
	struct sandbox_options o = {
		.stack_size = c->stack_size,
		.memory_limit = c->memory_limit,
		.output_limit = c->response_size,
	};
	struct sandbox_pool *made;
	char why[SANDBOX_WHY];
	int e;

	if (!*pool) {
		e = sigpact__sandbox_pool_create(job->route->module, &o, &made,
						 why);
		if (e)
			return e;
		*pool = made;
	}
	return sigpact__sandbox_take(*pool, &job->sandbox);
}

static void add(atomic_ulong *n)
{
	atomic_store_explicit(
	    n, atomic_load_explicit(n, memory_order_relaxed) + 1,
	    memory_order_relaxed);
}

static void end(struct worker *w, struct job *job, enum outcome outcome,
		const struct sandbox_result *result)
{
	struct route_counts *c = &job->route->counts[w->index];
	struct sandbox *sandbox = job->sandbox;
	struct tenant *tenant = job->route->tenant;
	uint64_t now = sigpact__now_ns();

	add(&c->ended[outcome]);
	if (outcome == JOB_TRAPPED)
		add(&c->traps[result->trap]);
	if (now > job->deadline_ns)
		add(&c->misses);
	sigpact__histogram_add(&c->runs, job->ran_ns);
	sigpact__histogram_add(&c->latencies, now - job->arrived_ns);
	sigpact__admission_leave(w->scheduler, job);
	w->scheduler->lengthy -= (unsigned)job->lengthy;
	job->ended(job, outcome, result); /* job is gone */
	sigpact__sandbox_give(sandbox);
	atomic_fetch_sub(&tenant->queued, 1);
}

/* A budget is of the CPU's time: on a busy machine a worker waits for its turn,
   too.  To ask for that is a system call, which a job that is never parked does
   without: of its first turn it is charged what the thread has used since it was
   last asked, though no more than has passed. */
static void charge(struct worker *w, struct job *job, uint64_t passed)
{
	uint64_t cpu = ns_of(CLOCK_THREAD_CPUTIME_ID), used = cpu - w->cpu_ns;

	job->used_ns += used < passed ? used : passed;
	w->cpu_ns = cpu;
}

/* Its slice is over, or another one goes first. */
static void park(struct worker *w, struct job *job, uint64_t passed)
{
	struct scheduler_state *s = w->scheduler;

	add(&job->route->counts[w->index].preemptions);
	charge(w, job, passed);
	if (job->used_ns >= job->route->config->budget_us * 1000) {
		end(w, job, JOB_STOPPED, NULL);
		return;
	}
	/* FIFO: behind those that came meanwhile */
	job->since_ns = sigpact__now_ns();
	job->rank = sigpact__job_rank(job, &s->policy);
	begun_put(w, job);
}

static void timer_set(struct worker *w, uint64_t ns)
{
	struct __kernel_itimerspec every = {
		.it_interval.tv_nsec = (long)ns, .it_value.tv_nsec = (long)ns,
	};

	sigpact__sys4(SYS_timer_settime, w->timer, 0, (long)&every, 0);
}

static int begin(struct worker *w, struct job *job, struct sandbox_result *r)
{
	int e = 0;

	if (!w->armed) {
		w->armed = 1;
		timer_set(w, w->scheduler->slice_ns);
	}
	if (!job->sandbox)
		e = sandbox_for(w, job);
	else
		return sigpact__sandbox_resume(job->sandbox, r);
	return e ? e : sigpact__sandbox_run(job->sandbox, &job->call, r);
}

static void run(struct worker *w, struct job *job)
{
	static const enum outcome outcomes[] = {
		[SANDBOX_RETURNED] = JOB_RETURNED,
		[SANDBOX_EXITED] = JOB_EXITED,
		[SANDBOX_TRAPPED] = JOB_TRAPPED,
	};
	struct sandbox_result result = { 0 };
	uint64_t start = sigpact__now_ns(), ran;
	int state;

	if (job->sandbox)
		w->cpu_ns = ns_of(CLOCK_THREAD_CPUTIME_ID);
	atomic_store_explicit(&w->rank, job->rank, memory_order_relaxed);
	state = begin(w, job, &result);
	atomic_store_explicit(&w->rank, RANK_NONE, memory_order_relaxed);
	ran = sigpact__now_ns() - start;
	job->ran_ns += ran;
	sigpact__tenant_charge(job->route->tenant, ran);
	if (state < 0)
		end(w, job, JOB_REFUSED, NULL);
	else if (state == SANDBOX_PARKED)
		park(w, job, ran);
	else
		end(w, job, outcomes[state], &result);
}

static int idle(const struct worker *w)
{
	return w->scheduler->queue.earliest == RANK_NONE && !w->begun &&
	       !w->chores && !w->scheduler->stop;
}

static void futex(atomic_uint *word, int operation, unsigned value)
{
	sigpact__sys4(SYS_futex, (long)word, operation, value, 0);
}

/* Whoever sets asleep from 1 to 0 has taken it out of the sleepers. */
static void sleep_well(struct worker *w)
{
	unsigned one = 1;

	w->scheduler->sleepers++;
	w->asleep = 1;
	while (idle(w) && w->asleep)
		futex(&w->asleep, FUTEX_WAIT_PRIVATE, 1);
	if (atomic_compare_exchange_strong(&w->asleep, &one, 0))
		w->scheduler->sleepers--;
}

int sigpact__worker_wake(struct worker *w)
{
	unsigned one = 1;

	if (!atomic_compare_exchange_strong(&w->asleep, &one, 0))
		return 0;
	w->scheduler->sleepers--;
	futex(&w->asleep, FUTEX_WAKE_PRIVATE, 1);
	return 1;
}

static void chores_do(struct worker *w)
{
	struct chore *c = atomic_exchange(&w->chores, NULL), *next;

	for (; c; c = next) {
		next = c->next[w->index];
		c->function(c, w);
		c->left--;
	}
}

/* Faults and ticks come to this thread, all other signals to another one. */
static void mask_set(void)
{
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
				    SIGSYS };
	sigset_t mask;
	unsigned i;

	sigfillset(&mask);
	for (i = 0; i < sizeof ours / sizeof *ours; i++)
		sigdelset(&mask, ours[i]);
	sigdelset(&mask, sigpact__preempt_signal);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

void *sigpact__worker_main(void *worker)
{
	struct worker *w = worker;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	struct job *job;

	w->tid = (int)sigpact__sys0(SYS_gettid);
	event.sigev_signo = sigpact__preempt_signal;
	event._sigev_un._tid = w->tid;
	sigpact__sys4(SYS_timer_create, CLOCK_MONOTONIC, (long)&event,
		      (long)&w->timer, 0);
	sigpact__preempt_worker = w;
	mask_set();
	while (!w->scheduler->stop) {
		if (w->chores)
			chores_do(w);
		job = next(w);
		if (job)
			run(w, job);
		else
			sleep_well(w);
	}
	while ((job = next(w)))
		end(w, job, JOB_DROPPED, NULL);
	chores_do(w);
	return NULL;
}
