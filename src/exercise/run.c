/* A run: signals blocked, timers put aside, threads that do their rounds, and
   all as it was found.  sigpact__exercise_run: normal context. */
#include "worker.h"
#include "sys.h"

#include <string.h>
#include <sys/mman.h>

enum { FIRST_SIGNAL = 64 };	/* of the first worker, then downwards */

/* What a run issues besides its families. */
static const unsigned char always[EXERCISE_CALLS] = {
	[EXERCISE_rt_sigprocmask] = 2,
	[EXERCISE_rt_sigpending] = 1,
	[EXERCISE_setitimer] = 6,
};

void sigpact__exercise_expect(const struct sigpact__exercise *x,
			      uint64_t calls[EXERCISE_CALLS])
{
	uint64_t rounds = (uint64_t)x->threads * x->repeat;
	unsigned family, call;

	for (call = 0; call < EXERCISE_CALLS; call++)
		calls[call] = always[call];
	for (family = 0; family < sigpact__family_count; family++)
		for (call = 0; call < EXERCISE_CALLS; call++)
			if (x->families >> family & 1)
				calls[call] += rounds *
				    sigpact__families[family].calls[call];
}

/* A worker's rounds, up to the first that went wrong. */
static void work(void *arg)
{
	struct exercise_worker *w = arg;
	unsigned family;

	w->tid = (int)sigpact__sys0(SYS_gettid);
	for (; w->rounds < w->todo && !w->step; w->rounds++) {
		for (family = 0; family < sigpact__family_count; family++) {
			if (!(w->families >> family & 1))
				continue;
			sigpact__families[family].round(w);
			if (w->step) {
				w->family = sigpact__families[family].name;
				break;
			}
		}
	}
}

/* As long as it gets on. */
static void join(struct exercise_worker *w)
{
	unsigned long rounds;

	do
		rounds = w->rounds;
	while (exercise_wait(&w->ended) && w->rounds != rounds);
	exercise_is(w, w->ended, 0, "a thread's end");
}

static void work_all(struct exercise_worker *workers, unsigned count)
{
	unsigned i;
	int e;

	for (i = 1; i < count; i++) {
		e = exercise_thread(work, &workers[i], workers[i].stack,
				    sizeof workers[i].stack,
				    &workers[i].ended);
		exercise_is(&workers[i], e, 0, "a thread");
	}
	work(&workers[0]);
	for (i = 1; i < count; i++)
		join(&workers[i]);
}

static void prepare(struct exercise_worker *workers,
		    const struct sigpact__exercise *x)
{
	unsigned i;

	for (i = 0; i < x->threads; i++) {
		workers[i].sig = FIRST_SIGNAL - (int)i;
		workers[i].pid = (int)sigpact__sys0(SYS_getpid);
		workers[i].families = x->families;
		workers[i].todo = x->repeat;
		exercise_by_signal[workers[i].sig] = &workers[i];
	}
}

/* A step that failed has left its signal pending: it must not be let in. */
static void forget(struct exercise_worker *w, uint64_t set)
{
	struct exercise_action ignore = { .handler = 1 }, found;
	int sig;

	for (sig = 1; sig <= FIRST_SIGNAL; sig++)
		if (set & BIT(sig) && !ISSUE(w, rt_sigaction, sig, &ignore,
					     &found, MASK_SIZE))
			ISSUE(w, rt_sigaction, sig, &found, NULL, MASK_SIZE);
}

/* With ours blocked, the timers aside.  Returns the signal of ours that was
   pending already, or 0. */
static int work_apart(struct exercise_worker *workers, unsigned count,
		      uint64_t ours)
{
	struct exercise_worker *w = workers;
	struct exercise_aside timers;
	unsigned i, failed = 0;
	uint64_t pending = 0;

	exercise_timers_aside(w, &timers);
	exercise_is(w, ISSUE(w, rt_sigpending, &pending, MASK_SIZE), 0,
		    "rt_sigpending");
	pending &= ours;
	if (!pending && !w->step)
		work_all(workers, count);
	for (i = 0; i < count; i++)
		failed += !!workers[i].step;
	if (failed)
		forget(w, ours);
	exercise_timers_back(w, &timers);
	return pending ? __builtin_ctzll(pending) + 1 : 0;
}

static int work_blocked(struct exercise_worker *workers, unsigned count)
{
	uint64_t ours = BIT(SIGALRM), found;
	struct exercise_worker *w = workers;
	unsigned i;
	int pending;

	for (i = 0; i < count; i++)
		ours |= BIT(workers[i].sig);
	if (!exercise_is(w, ISSUE(w, rt_sigprocmask, SIG_BLOCK, &ours, &found,
				  MASK_SIZE), 0, "rt_sigprocmask"))
		return 0;
	for (i = 0; i < count; i++)
		workers[i].mask = found | ours;
	pending = work_apart(workers, count, ours);
	exercise_is(w, ISSUE(w, rt_sigprocmask, SIG_SETMASK, &found, NULL,
			     MASK_SIZE), 0, "rt_sigprocmask, as found");
	return pending;
}

/* The sum of all, and whether it is what was said before. */
static int conclude(const struct exercise_worker *workers,
		    struct sigpact__exercise *x)
{
	uint64_t wanted[EXERCISE_CALLS];
	const struct exercise_worker *w;
	unsigned call;

	memset(x->calls, 0, sizeof x->calls);
	for (w = workers; w < workers + x->threads; w++) {
		for (call = 0; call < EXERCISE_CALLS; call++)
			x->calls[call] += w->calls[call];
		if (!w->step || x->step)
			continue;
		x->family = w->family;
		x->step = w->step;
		x->got = w->got;
		x->wanted = w->wanted;
	}
	sigpact__exercise_expect(x, wanted);
	for (call = 0; call < EXERCISE_CALLS && !x->step; call++) {
		if (x->calls[call] == wanted[call])
			continue;
		x->step = sigpact__exercise_name[call];
		x->got = (long)x->calls[call];
		x->wanted = (long)wanted[call];
	}
	return x->step ? -EPROTO : 0;
}

int sigpact__exercise_run(struct sigpact__exercise *x)
{
	size_t size = x->threads * sizeof(struct exercise_worker);
	struct exercise_worker *workers;
	unsigned i, running = 0;
	int e;

	x->family = x->step = NULL;
	workers = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (workers == MAP_FAILED)
		return -ENOMEM;
	prepare(workers, x);
	x->signal = work_blocked(workers, x->threads);
	e = x->signal ? -EBUSY : conclude(workers, x);
	for (i = 0; i < x->threads; i++)
		running += !!workers[i].ended;
	if (!running)
		munmap(workers, size);
	return e;
}
