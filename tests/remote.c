/* What a held thread finds when it is let go: signals that came meanwhile, its
   actions, stops by job control, its registers. */
#include "held.h"

static int list[] = { SIGUSR1, SIGUSR2, SIGWINCH, SIGSEGV, SIGTRAP, SIGCHLD };
enum { SIGNALS = sizeof list / sizeof *list };

static struct {
	volatile int count[65], value[65], pid[65];
} *got;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got->count[sig]++;
	got->value[sig] = info->si_value.sival_int;
	got->pid[sig] = info->si_pid;
}

static void nothing(int sig)
{
	(void)sig;
}

static void catch_all(void)
{
	struct sigaction a = { .sa_flags = SA_SIGINFO };
	int i;

	a.sa_sigaction = handler;
	for (i = 0; i < SIGNALS; i++)
		sigaction(list[i], &a, NULL);
	busy();
}

static void queue(pid_t pid, int sig, int value)
{
	union sigval v = { .sival_int = value };

	if (sigqueue(pid, sig, v))
		bail("sigqueue");
}

/* To the thread alone. */
static void queue_thread(pid_t pid, int sig, int value)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	info.si_value.sival_int = value;
	syscall(SYS_rt_tgsigqueueinfo, pid, pid, sig, &info);
}

enum how { CALL, CODE, FUNCTION, HOW };

static long add(long a, long b, long c)
{
	return a + b * c;
}

static int act(struct sigpact__remote *r, enum how how)
{
	struct sigpact__act actions[65];
	const long arguments[3] = { 2, 5, 8 };
	long result = 0;
	stack_t ss;

	if (how == CALL)
		return call(r, SYS_getpid) == r->pid;
	if (how == CODE)
		return !ask(r, &ss, actions);
	return !sigpact__remote_function(r, (uintptr_t)add, arguments, 10000,
					 &result) &&
	       result == 42;
}

static void signals(enum how how, const char *what,
		    void (*send)(pid_t, int, int))
{
	pid_t pid = child(catch_all);
	struct sigpact__remote r;
	int i, good, early = 0;

	memset((void *)got, 0, sizeof *got);
	good = !sigpact__remote_hold(&r, pid, pid, 10000);
	for (i = 0; i < SIGNALS; i++)
		send(pid, list[i], 100 + i);
	good = good && act(&r, how) && act(&r, CALL) && act(&r, how);
	for (i = 0; i < SIGNALS; i++)
		early += got->count[list[i]];
	sigpact__remote_release(&r);
	for (i = 0; i < SIGNALS; i++)
		good = WAIT_FOR(got->count[list[i]]) &&
		       got->value[list[i]] == 100 + i &&
		       got->pid[list[i]] == getpid() && good;
	good = works() && good;
	for (i = 0; i < SIGNALS; i++)
		good = good && got->count[list[i]] == 1;
	shared->stop = 1;
	ok(!ended(pid) && good && !early,
	   "%s: signals that came meanwhile come afterwards", what);
}

/* Ignored, and blocked with a handler: a forced signal would change both. */
static void trap_ignored(void)
{
	signal(SIGTRAP, SIG_IGN);
	signal(SIGWINCH, SIG_IGN);
	busy();
	shared->result = signal(SIGTRAP, SIG_DFL) == SIG_IGN &&
			 signal(SIGWINCH, SIG_DFL) == SIG_IGN;
}

static void trap_blocked(void)
{
	sigset_t all;
	struct sigaction a = { .sa_handler = nothing };

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigaction(SIGTRAP, &a, NULL);
	busy();
	sigaction(SIGTRAP, NULL, &a);
	sigprocmask(SIG_SETMASK, NULL, &all);
	shared->result = a.sa_handler == nothing &&
			 sigismember(&all, SIGTRAP) &&
			 sigismember(&all, SIGWINCH);
}

/* Held once for each. */
static int every_way(pid_t pid)
{
	struct sigpact__remote r;
	int how, good = 1;

	for (how = 0; how < HOW; how++) {
		good = !sigpact__remote_hold(&r, pid, pid, 10000) &&
		       act(&r, how) && good;
		sigpact__remote_release(&r);
	}
	return good;
}

