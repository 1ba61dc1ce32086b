/* Do vector and floating-point registers survive signals whose frame has to be
   faulted in?  Linux 5.2 to 5.4.1, built by GCC 9 or later, wrote another
   task's; vendors' kernels differ, so it is tried.  Normal context. */
#include "checks.h"
#include "probe.h"
#include "stress.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_SIGNALS = 500, GRACE_MS = 5000 };

struct team {
	pid_t pid[STRESS_PROCESSES];
	int count, cpus, killed; /* by which signal one was, or 0 */
	struct sigpact__stress *shared;
	double begun, seconds;
};

static int cpus_allowed(int cpu[STRESS_CPUS])
{
	cpu_set_t set;
	int i, n = 0;

	if (sched_getaffinity(0, sizeof set, &set))
		return 0;
	for (i = 0; i < CPU_SETSIZE && n < STRESS_CPUS; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	return n;
}

static int start(struct team *t, const struct sigpact__probing *g)
{
	int cpu[STRESS_CPUS], i;
	pid_t parent = getpid();

	t->cpus = cpus_allowed(cpu);
	for (i = 0; i < 2 * t->cpus; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != parent)
				_exit(0);
			sigpact__stress_run(t->shared, (uint32_t)i,
					    cpu[i % t->cpus],
					    cpu[(i + 1) % t->cpus], g->hook);
		}
		t->pid[t->count++] = pid;
	}
	return 0;
}

/* Those that have ended are none of the team any more. */
static void reap(struct team *t)
{
	int i, status;

	for (i = 0; i < t->count; i++) {
		if (waitpid(t->pid[i], &status, WNOHANG) != t->pid[i])
			continue;
		if (WIFSIGNALED(status))
			t->killed = WTERMSIG(status);
		t->pid[i--] = t->pid[--t->count];
	}
}

static void wait_for(struct team *t, double until, int stop)
{
	const struct timespec ms = { 0, 1000000 };

	while (t->count && !t->killed && sigpact__stress_now() < until) {
		if (stop && t->shared->stop)
			break;
		nanosleep(&ms, NULL);
		reap(t);
		if (t->shared->failed)
			break;
	}
}

static void finish(struct team *t)
{
	int i;

	t->seconds = sigpact__stress_now() - t->begun;
	__atomic_store_n(&t->shared->stop, 1, __ATOMIC_RELEASE);
	if (!t->killed && !t->shared->failed)
		wait_for(t, sigpact__stress_now() + GRACE_MS / 1e3, 0);
	for (i = 0; i < t->count; i++)
		kill(t->pid[i], SIGKILL);
	for (i = 0; i < t->count; i++)
		waitpid(t->pid[i], NULL, 0);
}

static uint64_t signals(const struct sigpact__stress *s)
{
	uint64_t n = 0;
	size_t i, k;

	for (i = 0; i < STRESS_PROCESSES; i++)
		for (k = 0; k < STRESS_WORKERS; k++)
			n += s->signals[i][k];
	return n;
}

/* Whose registers those are that were found. */
static const char *whose(const struct sigpact__stress *s, int processes)
{
	static struct sigpact__vector v;
	uint32_t seed, end = sigpact__stress_seed((uint32_t)processes, 0, 0);
	char what[STRESS_TEXT];

	for (seed = 0; seed < end; seed++) {
		sigpact__vector_fill(&v, seed);
		if (sigpact__vector_differ(&v, &s->out, s->levels, what,
					   sizeof what))
			continue;
		return (seed ^ s->turn) == 1 ? "its own of before" :
		       seed / 2 / (STRESS_WORKERS + 1) == s->process ?
			       "another thread's" : "another process's";
	}
	return "wrong values";
}

static void cure(struct sigpact__probed *p)
{
	struct rlimit limit;
	const long least = 1 << 20;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || !geteuid() ||
	    limit.rlim_cur >= (rlim_t)least)
		sigpact__probe_cure(p, VECTOR_LOST,
			"upgrade the kernel; until then lock alternate stacks: "
			"SIGPACT_STACK_LOCKED, sigpact(3)");
	else
		sigpact__probe_cure(p, VECTOR_LOST,
			"upgrade the kernel; until then lock alternate stacks: "
			"SIGPACT_STACK_LOCKED, sigpact(3); RLIMIT_MEMLOCK is "
			"%ju KiB, too little for many: ulimit -l 1024",
			(uintmax_t)limit.rlim_cur / 1024);
}

static void names(unsigned levels, char *to, size_t size)
{
	unsigned bit;
	size_t n = 0;

	*to = 0;
	for (bit = 0; sigpact__vector_level_name(bit) && n < size; bit++)
		if (levels >> bit & 1)
			n += (size_t)snprintf(to + n, size - n, "%s%s",
					      n ? ", " : "",
					      sigpact__vector_level_name(bit));
}

static void tell(struct sigpact__probed *p, const struct team *t, int processes)
{
	const struct sigpact__stress *s = t->shared;
	uint64_t n = signals(s);
	char all[STRESS_TEXT];

	names(s->levels, all, sizeof all);
	if (s->found) {
		sigpact__probe_says(p, SAID_FOUND,
				    "%s lost after %.2f s and %ju signals, had "
				    "%s", s->what, s->found_at - t->begun,
				    (uintmax_t)n, whose(s, processes));
		cure(p);
	} else if (t->killed && t->killed != SIGKILL) {
		sigpact__probe_says(p, SAID_FOUND,
				    "a process was killed by signal %d, "
				    "%s, after %.2f s and %ju signals",
				    t->killed, strsignal(t->killed), t->seconds,
				    (uintmax_t)n);
		cure(p);
	} else if (t->killed || s->failed)
		sigpact__probe_says(p, SAID_UNKNOWN, "%s: %s",
				    s->failed ? s->failed_at : "a process",
				    s->failed ? strerror(s->error) : "killed");
	else if (n < LEAST_SIGNALS || t->cpus < 2)
		sigpact__probe_says(p, SAID_UNKNOWN,
				    "no loss, but %ju signals in %.1f s on %d "
				    "CPU%s tell little", (uintmax_t)n,
				    t->seconds, t->cpus,
				    t->cpus == 1 ? "" : "s");
	else
		sigpact__probe_says(p, SAID_SOUND,
				    "%ju signals in %.1f s, %d threads: %s",
				    (uintmax_t)n, t->seconds,
				    processes * STRESS_WORKERS, all);
}

void sigpact__probe_vector(struct sigpact__probed *p,
			   const struct sigpact__probing *g)
{
	struct team t = { .begun = sigpact__stress_now() };
	int e, processes;

	if (!sigpact__vector_level_name(0)) {
		sigpact__probe_says(p, SAID_UNKNOWN, "not for this "
						     "architecture yet");
		return;
	}
	t.shared = sigpact__probe_share(sizeof *t.shared);
	e = t.shared ? start(&t, g) : -ENOMEM;
	processes = t.count;
	if (!e)
		wait_for(&t, t.begun + g->seconds, 1);
	if (t.shared)
		finish(&t);
	if (e)
		sigpact__probe_says(p, SAID_UNKNOWN, "%s", strerror(-e));
	else
		tell(p, &t, processes);
	if (t.shared)
		sigpact__probe_unshare(t.shared, sizeof *t.shared);
}
