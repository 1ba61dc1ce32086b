/* Ticks: domains that are parked wherever a timer's signal finds them compute
   what they would alone, with the handler on either stack. */
#include "domain.h"
#include "x86_64/witness.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { DOMAINS = 4, TICK_US = 150 };

static volatile long ticks, parked;

static void on_tick(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	ticks++;
	parked += sigpact_domain_tick(uc);
}

static void ticking(int flags, int sig, long us)
{
	struct sigaction a = { .sa_sigaction = on_tick,
			       .sa_flags = SA_SIGINFO | SA_RESTART | flags };
	struct itimerval every = { { 0, us }, { 0, us } };

	sigaction(sig, &a, NULL);
	ticks = parked = 0;
	setitimer(ITIMER_REAL, &every, NULL);
}

static void quiet(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &never, NULL);
}

/* Floating point, in vector registers and on the x87 stack, and errno. */
struct work {
	double sum;
	long double x87;
	long wrong;
	int number;
};

__attribute__((noinline)) static void compute(struct work *w)
{
	double sum = 0;
	long double x = 0;
	long i;

	errno = 1000 + w->number;
	for (i = 1; i < 300000; i++) {
		sum += 1.0 / (double)(i + w->number);
		x += 1.0L / (long double)(i * (w->number + 1));
		w->wrong += errno != 1000 + w->number;
	}
	w->sum = sum;
	w->x87 = x;
}

static void works(void *work)
{
	compute(work);
}

/* Until all have returned, in turn; errno is spoilt in between. */
static int take_turns(struct sigpact_domain **d, struct work *w)
{
	int r[DOMAINS], parked_now = 0, bad = 0, i;

	for (i = 0; i < DOMAINS; i++) {
		memset(&w[i], 0, sizeof w[i]);
		w[i].number = i;
		r[i] = sigpact_domain_call(d[i], works, &w[i], NULL);
		parked_now += r[i] == SIGPACT_PARKED;
	}
	for (i = 0; parked_now; i = (i + 1) % DOMAINS) {
		if (r[i] != SIGPACT_PARKED)
			continue;
		errno = 7;
		r[i] = sigpact_domain_resume(d[i], NULL);
		parked_now -= r[i] != SIGPACT_PARKED;
	}
	for (i = 0; i < DOMAINS; i++)
		bad += r[i] != 0;
	return !bad;
}

static void preempted(const char *name, int flags)
{
	struct sigpact_domain *d[DOMAINS];
	struct work alone[DOMAINS], w[DOMAINS];
	int i, good = 1, round;

	for (i = 0; i < DOMAINS; i++) {
		d[i] = domain_new(0, 0);
		memset(&alone[i], 0, sizeof alone[i]);
		alone[i].number = i;
		compute(&alone[i]);
	}
	ticking(flags, SIGALRM, TICK_US);
	for (round = 0; round < 10; round++) {
		good &= take_turns(d, w);
		for (i = 0; i < DOMAINS; i++)
			good &= w[i].sum == alone[i].sum && !w[i].wrong &&
				w[i].x87 == alone[i].x87;
	}
	quiet();
	if (!ok(good && parked > 20, "%s", name))
		printf("# %ld ticks, %ld parked; the first: %.17g, alone %.17g, "
		       "errno wrong %ld times\n", ticks, parked, w[0].sum,
		       alone[0].sum, w[0].wrong);
	for (i = 0; i < DOMAINS; i++)
		sigpact_domain_destroy(d[i]);
}

/* Every register, with a tick while it is held. */
static const char *differs;
static enum witness_level level;

static void holds(void *spins)
{
	long call[4] = { SYS_tgkill, getpid(), (long)syscall(SYS_gettid),
			 SIGALRM };
	static __thread struct witness in, out;
	uint64_t i;

	for (i = 0; i < 200 && !differs; i++) {
		witness_fill(&in, i);
		witness_hold(&in, &out, level, spins ? 2000 : 0, call);
		differs = witness_compare(&in, &out, level, !spins);
	}
}

static void registers(int flags, void *spins, const char *name)
{
	struct sigpact_domain *d = domain_new(0, 0);
	long n = 0;
	int r;

	differs = NULL;
	ticking(flags, SIGALRM, spins ? 100 : 0);
	r = sigpact_domain_call(d, holds, spins, NULL);
	for (; r == SIGPACT_PARKED; n++) {
		witness_spoil(level);
		r = sigpact_domain_resume(d, NULL);
	}
	quiet();
	if (!ok(r == 0 && !differs && n >= (spins ? 1 : 200),
		"every register: %s", name))
		printf("# %d after %ld, %s\n", r, n, differs ? differs : "-");
	sigpact_domain_destroy(d);
}