static void trap(void (*body)(void), const char *what)
{
	pid_t pid = child(body);
	int good = every_way(pid);

	shared->stop = 1;
	ok(!ended(pid) && good && shared->result, "%s", what);
}

static int stays_stopped(pid_t pid)
{
	uint64_t before = shared->work;

	ms(30);
	return state_of(pid) == 'T' && shared->work == before;
}

static int goes_on(pid_t pid)
{
	int good;

	kill(pid, SIGCONT);
	good = works();
	shared->stop = 1;
	return !ended(pid) && good;
}

static void stopped(void)
{
	pid_t pid = child(busy);
	struct sigpact__remote r;
	int good, how;

	kill(pid, SIGSTOP);
	good = WAIT_FOR(state_of(pid) == 'T');
	for (how = 0; how < HOW; how++) {
		good = !sigpact__remote_hold(&r, pid, pid, 10000) &&
		       r.group_stopped && act(&r, how) && good;
		sigpact__remote_release(&r);
		good = WAIT_FOR(state_of(pid) == 'T') && stays_stopped(pid) &&
		       good;
	}
	ok(goes_on(pid) && good, "a stopped process is stopped afterwards");
}

static void stopped_meanwhile(int sig)
{
	pid_t pid = child(busy);
	struct sigpact__remote r;
	int good, how;

	good = !sigpact__remote_hold(&r, pid, pid, 10000) && !r.group_stopped;
	kill(pid, sig);
	for (how = 0; how < HOW; how++)
		good = act(&r, how) && good;
	sigpact__remote_release(&r);
	good = WAIT_FOR(state_of(pid) == 'T') && stays_stopped(pid) && good;
	ok(goes_on(pid) && good, "signal %d meanwhile stops it afterwards", sig);
}

static void continued_meanwhile(void)
{
	pid_t pid = child(busy);
	struct sigpact__remote r;
	int good, how;

	kill(pid, SIGSTOP);
	good = WAIT_FOR(state_of(pid) == 'T') &&
	       !sigpact__remote_hold(&r, pid, pid, 10000);
	kill(pid, SIGCONT);
	for (how = 0; how < HOW; how++)
		good = act(&r, how) && good;
	sigpact__remote_release(&r);
	good = works() && good;
	shared->stop = 1;
	ok(!ended(pid) && good, "SIGCONT meanwhile: it goes on afterwards");
}

/* Floating point that a function would change. */
static long spoil(void)
{
	volatile double d = 1.25;
	int i;

	for (i = 0; i < 100; i++)
		d = d * 1.5 + i;
	return (long)d != 0;
}

static void sums(void)
{
	double x = 0, y = 1, z = 2;
	long i;

	shared->ready = 1;
	for (i = 0; !shared->stop || i < 1000; i++) {
		x = x + 1;
		y = y + 2;
		z = z + 3;
		if (y != 2 * x + 1 || z != 3 * x + 2)
			shared->error++;
		shared->work++;
	}
}

static void computing(void)
{
	const long none[3] = { 0 };
	pid_t pid = child(sums);
	struct sigpact__remote r;
	long result;
	int i, good = 1;

	for (i = 0; i < 200 && good; i++) {
		good = !sigpact__remote_hold(&r, pid, pid, 10000) &&
		       !sigpact__remote_function(&r, (uintptr_t)spoil, none,
						 10000, &result) &&
		       result == 1;
		sigpact__remote_release(&r);
	}
	good = works() && good;
	shared->stop = 1;
	ok(!ended(pid) && good && !shared->error,
	   "registers of a thread that computes, by %d functions", i);
}

static volatile long *nowhere; /* a page without rights */

static long fault(void)
{
	return *nowhere;
}

static long forever(void)
{
	for (;;)
		__asm__ volatile("");
	return 0;
}

