/* A tick at every instruction of a tick's way: through its handler, the park,
   the caller, the resume, and back to the code that was interrupted.

   The victim's domain holds a pattern in every register and sends itself A, a
   tick.  The tracer steps from A's handler to the end of the turn, and does so
   again for each instruction on that way, where it delivers B, another tick.
   The pattern must be whole, and the domain must go on until its turn ends.

	steps [EVERY]	each EVERY-th instruction (1); the first moves on */
#include "core.h"
#include "tap.h"
#include "x86_64/witness.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sigpact.h>

enum { A = SIGUSR1, B = SIGUSR2, LONGEST = 20000 };

static struct shared {
	const char *differs;
	long turn, parked, took, result;
} *shared;

static enum witness_level level;
static pid_t pid;

static void on_tick(int sig, siginfo_t *info, void *uc)
{
	(void)info;
	if (sigpact_domain_tick(uc))
		shared->took |= sig == A ? 1 : 2;
}

static void holds(void *unused)
{
	long call[4] = { SYS_tgkill, getpid(), getpid(), A };
	struct witness in, out;

	(void)unused;
	for (;;) {
		witness_fill(&in, (uint64_t)shared->turn);
		witness_hold(&in, &out, level, 0, call);
		shared->differs = witness_compare(&in, &out, level, 1);
		__asm__ volatile("int3" ::: "memory");
		shared->turn++;
	}
}

static void install(int sig, int flags)
{
	struct sigaction a = { .sa_sigaction = on_tick,
			       .sa_flags = SA_SIGINFO | flags };

	sigaction(sig, &a, NULL);
}

__attribute__((noreturn)) static void victim(int flags)
{
	struct sigpact_domain *d;

	install(A, flags);
	install(B, flags);
	if (sigpact_altstack_arm(0) || sigpact_domain_create(0, 0, &d))
		_exit(1);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	shared->result = sigpact_domain_call(d, holds, NULL, NULL);
	while (shared->result == SIGPACT_PARKED) {
		shared->parked++;
		shared->result = sigpact_domain_resume(d, NULL);
	}
	_exit(2);
}

static uintptr_t reg(size_t at)
{
	return (uintptr_t)ptrace(PTRACE_PEEKUSER, pid, at, 0);
}

static uintptr_t pc(void)
{
	return reg(offsetof(struct user, regs.rip));
}

static int go(int how, int sig)
{
	int status;

	if (ptrace(how, pid, 0, sig) || waitpid(pid, &status, 0) != pid)
		bail("ptrace");
	if (!WIFSTOPPED(status))
		return -1;
	return WSTOPSIG(status);
}

#define TF 0x100ul

/* One instruction; the flags that it pushes are those of code that is not
   stepped, and after one that pops them the kernel takes the trap flag for the
   program's own. */
static int step(void)
{
	int pushes = *(const unsigned char *)pc() == 0x9c, stop;
	uintptr_t flags, sp;

	stop = go(PTRACE_SINGLESTEP, 0);
	if (stop != SIGTRAP)
		return stop;
	sp = reg(offsetof(struct user, regs.rsp));
	if (pushes)
		ptrace(PTRACE_POKEDATA, pid, sp,
		       (uintptr_t)ptrace(PTRACE_PEEKDATA, pid, sp, 0) & ~TF);
	flags = reg(offsetof(struct user, regs.eflags));
	if (flags & TF)
		ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.eflags),
		       flags & ~TF);
	return stop;
}

/* What was held is stored: the rest of the turn is the test's own. */
static int at_end(void)
{
	return pc() == (uintptr_t)witness_compare;
}

/* A is pending: to the first instruction of its handler. */
static void enter(void)
{
	int stop = go(PTRACE_CONT, 0);

	if (stop == A && go(PTRACE_SINGLESTEP, A) == SIGTRAP)
		return;
	printf("# stopped by %d at %lx\n", stop, (unsigned long)pc());
	bail("the victim went another way");
}

/* Steps to the end of a turn. */
static long way(void)
{
	long n;

	enter();
	for (n = 0; n < LONGEST && !at_end(); n++)
		if (step() != SIGTRAP)
			bail("the victim is gone");
	if (n == LONGEST || go(PTRACE_CONT, 0) != SIGTRAP)
		bail("the way is longer than was thought");
	return n;
}

/* B after so many steps.  0: all is well. */
static int scenario(long steps)
{
	uintptr_t at;
	long i;
	int stop;

	shared->took = shared->parked = 0;
	shared->differs = "nothing was compared";
	enter();
	for (i = 0; i < steps; i++)
		step();
	at = pc();
	syscall(SYS_tgkill, pid, pid, B);
	stop = go(PTRACE_CONT, 0);
	if (stop == B)
		stop = go(PTRACE_CONT, B);
	if (stop == SIGTRAP && !shared->differs && shared->took & 1 &&
	    shared->parked >= 1 &&
	    shared->parked == (shared->took == 3 ? 2 : 1))
		return 0;
	printf("# B after %ld steps, at %lx: stopped by %d at %lx, %s differs, "
	       "took %ld, parked %ld, result %ld\n", steps, (unsigned long)at,
	       stop, (unsigned long)pc(),
	       shared->differs ? shared->differs : "nothing", shared->took,
	       shared->parked, shared->result);
	return 1;
}

static void start(int flags)
{
	int status;

	memset(shared, 0, sizeof *shared);
	pid = fork();
	if (!pid)
		victim(flags);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bail("the victim did not start");
}

static void all(const char *name, int flags, long every)
{
	static long set;
	long count, i, tried = 0, accepted = 0;
	int bad = 0;

	start(flags);
	way(); /* the first binds what is called */
	count = way();
	for (i = set++ % every; i < count && bad < 5; i += every, tried++) {
		bad += scenario(i);
		accepted += shared->took == 3;
	}
	if (!ok(!bad && accepted > tried / 6 && tried > count / every - 1,
		"%s: at %ld instructions, %ld times parked again", name, tried,
		accepted))
		printf("# a way of %ld\n", count);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	long every = argc > 1 ? atol(argv[1]) : 1;
	cpu_set_t one;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || every < 1)
		bail("usage: steps [EVERY]");
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
	level = witness_level();
	all("native handler", 0, every);
	all("native handler, SA_NODEFER", SA_NODEFER, every);
	all("on the alternate stack", SA_ONSTACK, every);
	return done();
}