/* A stack that runs full while ticks arrive: always an overflow. */
static void full(int flags, const char *name)
{
	struct sigpact_domain *d = domain_new(64 << 10, 0);
	struct sigpact_fault f;
	int i, r, bad = 0;

	ticking(flags, SIGALRM, 50);
	for (i = 0; i < 5000; i++) {
		r = sigpact_domain_call(d, overflow, NULL, &f);
		while (r == SIGPACT_PARKED)
			r = sigpact_domain_resume(d, &f);
		bad += r != SIGSEGV || f.kind != SIGPACT_FAULT_OVERFLOW;
	}
	quiet();
	ok(!bad, "5,000 overflows under ticks: %s", name);
	sigpact_domain_destroy(d);
}

/* Where a tick must not park. */
static int answer;

static void in_handler(int sig)
{
	(void)sig;
	answer = -1;
	raise(SIGALRM);
	answer = (int)parked;
}

static void masks(void *unused)
{
	sigset_t one;

	(void)unused;
	sigemptyset(&one);
	sigaddset(&one, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	raise(SIGALRM);
	answer = (int)parked;
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void handles(void *unused)
{
	(void)unused;
	raise(SIGUSR1);
}

static void raises_tick(void *unused)
{
	(void)unused;
	raise(SIGALRM);
}

/* As sigfillset leaves it, with the two signals that cannot be blocked. */
static void promised(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	static const int open[] = { SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				    SIGTRAP };
	sigset_t most, before;
	unsigned i;
	int r;

	sigfillset(&most);
	for (i = 0; i < sizeof open / sizeof *open; i++)
		sigdelset(&most, open[i]);
	sigpact_domain_mask_set(d, &most);
	pthread_sigmask(SIG_SETMASK, &most, &before);
	ticking(0, SIGALRM, 0);
	r = sigpact_domain_call(d, raises_tick, NULL, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	ok(r == SIGPACT_PARKED && sigpact_domain_resume(d, NULL) == 0,
	   "a promised mask with SIGKILL in it: parks");
	sigpact_domain_destroy(d);
}

static void vforks(void *unused)
{
	int status;
	pid_t pid = vfork();

	(void)unused;
	if (!pid) { /* musl's raise would reach the parent's thread */
		kill(getpid(), SIGALRM);
		_exit(ticks == 1 && !parked ? 7 : 8);
	}
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		*step = WEXITSTATUS(status);
}

static void in_vfork(void)
{
	struct sigpact_domain *d = domain_new(0, 0);

	ticking(0, SIGALRM, 0);
	if (!sigpact_domain_call(d, vforks, NULL, NULL))
		*step += 10;
}

static void refusals(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	int r;

	ticking(0, SIGALRM, 0);
	raise(SIGALRM);
	ok(ticks == 1 && parked == 0, "no domain: no");
	r = sigpact_domain_call(d, masks, NULL, NULL);
	ok(r == 0 && ticks == 2 && answer == 0,
	   "code that blocks signals: no");
	signal(SIGUSR1, in_handler);
	r = sigpact_domain_call(d, handles, NULL, NULL);
	ok(r == 0 && ticks == 3 && answer == 0,
	   "in the handler of another signal: no");
	sigpact_domain_destroy(d);
	ok(!VFORK_WORKS || (child(in_vfork) == 0 && *step == 17),
	   "in a vfork child: no%s", VFORK_WORKS ? "" : " # SKIP ASan's vfork");
}

/* A domain goes from thread to thread. */
static void *turn(void *domain)
{
	stack_t none = { .ss_flags = SS_DISABLE };
	int i, r = SIGPACT_PARKED;

	for (i = 0; i < 20 && r == SIGPACT_PARKED; i++)
		r = sigpact_domain_resume(domain, NULL);
	sigaltstack(&none, NULL);
	return (void *)(intptr_t)r;
}

static void moves(void)
{
	struct sigpact_domain *d = domain_new(0, 0);
	struct work alone = { .number = 3 }, w = { .number = 3 };
	int r, threads = 0;
	pthread_t t;
	void *result;

	compute(&alone);
	alone.wrong = 0;
	ticking(0, SIGALRM, 100);
	r = sigpact_domain_call(d, works, &w, NULL);
	for (; r == SIGPACT_PARKED && threads < 1000; threads++) {
		if (pthread_create(&t, NULL, turn, d) ||
		    pthread_join(t, &result))
			bail("no thread");
		r = (int)(intptr_t)result;
	}
	quiet();
	ok(r == 0 && w.sum == alone.sum && w.x87 == alone.x87,
	   "a domain that goes on in %s", threads ? "other threads" : "one");
	sigpact_domain_destroy(d);
}

int main(void)
{
	steps_share();
	sigpact_altstack_arm(0);
	level = witness_level();
	preempted("four domains in turn, native handler", 0);
	preempted("… on the alternate stack", SA_ONSTACK);
	registers(0, NULL, "native handler");
	registers(SA_ONSTACK, NULL, "on the alternate stack");
	registers(0, &level, "at any instruction");
	full(0, "native handler");
	full(SA_ONSTACK, "on the alternate stack");
	refusals();
	promised();
	moves();
	return done();
}
