/* What a tracer is tried on: known system calls in a known order, and processes
   that find out whether they are treated as if nobody traced.  Raw calls, which
   no libc changes.
	victim WHAT [NUMBER]
   Exits 0 when all went as it goes untraced; else what was wrong is printed. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *self;
static volatile int handled;
static volatile unsigned seen;
static int wrong;

static void is(int good, const char *what)
{
	if (good)
		return;
	wrong++;
	printf("# wrong: %s (%s)\n", what, strerror(errno));
	fflush(stdout);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	handled++;
	seen |= 1u << sig;
}

static void catch(int sig, int flags)
{
	struct sigaction a = { .sa_flags = SA_SIGINFO | flags };

	a.sa_sigaction = handler;
	is(!sigaction(sig, &a, NULL), "sigaction");
}

/* Each in its turn; the test has the list. */
static void sequence(int unused)
{
	static char stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof stack };
	uint64_t set = 1ull << (SIGUSR2 - 1), old;
	struct timespec no_time = { 0, 0 };
	siginfo_t info = { 0 };
	pid_t pid = getpid();

	(void)unused;
	catch(SIGUSR1, SA_ONSTACK);
	is(!syscall(SYS_sigaltstack, &ss, NULL), "sigaltstack");
	is(!syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &old, 8), "mask");
	is(!syscall(SYS_tgkill, pid, pid, SIGUSR2), "tgkill");
	is(!syscall(SYS_rt_sigpending, &old, 8) && old == set, "pending");
	is(syscall(SYS_rt_sigtimedwait, &set, &info, &no_time, 8) == SIGUSR2,
	   "sigtimedwait");
	is(!syscall(SYS_kill, pid, SIGUSR1) && handled == 1, "kill");
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 4711;
	is(!syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info) && handled == 2,
	   "sigqueueinfo");
	is(!prctl(PR_SET_NAME, "victim"), "a prctl that is none of ours");
	is(!prctl(PR_SET_PDEATHSIG, 0), "prctl");
	is(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), "it fails");
	is(!syscall(SYS_alarm, 0), "alarm");
	syscall(SYS_exit_group, wrong != 0);
}

static void *pauses(void *argument)
{
	pause();
	return argument;
}

static void *raiser(void *argument)
{
	pid_t pid = getpid(), tid = syscall(SYS_gettid);
	int i;

	(void)argument;
	for (i = 0; i < 50; i++)
		is(!syscall(SYS_tgkill, pid, tid, SIGUSR1), "tgkill");
	return NULL;
}

static void threads(int count)
{
	pthread_t t[64];
	int i;

	catch(SIGUSR1, SA_NODEFER);
	for (i = 0; i < count; i++)
		is(!pthread_create(t + i, NULL, raiser, NULL), "thread");
	for (i = 0; i < count; i++)
		pthread_join(t[i], NULL);
}

static int status_of(pid_t pid)
{
	int status = -1;

	is(waitpid(pid, &status, 0) == pid, "waitpid");
	return status;
}

static void *calls_exec(void *argument)
{
	execl(self, self, "end", argument, (char *)NULL);
	return NULL;
}

static int true_by_vfork(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	return status_of(pid);
}

/* A first thread that waits, and one that sleeps, are ended by a third's. */
static void kin(int unused)
{
	pthread_t t;
	pid_t pid = fork();

	(void)unused;
	if (!pid)
		_exit(3);
	is(status_of(pid) == 3 << 8, "fork");
	is(true_by_vfork() == 0, "vfork");
	pid = fork();
	if (!pid) {
		pthread_create(&t, NULL, pauses, NULL);
		pthread_create(&t, NULL, calls_exec, "4");
		for (;;)
			pause();
	}
	is(status_of(pid) == 4 << 8, "exec by a thread");
}

static void end(int status)
{
	_exit(status);
}

static void children(int count)
{
	int i, status, good = 0;

	catch(SIGUSR1, 0);
	for (i = 0; i < count; i++)
		if (!fork()) {
			kill(getpid(), SIGUSR1);
			_exit(handled == 1 ? 7 : 8);
		}
	for (i = 0; i < count; i++)
		good += wait(&status) > 0 && status == 7 << 8;
	is(good == count, "each child");
	is(wait(&status) == -1 && errno == ECHILD, "no child is left");
}

static void *says_and_pauses(void *end)
{
	is(write(*(int *)end, "x", 1) == 1, "write");
	return pauses(NULL);
}

/* A stopped process that has threads, killed. */
static void dies(int unused)
{
	int status, ends[2];
	pthread_t t;
	pid_t pid;
	char c;

	(void)unused;
	is(!pipe(ends), "pipe");
	pid = fork();
	if (!pid) {
		pthread_create(&t, NULL, says_and_pauses, ends + 1);
		for (;;)
			pause();
	}
	is(read(ends[0], &c, 1) == 1, "a thread");
	kill(pid, SIGSTOP);
	is(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status),
	   "stopped");
	kill(pid, SIGKILL);
	is(status_of(pid) == SIGKILL, "killed while stopped");
}

