/* A Go library is loaded while domains are in use.  Go puts its own handler
   before theirs for SIGSEGV, SIGBUS and SIGFPE and adds SA_ONSTACK to the tick's;
   domains and ticks go on, and Go's own nil dereference is still a panic.

	go LIBRARY */
#include "domain.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile long ticks;
static int (*add)(int, int);
static int (*recovers)(void);
static long long (*spin)(int);

static void by_zero(void *unused)
{
	volatile int zero = 0, seven = 7;

	(void)unused;
	seven = seven / zero;
}

static void on_tick(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	ticks += sigpact_domain_tick(uc);
}

static void null_write(void *unused)
{
	volatile char *volatile p = NULL;

	(void)unused;
	*p = 1;
}

static double sum(void)
{
	double s = 0;
	int i;

	for (i = 1; i < 3000000; i++)
		s += 1.0 / i;
	return s;
}

static void sums(void *to)
{
	*(double *)to = sum();
}

static int survives(struct sigpact_domain *d, int times)
{
	struct sigpact_fault f;
	int i;

	for (i = 0; i < times; i++) {
		if (sigpact_domain_call(d, overflow, NULL, &f) != SIGSEGV ||
		    f.kind != SIGPACT_FAULT_OVERFLOW ||
		    sigpact_domain_call(d, null_write, NULL, &f) != SIGSEGV ||
		    f.kind != SIGPACT_FAULT_NULL ||
		    sigpact_domain_call(d, by_zero, NULL, &f) != SIGFPE)
			return 0;
		if (add && add(i, 1) != i + 1)
			return 0;
	}
	return 1;
}

static int ticked(struct sigpact_domain *d)
{
	struct itimerspec every = { { 0, 300000 }, { 0, 300000 } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGALRM };
	double s = 0, alone = sum();
	long before = ticks;
	timer_t timer;
	int r;

	event.sigev_notify_thread_id = gettid();
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &every, NULL);
	r = sigpact_domain_call(d, sums, &s, NULL);
	while (r == SIGPACT_PARKED)
		r = sigpact_domain_resume(d, NULL);
	timer_delete(timer);
	return r == 0 && s == alone && ticks > before;
}

static void enters_go(void *sum)
{
	*(int *)sum = add(40, 2);
	recovers();
}

static void *thread(void *good)
{
	struct sigpact_domain *d;

	/* Go leaves this thread, which had no alternate stack, without one */
	add(1, 2);
	if (sigpact_domain_create(0, 0, &d))
		return NULL;
	*(int *)good = survives(d, 100) && ticked(d);
	sigpact_domain_destroy(d);
	return NULL;
}

static void in_thread(const char *name)
{
	pthread_t t;
	int good = 0;

	pthread_create(&t, NULL, thread, &good);
	pthread_join(t, NULL);
	ok(good, "%s", name);
}

static void load(const char *file)
{
	void *go = dlopen(file, RTLD_NOW);

	if (!go)
		bail(dlerror());
	*(void **)&add = dlsym(go, "Add");
	*(void **)&recovers = dlsym(go, "Recovers");
	*(void **)&spin = dlsym(go, "Spin");
	if (!add || !recovers || !spin)
		bail("not our Go library");
}

static void none(void)
{
	*step = recovers();
	null_write(NULL);
}

int main(int argc, char **argv)
{
	struct sigaction a = { .sa_sigaction = on_tick,
			       .sa_flags = SA_SIGINFO | SA_RESTART }, before, now;
	struct sigpact_domain *d = domain_new(0, 0), *later;
	int n = 0;

	(void)argc;
	steps_share();
	sigaction(SIGALRM, &a, NULL);
	ok(survives(d, 100) && ticked(d), "before: faults and ticks");
	sigaction(SIGSEGV, NULL, &before);
	load(argv[1]);
	sigaction(SIGSEGV, NULL, &now);
	ok(now.sa_sigaction != before.sa_sigaction, "Go took SIGSEGV");
	ok(survives(d, 1000), "loaded: faults in the domain made before");
	ok(ticked(d), "… and ticks, on the alternate stack now");
	ok(recovers() == 1, "Go's nil dereference is a panic, recovered");
	in_thread("in a thread that Go was in");
	later = domain_new(0, 0);
	sigaction(SIGSEGV, NULL, &now);
	ok(now.sa_sigaction != before.sa_sigaction && survives(later, 1000) &&
	       survives(d, 1000),
	   "a domain made later takes the action over again");
	ok(recovers() == 1, "Go's nil dereference still is a panic");
	ok(sigpact_domain_call(d, enters_go, &n, NULL) == 0 && n == 42 &&
	       survives(d, 100),
	   "in a domain too");
	in_thread("and in another thread");
	ok(spin(500) > 0 && survives(d, 100), "Go preempts its own");
	ok(died_by(child(none), SIGSEGV), "a fault outside kills");
	return done();
}
