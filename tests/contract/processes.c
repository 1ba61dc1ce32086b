/* What children inherit, change, and leave alone. */
#include "transcript.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *const child_argv[] = { (char *)"transcript", (char *)"child",
				    NULL };

static void table(void)
{
	int sig;

	for (sig = 1; sig <= 64; sig++) {
		struct sigaction a;

		blot(&a, sizeof a);
		if (sigaction(sig, NULL, &a) ||
		    (a.sa_handler == SIG_DFL && !a.sa_flags))
			continue;
		say(" %d", sig);
		say_action("is", &a);
	}
	say_mask("with");
}

void show_child(void)
{
	stack_t s;

	table();
	sigaltstack(NULL, &s);
	say_stack("alternate", &s);
}

static void fill_table(void)
{
	struct sigaction a = action3(SA_ONSTACK | SA_RESTART);
	sigset_t set;
	stack_t s = { .ss_sp = stack_a, .ss_size = STACK_SIZE };

	sigaddset(&a.sa_mask, SIGQUIT);
	install(SIGHUP, SIG_IGN, 0);
	install(SIGPIPE, SIG_IGN, SA_RESTART);
	install(SIGUSR1, one, SA_RESETHAND);
	install(SIGPWR, count, 0);
	install(64, SIG_IGN, 0);
	sigaction(SIGUSR2, &a, NULL);
	sigaction(SIGSEGV, &a, NULL);
	sigaction(40, &a, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, 41);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaltstack(&s, NULL);
	say("the parent's");
	table();
}

static void changes(void)
{
	table();
	install(SIGPWR, SIG_DFL, 0);
	install(SIGUSR1, SIG_IGN, 0);
	signal(SIGHUP, one);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGUSR2);
	table();
}

/* As runtimes do before exec: every action back, by libc's sigaction. */
static __attribute__((noinline)) void reset_all(void)
{
	int sig;

	/* raise(3) of a libc may name the thread that it knows: the parent's */
	kill(getpid(), SIGUSR2);
	for (sig = 1; sig <= 64; sig++) {
		struct sigaction a = action(SIG_DFL, 0), old;

		blot(&old, sizeof old);
		TELL(sigaction(sig, &a, &old), "reset %d", sig);
		say_action("old:", &old);
	}
	table();
	install(SIGUSR2, one, SA_ONSTACK);
	kill(getpid(), SIGUSR2);
	signal(SIGPWR, SIG_IGN);
	table();
}

static void in_vfork(void)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		reset_all();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	say_end("vfork", status);
}

/* Neither libc's fork, nor its handlers. */
static void in_raw_fork(long number, unsigned long flags)
{
	int status;
	pid_t pid = (pid_t)syscall(number, flags, 0, 0, 0, 0);

	if (!pid) {
		changes();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	say_end("raw fork", status);
}

static void execs(void)
{
	execv("/proc/self/exe", child_argv);
}

static void execs_in_vfork(void)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		execv("/proc/self/exe", child_argv);
		_exit(9);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	say_end("vfork, exec", status);
}

static void spawns(const char *what, const char *file, short flags)
{
	posix_spawnattr_t attr;
	sigset_t set;
	pid_t pid;
	int e, error, status;

	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, 64);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setsigmask(&attr, &set);
	posix_spawnattr_setflags(&attr, flags);
	errno = UNTOUCHED;
	e = posix_spawn(&pid, file, NULL, &attr, child_argv, environ);
	error = errno;
	posix_spawnattr_destroy(&attr);
	if (!e)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	tell(e, error, "posix_spawn: %s", what); /* after the child's words */
	if (!e)
		say_end(what, status);
}

static void systems(void)
{
	/* the shell may have another libc */
	unsetenv("LD_PRELOAD");
	install(SIGINT, one, SA_RESTART);
	install(SIGCHLD, one, SA_RESTART);
	TELL(system("exit 3"), "system");
	say_state(SIGINT);
	say_state(SIGCHLD);
	install(SIGINT, SIG_DFL, 0);
	install(SIGCHLD, SIG_DFL, 0);
}

void processes(void)
{
	const char *self = "/proc/self/exe";
	int sig;

	fill_table();
	in_child("fork", changes);
	table();
	in_vfork();
	say("the parent's after vfork");
	table();
	raise(SIGUSR2);
	raise(SIGUSR1);
	say_state(SIGUSR1);
	in_raw_fork(SYS_fork, 0);
	in_raw_fork(SYS_clone, SIGCHLD);
	in_raw_fork(SYS_clone, 0x4000 /* CLONE_VFORK */ | SIGCHLD);
	table();
	in_child("exec", execs);
	execs_in_vfork();
	spawns("plain", self, 0);
	spawns("sigdef", self, POSIX_SPAWN_SETSIGDEF);
	spawns("sigmask", self, POSIX_SPAWN_SETSIGMASK);
	spawns("both", self, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	spawns("no file", "/nonexistent", POSIX_SPAWN_SETSIGDEF);
	table();
	systems();
	for (sig = 1; sig <= 64; sig++) {
		struct sigaction a = action(SIG_DFL, 0);

		sigaction(sig, &a, NULL);
	}
	unblock_all();
	in_child("exec, all default", execs);
}