static void stops(int count)
{
	sigset_t none, all, was;
	int i, status;
	pid_t pid;

	sigemptyset(&none);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &was);
	pid = fork();
	if (!pid) {
		setpgid(0, 0); /* SIGTSTP does not stop an orphaned group */
		catch(SIGCONT, 0);
		catch(SIGUSR1, 0);
		/* the last SIGCONT; a stop takes one away that is pending */
		while (!(seen & 1u << SIGUSR1))
			sigsuspend(&none);
		_exit(seen & 1u << SIGCONT ? 9 : 10);
	}
	for (i = 0; i < count; i++) {
		kill(pid, i % 2 ? SIGSTOP : SIGTSTP);
		is(waitpid(pid, &status, WUNTRACED) == pid &&
		   WIFSTOPPED(status) &&
		   WSTOPSIG(status) == (i % 2 ? SIGSTOP : SIGTSTP), "stopped");
		kill(pid, SIGCONT);
		is(waitpid(pid, &status, WCONTINUED) == pid &&
		   WIFCONTINUED(status), "continued");
	}
	sigprocmask(SIG_SETMASK, &was, NULL);
	kill(pid, SIGUSR1);
	is(status_of(pid) == 9 << 8, "SIGCONT was handled each time");
}

/* Again and again: the first may come too early to interrupt anything. */
static void tick(long us)
{
	struct itimerval t = { { 0, us }, { 0, us } };

	handled = 0;

	setitimer(ITIMER_REAL, &t, NULL);
}

/* A child that ends after a time: SIGCHLD, which is ignored by default. */
static pid_t ends_in(int us)
{
	pid_t pid = fork();

	if (!pid) {
		usleep(us);
		_exit(0);
	}
	return pid;
}

static void restarts(int unused)
{
	struct timespec t = { 60, 0 }, left = { 0, 0 };
	int ends[2], epoll = epoll_create1(0);
	struct epoll_event e;
	sigset_t set;
	pid_t pid;
	char c;

	(void)unused;
	is(!pipe(ends), "pipe");
	catch(SIGALRM, SA_RESTART);
	pid = fork();
	if (!pid) {
		usleep(60000);
		_exit(write(ends[1], "x", 1) != 1);
	}
	tick(10000);
	is(read(ends[0], &c, 1) == 1 && handled, "read restarts");
	tick(0);
	status_of(pid);
	catch(SIGALRM, 0);
	tick(10000);
	is(read(ends[0], &c, 1) == -1 && errno == EINTR, "read ends");
	is(nanosleep(&t, &left) == -1 && errno == EINTR && left.tv_sec,
	   "nanosleep ends, and says what is left");
	is(epoll_wait(epoll, &e, 1, 60000) == -1 && errno == EINTR,
	   "epoll_wait ends");
	sigemptyset(&set);
	is(sigsuspend(&set) == -1 && errno == EINTR && handled >= 4,
	   "sigsuspend ends");
	tick(0);
	t.tv_sec = 0;
	pid = ends_in(10000);
	is(epoll_wait(epoll, &e, 1, 60) == 0, "epoll_wait and SIGCHLD");
	status_of(pid);
	pid = ends_in(10000);
	sigaddset(&set, SIGUSR2);
	t.tv_nsec = 60000000;
	is(sigtimedwait(&set, NULL, &t) == -1 && errno == EAGAIN,
	   "sigtimedwait and SIGCHLD");
	status_of(pid);
	pid = ends_in(10000);
	t.tv_nsec = 60000000;
	is(!nanosleep(&t, NULL), "nanosleep and SIGCHLD");
	status_of(pid);
}

/* Until its input ends, and for 100 rounds from what is put in last: all of its
   calls work. */
static void lasts(int unused)
{
	struct timespec none = { 0, 0 };
	sigset_t set, was;
	uint64_t rounds = 0;
	int flags = fcntl(0, F_GETFL);
	ssize_t got;
	char c;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	catch(SIGUSR1, 0);
	fcntl(0, F_SETFL, flags | O_NONBLOCK);
	printf("%d\n", getpid());
	fflush(stdout);
	while (!wrong && ((got = read(0, &c, 1)) || rounds < 100)) {
		rounds = got > 0 ? 0 : rounds;
		handled = 0;
		is(!kill(getpid(), SIGUSR1) && handled == 1, "kill");
		is(!sigprocmask(SIG_BLOCK, &set, &was), "mask");
		is(sigtimedwait(&set, NULL, &none) == -1 && errno == EAGAIN,
		   "wait");
		catch(SIGUSR1, 0);
		rounds++;
	}
	printf("%d wrong\n", wrong);
}

/* Makes threads and processes until its input ends. */
static void makes(int unused)
{
	int rounds = 0;
	pthread_t t;
	pid_t pid;
	char c;

	(void)unused;
	catch(SIGUSR1, 0);
	fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
	printf("%d\n", getpid());
	fflush(stdout);
	while (!wrong && (read(0, &c, 1) || rounds++ < 10)) {
		is(!pthread_create(&t, NULL, raiser, NULL), "thread");
		pid = fork();
		if (!pid) {
			handled = 0;
			kill(getpid(), SIGUSR1);
			_exit(handled);
		}
		is(status_of(pid) == 1 << 8, "fork");
		is(true_by_vfork() == 0, "vfork");
		pthread_join(t, NULL);
	}
}

static const struct {
	const char *name;
	void (*does)(int);
} all[] = {
	{ "sequence", sequence }, { "threads", threads },
	{ "kin", kin },		  { "end", end },
	{ "children", children }, { "dies", dies },
	{ "stops", stops },	  { "restarts", restarts },
	{ "lasts", lasts },	  { "makes", makes },
};

int main(int argc, char **argv)
{
	unsigned i;

	self = argv[0];
	for (i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (!strcmp(argv[1], all[i].name)) {
			all[i].does(argc > 2 ? atoi(argv[2]) : 0);
			return wrong != 0;
		}
	return 2;
}
