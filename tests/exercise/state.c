/* The workload of `sigpact exercise` leaves a process as it found it, bit for
   bit, as the process itself and as others see it. */
#include "exercise.h"
#include "seen.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AUTODISARM (1u << 31)

static void nothing(int sig)
{
	(void)sig;
}

/* A process as odd as it can be: each signal's action, the alternate stack, the
   mask, what is pending, and timers that run. */
static void dress(void)
{
	struct itimerval run = { { 7, 5 }, { 5000, 3 } };
	struct itimerspec later = { .it_value.tv_sec = 4000 };
	static char memory[65536];
	stack_t s = { .ss_sp = memory, .ss_size = sizeof memory,
		      .ss_flags = (int)AUTODISARM };
	struct sigaction action;
	sigset_t set;
	timer_t timer;
	int i;

	for (i = 1; i < SIGNALS; i++) {
		memset(&action, 0, sizeof action);
		action.sa_handler = i % 3 ? i % 3 == 1 ? SIG_IGN : nothing
					  : SIG_DFL;
		action.sa_flags = (i & 4 ? SA_ONSTACK : 0) |
				  (i & 8 ? (int)SA_RESETHAND : 0) |
				  (i & 16 ? SA_NODEFER : 0);
		sigaddset(&action.sa_mask, i);
		if (i != SIGCHLD)
			sigaction(i, &action, NULL);
	}
	sigaltstack(&s, NULL);
	sigemptyset(&set);
	sigaddset(&set, 64);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_SETMASK, &set, NULL);
	raise(SIGUSR1);
	kill(getpid(), SIGWINCH);
	for (i = 0; i < 3; i++)
		setitimer(i, &run, NULL);
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	timer_settime(timer, 0, &later, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
}

static void plain(void)
{
}

/* What a careless workload would leave; each must be seen. */
static void leave_flag(void)
{
	struct sigaction a;

	sigaction(40, NULL, &a);
	a.sa_flags ^= SA_RESTART;
	sigaction(40, &a, NULL);
}

static void leave_mask(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, 50);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void leave_stack(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	sigaltstack(&none, NULL);
}

static void leave_timer(void)
{
	struct itimerval none = { .it_value.tv_sec = 0 };

	setitimer(ITIMER_PROF, &none, NULL);
}

static void leave_group(void)
{
	setpgid(0, 0);
}

static void leave_file(void)
{
	open("/dev/null", O_RDONLY);
}

static void exercise(void)
{
	struct sigpact__exercise x = { .families = ~0u, .threads = 8,
				       .repeat = 5 };

	x.families >>= EXERCISE_FAMILIES - sigpact__family_count;
	if (sigpact__exercise_run(&x))
		printf("# %s: %s: %ld instead of %ld\n",
		       x.family ? x.family : "all", x.step ? x.step : "",
		       x.got, x.wanted);
}

struct shared {
	struct inside before, after;
};

/* In the child: tells by a byte that it can be looked at, and waits for one. */
static void meet(int to, int from)
{
	char byte = 0;

	if (write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1)
		_exit(1);
}

/* Does a process that put on `wear` look the same after `act`? */
static int same(void (*wear)(void), void (*act)(void))
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct outside *before, *after;
	int down[2], up[2], wrong;
	char byte;
	pid_t pid;

	if (pipe(down) || pipe(up))
		bail("no pipe");
	pid = fork();
	if (!pid) {
		wear();
		look_inside(&s->before);
		meet(up[1], down[0]);
		act();
		look_inside(&s->after);
		meet(up[1], down[0]);
		fflush(stdout);
		_exit(0);
	}
	if (read(up[0], &byte, 1) != 1)
		bail("no child");
	before = look_outside(pid);
	if (write(down[1], "", 1) != 1 || read(up[0], &byte, 1) != 1)
		bail("the child ended");
	after = look_outside(pid);
	if (write(down[1], "", 1) != 1)
		bail("the child ended");
	waitpid(pid, NULL, 0);
	wrong = inside_differs(&s->before, &s->after);
	wrong |= outside_differs(before, after);
	close(down[0]);
	close(down[1]);
	close(up[0]);
	close(up[1]);
	munmap(s, sizeof *s);
	return !wrong;
}

int main(void)
{
	setpgid(0, 0);
	ok(same(plain, exercise), "a plain process is as it was");
	ok(same(dress, exercise), "an odd one is");
	ok(!same(dress, leave_flag), "a flag left would be seen");
	ok(!same(dress, leave_mask), "a mask would");
	ok(!same(dress, leave_stack), "an alternate stack would");
	ok(!same(dress, leave_timer), "a timer would");
	ok(!same(dress, leave_group), "a process group would");
	ok(!same(dress, leave_file), "a descriptor would");
	return done();
}
