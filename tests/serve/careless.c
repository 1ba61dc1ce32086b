/* What preemption is without the care that sigpact-serve takes: four computations
   on stacks of their own, a timer each 300 us, and a handler that switches to
   another one right away.  That works, until a Go library is loaded, which adds
   SA_ONSTACK to the handler: the frames of those that wait then lie on one
   alternate stack, one over the other.  The same with ticks, which edit the frame
   and let the code switch by itself, is right with Go as well.

	careless LIBRARY */
#include "tap.h"

#include <dlfcn.h>
#include <signal.h>
#include <sigpact.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COUNT = 4, STACK = 1 << 18, STEPS = 6000000 };

static struct sigpact_context context[COUNT + 1]; /* the last: who waits */
static volatile int running, ended[COUNT];
static double result[COUNT];
static sigset_t tick;

/* Several values live in vector registers all the time. */
__attribute__((noinline)) static double compute(int n)
{
	double a = 0.3 + n * 0.01, b = 0.5, c = 0.7, sum = 0;
	long i;

	for (i = 0; i < STEPS; i++) {
		a = 3.71 * a * (1 - a);
		b = 3.83 * b * (1 - b) + a * 1e-9;
		c = 3.97 * c * (1 - c) - b * 1e-9;
		sum += a - b + c;
	}
	return sum;
}

static int next(void)
{
	int i;

	for (i = 1; i <= COUNT; i++)
		if (!ended[(running + i) % COUNT])
			return (running + i) % COUNT;
	return COUNT;
}

static void go_on(int to)
{
	int from = running;

	running = to;
	if (to != from)
		sigpact_context_switch(&context[from], &context[to]);
}

static void careless(int sig, siginfo_t *info, void *uc)
{
	if (running < COUNT)
		go_on(next());
}

static void by_switch(void *unused)
{
	int n = running;

	result[n] = compute(n);
	sigprocmask(SIG_BLOCK, &tick, NULL);
	ended[n] = 1;
	go_on(next());
}

static void careful(int sig, siginfo_t *info, void *uc)
{
	sigpact_domain_tick(uc);
}

static void by_domain(void *unused)
{
	int n = running;

	result[n] = compute(n);
}

static void all_by_switch(void)
{
	static char stack[COUNT][STACK];
	int i;

	for (i = 0; i < COUNT; i++)
		sigpact_context_make(&context[i], stack[i], STACK, by_switch,
				     NULL);
	running = COUNT;
	go_on(0);
}

static void all_by_domain(void)
{
	struct sigpact_domain *domain[COUNT];
	int i, r, left = COUNT, begun[COUNT] = { 0 };

	for (i = 0; i < COUNT; i++)
		sigpact_domain_create(STACK, 0, &domain[i]);
	for (i = 0; left; i = (i + 1) % COUNT) {
		if (ended[i])
			continue;
		running = i;
		r = begun[i] ? sigpact_domain_resume(domain[i], NULL)
			     : sigpact_domain_call(domain[i], by_domain, NULL,
						   NULL);
		begun[i] = 1;
		if (r != SIGPACT_PARKED) {
			ended[i] = 1;
			left--;
		}
	}
}

static void child(void (*handler)(int, siginfo_t *, void *), void (*all)(void),
		  const char *library)
{
	struct itimerspec every = { { 0, 300000 }, { 0, 300000 } };
	struct sigaction a = { .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER };
	int (*add)(int, int);
	void *go;
	timer_t timer;
	int i;

	alarm(30);
	a.sa_sigaction = handler;
	sigaction(SIGUSR1, &a, NULL);
	if (library) {
		go = dlopen(library, RTLD_NOW);
		*(void **)&add = go ? dlsym(go, "Add") : NULL;
		if (!add || add(40, 2) != 42)
			_exit(3);
	}
	sigpact_altstack_arm(0);
	if (timer_create(CLOCK_MONOTONIC, &(struct sigevent){
			.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1,
			._sigev_un._tid = gettid() }, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		_exit(3);
	all();
	memset(&every, 0, sizeof every);
	timer_settime(timer, 0, &every, NULL);
	for (i = 0; i < COUNT; i++)
		if (result[i] != compute(i))
			_exit(1);
	_exit(0);
}

enum end { RIGHT, WRONG, KILLED, UNUSABLE };

static enum end run(void (*handler)(int, siginfo_t *, void *),
		    void (*all)(void), const char *library)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		child(handler, all, library);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return UNUSABLE;
	if (WIFSIGNALED(status))
		return KILLED;
	return WEXITSTATUS(status) == 0	  ? RIGHT
	       : WEXITSTATUS(status) == 1 ? WRONG
					  : UNUSABLE;
}

int main(int argc, char **argv)
{
	static const char *const ends[] = { "right", "wrong results", "killed",
					    "not run" };
	enum end end;
	int i, broken = 0, good = 0;

	if (argc != 2)
		bail("which library?");
	sigemptyset(&tick);
	sigaddset(&tick, SIGUSR1);
	end = run(careless, all_by_switch, NULL);
	ok(end == RIGHT, "switching in the handler: %s", ends[end]);
	for (i = 0; i < 5; i++) {
		end = run(careless, all_by_switch, argv[1]);
		broken += end == WRONG || end == KILLED;
	}
	ok(broken == 5, "the same with Go: broken %d of 5, at last %s", broken,
	   ends[end]);
	for (i = 0; i < 5; i++)
		good += run(careful, all_by_domain, argv[1]) == RIGHT;
	ok(good == 5, "by ticks with Go: right %d of 5", good);
	return done();
}
