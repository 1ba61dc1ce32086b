/* The workers as one: started, given jobs and chores, stopped.  Normal context;
   one thread, the I/O thread, hands jobs over. */
#include "schedule.h"
#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* On an alternate stack: a sandbox has no room for a frame to spare. */
static int signal_take(void)
{
	struct sigaction a = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

	sigpact__preempt_signal = SIGRTMIN + 5;
	a.sa_sigaction = sigpact__preempt_handle;
	return sigaction(sigpact__preempt_signal, &a, NULL) ? -errno : 0;
}

int sigpact__scheduler_start(struct scheduler_state *s,
			     const struct server_config *c)
{
	static struct tenant *const none[] = { NULL };
	unsigned i;
	int e;

	s->policy = c->scheduler;
	s->slice_ns = c->slice_us * 1000;
	s->preempts = !c->no_preemption;
	s->workers = c->workers ? (unsigned)c->workers : cpus();
	if (s->workers > WORKERS)
		s->workers = WORKERS;
	if (!s->tenants)
		s->tenants = none;
	s->worker = calloc(s->workers, sizeof *s->worker);
	e = s->worker ? sigpact__queue_init(&s->queue) : -ENOMEM;
	if (!e)
		e = signal_take();
	for (i = 0; i < s->workers && !e; i++) {
		s->worker[i].scheduler = s;
		s->worker[i].index = i;
		s->worker[i].rank = RANK_NONE;
		e = -pthread_create(&s->worker[i].thread, NULL,
				    sigpact__worker_main, &s->worker[i]);
	}
	return e;
}

/* So short that it is done sooner than a thread is woken. */
#define SHORT_NS 50000

int sigpact__scheduler_submit(struct scheduler_state *s, struct job *job)
{
	int e;

	job->since_ns = job->arrived_ns;
	job->ran_ns = job->used_ns = 0;
	job->sandbox = NULL;
	job->rank = sigpact__job_rank(job, &s->policy);
	job->lengthy = job->route->estimate_ns - 1 >= SHORT_NS; /* 0: unknown */
	s->lengthy += job->lengthy;
	e = sigpact__queue_push(&s->queue, job);
	if (e)
		s->lengthy -= job->lengthy;
	s->unsettled += !e;
	return e;
}

/* The one that runs what can wait longest, if that is longer than the queue's
   first; each but once. */
static struct worker *latest(struct scheduler_state *s, uint64_t below)
{
	struct worker *found = NULL;
	uint64_t rank, most = s->queue.earliest;
	unsigned i;

	for (i = 0; i < s->workers; i++) {
		rank = s->worker[i].rank;
		if (rank != RANK_NONE && rank > most && rank < below) {
			most = rank;
			found = &s->worker[i];
		}
	}
	return found;
}

static void interrupt(const struct worker *w)
{
	syscall(SYS_tgkill, getpid(), w->tid, sigpact__preempt_signal);
}

static void preempt(struct scheduler_state *s, unsigned count)
{
	uint64_t below = RANK_NONE;
	struct worker *w;

	for (; count && (w = latest(s, below)); count--) {
		below = w->rank;
		interrupt(w);
	}
}

/* At last, when all calls are short: lets them run now, where a worker shares our
   CPU.  Else each answer's next request would wake us between two calls. */
void sigpact__scheduler_settle(struct scheduler_state *s)
{
	unsigned i, count = s->unsettled, left = count;

	s->unsettled = 0;
	for (i = 0; i < s->workers && left && s->sleepers; i++)
		left -= (unsigned)sigpact__worker_wake(&s->worker[i]);
	if (left && s->preempts)
		preempt(s, left < s->workers ? left : s->workers);
	if (count && !s->lengthy)
		sched_yield();
}

void sigpact__scheduler_chore(struct scheduler_state *s, struct chore *c)
{
	struct worker *w;
	unsigned i;

	c->left = s->workers;
	for (i = 0; i < s->workers; i++) {
		w = &s->worker[i];
		c->next[i] = w->chores;
		while (!atomic_compare_exchange_weak(&w->chores, &c->next[i], c))
			continue;
		sigpact__worker_wake(w);
	}
}

/* A worker may begin a job between the look at stop and the signal: its slice
   ends that one. */
void sigpact__scheduler_stop(struct scheduler_state *s)
{
	unsigned i;

	s->stop = 1;
	for (i = 0; i < s->workers; i++) {
		if (!sigpact__worker_wake(&s->worker[i]))
			interrupt(&s->worker[i]);
	}
	for (i = 0; i < s->workers; i++)
		pthread_join(s->worker[i].thread, NULL);
	sigpact__queue_free(&s->queue);
	free(s->worker);
}
