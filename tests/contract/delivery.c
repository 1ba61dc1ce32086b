/* What a handler sees, and what a delivery leaves behind. */
#include "transcript.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

volatile int counted;

static void say_place(const void *here)
{
	stack_t s;

	if (!places)
		return;
	say("    on stack %s", stack_name(here));
	sigaltstack(NULL, &s);
	say_stack("  alternate", &s);
}

void count(int sig)
{
	(void)sig;
	counted++;
}

void one(int sig)
{
	char here;

	say("    one(%d)", sig);
	say_mask("  in it");
	say_state(sig);
	say_place(&here);
}

void three(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	char here;

	say("    three(%d): signo %d code %d errno %d pid %s value %d", sig,
	    info->si_signo, info->si_code, info->si_errno,
	    info->si_pid == getpid() ? "own" : "other",
	    info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
	say("    context: flags %#lx link %s mask %#llx", uc->uc_flags,
	    uc->uc_link ? "set" : "NULL",
	    (unsigned long long)mask_word(&uc->uc_sigmask));
	say_stack("  context", &uc->uc_stack);
	say_mask("  in it");
	say_state(sig);
	say_place(&here);
}

static void after(int sig)
{
	say_mask("after");
	say_state(sig);
}

static void raised(int sig, struct sigaction a)
{
	say("deliver %d to %s %#x", sig, handler_name((uintptr_t)a.sa_handler),
	    (unsigned)a.sa_flags);
	sigaction(sig, &a, NULL);
	TELL(raise(sig), "raise %d", sig);
	after(sig);
	install(sig, SIG_DFL, 0);
}

static void each_flag(void)
{
	static const int flags[] = {
		0, SA_ONSTACK, SA_NODEFER, SA_RESETHAND, SA_RESTART,
		SA_RESETHAND | SA_NODEFER, SA_RESETHAND | SA_ONSTACK,
	};
	static const int signals[] = { SIGUSR1, SIGUSR2, SIGSEGV, SIGCHLD,
				       35, 40, 64 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			struct sigaction a = action(one, flags[j]);

			raised(signals[i], a);
			sigaddset(&a.sa_mask, SIGHUP);
			sigaddset(&a.sa_mask, 50);
			raised(signals[i], a);
			raised(signals[i], action3(flags[j]));
		}
}

static volatile int depth;

static void nests(int sig)
{
	say("    nests at depth %d", depth);
	if (++depth < 3)
		raise(sig);
	say_mask("  leaving");
	depth--;
}

static void defers(int sig)
{
	static int again;

	say("    defers");
	if (!again++)
		raise(sig);
	say("    left");
}

static void nested(void)
{
	install(SIGUSR1, nests, SA_NODEFER);
	raise(SIGUSR1);
	install(SIGUSR1, nests, SA_NODEFER | SA_ONSTACK);
	raise(SIGUSR1);
	install(SIGUSR1, defers, 0);
	raise(SIGUSR1);
	install(SIGUSR1, SIG_DFL, 0);
}

static void values(void)
{
	union sigval value = { .sival_int = 0x5157 };
	struct sigaction a = action3(0);
	sigset_t set;

	sigaction(40, &a, NULL);
	TELL(sigqueue(getpid(), 40, value), "sigqueue");
	TELL(pthread_kill(pthread_self(), 40), "pthread_kill");
	TELL(kill(getpid(), 40), "kill");
	sigemptyset(&set);
	sigaddset(&set, 40);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigqueue(getpid(), 40, value);
	value.sival_int++;
	sigqueue(getpid(), 40, value);
	say("two are pending");
	unblock_all();
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(40);
	sigfillset(&set);
	sigdelset(&set, 40);
	TELL(sigsuspend(&set), "sigsuspend");
	after(40);
	unblock_all();
	install(40, SIG_DFL, 0);
}

static sigjmp_buf back;
static void *guarded;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	say("    fault %d code %d at %s", sig, info->si_code,
	    info->si_addr == guarded ? "the guarded page" : "elsewhere");
	say_mask("  in it");
	siglongjmp(back, 1);
}

static void faults(int flags)
{
	struct sigaction a = action3(flags);

	guarded = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	a.sa_sigaction = on_fault;
	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	if (!sigsetjmp(back, 1))
		*(volatile char *)guarded = 1;
	after(SIGSEGV);
	install(SIGSEGV, SIG_DFL, 0);
	install(SIGBUS, SIG_DFL, 0);
	munmap(guarded, 4096);
}

static int ends[2];

/* Ten milliseconds do not decide: the timer goes on until the call is left. */
static void writes(int sig)
{
	(void)sig;
	if (++counted == 10 && write(ends[1], "x", 1) != 1)
		_exit(4);
}

static void interrupted(int flags)
{
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } }, none;
	char c;

	memset(&none, 0, sizeof none);
	if (pipe(ends))
		_exit(4);
	counted = 0;
	install(SIGALRM, flags & SA_RESTART ? writes : count, flags);
	setitimer(ITIMER_REAL, &every, NULL);
	TELL(read(ends[0], &c, 1), "read, interrupted, %#x", (unsigned)flags);
	setitimer(ITIMER_REAL, &none, NULL);
	install(SIGALRM, SIG_DFL, 0);
	close(ends[0]);
	close(ends[1]);
}

static void children(int flags)
{
	int status;
	pid_t pid;

	counted = 0;
	install(SIGCHLD, count, SA_RESTART | flags);
	pid = fork();
	if (!pid) {
		raise(SIGSTOP);
		_exit(7);
	}
	if (!(flags & SA_NOCLDWAIT)) {
		waitpid(pid, &status, WUNTRACED);
		say_end("child", status);
		say("  SIGCHLD %d times", counted);
	} else {
		siginfo_t info;

		waitid(P_PID, (id_t)pid, &info, WSTOPPED);
	}
	kill(pid, SIGCONT);
	TELL(waitpid(pid, &status, 0) == pid, "wait, %#x", (unsigned)flags);
	install(SIGCHLD, SIG_DFL, 0);
}

static void aborts(void)
{
	struct sigaction a = action3(0);

	sigaction(SIGABRT, &a, NULL);
	abort();
}

static void dies_once_reset(void)
{
	struct sigaction a = action3(SA_RESETHAND);

	sigaction(SIGTERM, &a, NULL);
	raise(SIGTERM);
	raise(SIGTERM);
}

static void dies_by_0x1234(void)
{
	install(SIGUSR1, (handler_t)0x1234, 0);
	raise(SIGUSR1);
}

void delivery(void)
{
	static const int child_flags[] = {
		0, SA_NOCLDSTOP, SA_NOCLDWAIT, SA_NOCLDSTOP | SA_NOCLDWAIT,
	};
	stack_t s = { .ss_sp = stack_a, .ss_size = STACK_SIZE };
	stack_t none = { .ss_flags = SS_DISABLE };
	size_t i;

	each_flag();
	say("the same with an alternate stack");
	TELL(sigaltstack(&s, NULL), "sigaltstack");
	each_flag();
	nested();
	values();
	faults(0);
	faults(SA_ONSTACK);
	interrupted(0);
	interrupted(SA_RESTART);
	interrupted(SA_ONSTACK);
	interrupted(SA_RESTART | SA_ONSTACK);
	for (i = 0; i < ARRAY_SIZE(child_flags); i++)
		children(child_flags[i]);
	in_child("abort", aborts);
	in_child("SA_RESETHAND, twice", dies_once_reset);
	in_child("a handler that is none", dies_by_0x1234);
	TELL(sigaltstack(&none, NULL), "sigaltstack, disable");
}