static void failing(void)
{
	const long none[3] = { 0 };
	pid_t pid = child(catch_all);
	struct sigpact__remote r;
	long result = 77;
	int good;

	memset((void *)got, 0, sizeof *got);
	good = !sigpact__remote_hold(&r, pid, pid, 10000) &&
	       sigpact__remote_function(&r, (uintptr_t)fault, none, 10000,
					&result) == -EFAULT &&
	       act(&r, FUNCTION);
	sigpact__remote_release(&r);
	good = works() && good;
	ok(good && !got->count[SIGSEGV] && result == 77,
	   "a function that faults is left again");
	good = !sigpact__remote_hold(&r, pid, pid, 10000) &&
	       sigpact__remote_function(&r, (uintptr_t)forever, none, 20,
					&result) == -ETIMEDOUT &&
	       act(&r, FUNCTION);
	sigpact__remote_release(&r);
	good = works() && good;
	ok(good && result == 77, "a function that does not return is, too");
	kill(pid, SIGSEGV);
	good = WAIT_FOR(got->count[SIGSEGV]);
	shared->stop = 1;
	ok(!ended(pid) && good, "and SIGSEGV's handler is there");
}

/* Compares with what the process says of itself. */
static void actions_said(void)
{
	static char memory[65536];
	struct sigaction a = { .sa_flags = SA_ONSTACK | SA_RESTART };
	int sig;

	shared->ss.ss_sp = memory;
	shared->ss.ss_size = sizeof memory;
	sigaltstack(&shared->ss, NULL);
	sigaltstack(NULL, &shared->ss);
	a.sa_handler = nothing;
	sigaddset(&a.sa_mask, SIGURG);
	sigaction(SIGUSR1, &a, NULL);
	sigaction(64, &a, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (sig = 1; sig < 65; sig++)
		syscall(SYS_rt_sigaction, sig, NULL, shared->action[sig], 8);
	busy();
}

static void actions(void)
{
	struct sigpact__act seen[65];
	pid_t pid = child(actions_said);
	struct sigpact__remote r;
	stack_t ss;
	int good, i;

	for (i = 0; i < 2; i++) {
		memset(seen, 0xff, sizeof seen);
		good = !sigpact__remote_hold(&r, pid, pid, 10000) &&
		       !ask(&r, &ss, seen);
		sigpact__remote_release(&r);
		good = good && !memcmp(seen + 1, shared->action + 1,
				       64 * sizeof *seen) &&
		       ss.ss_sp == shared->ss.ss_sp &&
		       ss.ss_size == shared->ss.ss_size && !ss.ss_flags &&
		       seen[SIGUSR1].handler == (uintptr_t)nothing;
		ok(good, "64 actions and the alternate stack");
	}
	shared->stop = 1;
	ok(!ended(pid), "and it ends as it would");
}

/* Two that our code could end by, ignored, blocked and pending. */
static void has_pending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGURG);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGWINCH, SIG_IGN);
	kill(getpid(), SIGWINCH);
	syscall(SYS_tgkill, getpid(), getpid(), SIGURG);
	busy();
	shared->result = !sigpending(&set) && sigismember(&set, SIGWINCH) &&
			 sigismember(&set, SIGURG);
}

static int pending(pid_t pid, const char *whose, int sig)
{
	char path[64], line[256];
	unsigned long set = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, whose, 7))
			set = strtoul(line + 7, NULL, 16);
	if (f)
		fclose(f);
	return set == 1ul << (sig - 1);
}

static void stays_whose(void)
{
	pid_t pid = child(has_pending);
	int good = every_way(pid) && pending(pid, "ShdPnd:", SIGWINCH) &&
		   pending(pid, "SigPnd:", SIGURG);

	shared->stop = 1;
	ok(!ended(pid) && good && shared->result,
	   "what is pending for the process stays so, for the thread too");
}

int main(void)
{
	got = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	actions();
	signals(CALL, "calls", queue);
	signals(CODE, "actions", queue);
	signals(FUNCTION, "functions", queue);
	signals(CALL, "calls, to the thread", queue_thread);
	signals(CODE, "actions, to the thread", queue_thread);
	signals(FUNCTION, "functions, to the thread", queue_thread);
	trap(trap_ignored, "what ignores SIGTRAP still does");
	trap(trap_blocked, "what blocks SIGTRAP still has its handler");
	stays_whose();
	stopped();
	stopped_meanwhile(SIGSTOP);
	stopped_meanwhile(SIGTSTP);
	continued_meanwhile();
	computing();
	failing();
	return done();
}
