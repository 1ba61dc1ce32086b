/* A signal at every instruction of the entry routine, nested three deep, over
   all combinations of excluded and not.

   The victim sends itself A and holds a pattern in every register.  The tracer
   stops it at each instruction of A's way through the routine and delivers B
   there, at each instruction of B's way and delivers C, and lets it go on.
   Every handler must run, in order, on the stack that the kernel's own
   exclusion would give it, and never see the routine in its context; the
   pattern must be whole.

	injection [A [B]]	each A-th instruction of A's way (1), and
				each B-th of B's (1); the first one tried
				moves on, so that all have their turn */
#include "core.h"
#include "tap.h"
#include "witness.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <sigpact.h>

enum { A = SIGUSR1, B = SIGUSR2, C = SIGURG, EVENTS = 16, WAY = 65536 };
#define ALT_SIZE 131072ul

static const int signals[] = { A, B, C };

/* What victim and tracer share. */
static struct shared {
	int count;
	struct event {
		int sig; /* negative at the handler's end */
		int on_alternate, in_routine, bad;
	} event[EVENTS];
	const char *differs;
	long turn;
} *shared;

static char *alt;
static enum witness_level level;
static int every_a = 1, every_b = 1;

static int on_alternate(uintptr_t sp)
{
	return sp - (uintptr_t)alt - 1 < ALT_SIZE;
}

static int in_routine(uintptr_t pc)
{
	return pc - (uintptr_t)__start_sigpact_text <
	       (uintptr_t)(__stop_sigpact_text - __start_sigpact_text);
}

static void record(int sig, const siginfo_t *info, const ucontext_t *uc)
{
	struct event *e = &shared->event[shared->count++ % EVENTS];
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	e->sig = sig;
	e->on_alternate = on_alternate(here);
	e->in_routine = in_routine((uintptr_t)uc->uc_mcontext.gregs[REG_RIP]);
	e->bad = info->si_code != SI_TKILL || (info->si_pid != getpid() && info->si_pid != getppid()) ||
		 info->si_signo != abs(sig) ||
		 (uintptr_t)info - (uintptr_t)uc != FRAME_INFO - FRAME_UC;
}

static void handler(int sig, siginfo_t *info, void *uc)
{
	volatile char work[512];

	record(sig, info, uc);
	memset((void *)work, sig, sizeof work);
	witness_spoil(level);
	record(-sig, info, uc);
}

__attribute__((noreturn)) static void victim(void)
{
	long call[4] = { SYS_tgkill, getpid(), getpid(), A };
	struct witness in, out;

	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	for (;;) {
		shared->count = 0;
		witness_fill(&in, (uint64_t)shared->turn);
		witness_hold(&in, &out, level, 0, call);
		shared->differs = witness_compare(&in, &out, level, 1);
		__asm__ volatile("int3" ::: "memory");
	}
}

static pid_t pid;
static long scenarios;

/* Steps and continuations; the stop's signal. */
static int go(int how, int sig)
{
	int status;

	if (ptrace(how, pid, 0, sig) || waitpid(pid, &status, 0) != pid ||
	    !WIFSTOPPED(status))
		bail("the victim is gone");
	return WSTOPSIG(status);
}

static uintptr_t pc(void)
{
	return (uintptr_t)ptrace(PTRACE_PEEKUSER, pid,
				 offsetof(struct user, regs.rip), 0);
}

static void expect(int stop, int wanted)
{
	if (stop == wanted)
		return;
	printf("# stopped by %d at %lx, %d was expected\n", stop,
	       (unsigned long)pc(), wanted);
	bail("the victim went another way");
}

/* sig is pending: to the first instruction of its entry. */
static void enter(int sig)
{
	expect(go(PTRACE_CONT, 0), sig);
	expect(go(PTRACE_SINGLESTEP, sig), SIGTRAP);
}

static void inject(int sig)
{
	syscall(SYS_tgkill, pid, pid, sig);
	enter(sig);
}

/* By a breakpoint in the victim's own copy of the text. */
static void run_to(uintptr_t at)
{
	long word;

	memcpy(&word, (const void *)at, sizeof word);
	ptrace(PTRACE_POKETEXT, pid, at, (word & ~0xffl) | 0xcc);
	expect(go(PTRACE_CONT, 0), SIGTRAP);
	ptrace(PTRACE_POKETEXT, pid, at, word);
	if (pc() != at + 1)
		bail("the victim never came there");
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rip), at);
}

/* A place on the way: the first time at an address, and steps from there;
   they tell the rounds of a copy apart. */
struct place {
	uintptr_t at;
	int steps;
};

static void reach(const struct place *p)
{
	int i;

	if (pc() != p->at)
		run_to(p->at);
	for (i = 0; i < p->steps; i++)
		expect(go(PTRACE_SINGLESTEP, 0), SIGTRAP);
}

/* To the end of the turn. */
static void finish(int sig)
{
	expect(go(PTRACE_CONT, sig), SIGTRAP);
	shared->turn++;
}

struct way {
	struct place place[WAY];
	int count;
};

static void add(struct way *w, uintptr_t at, int steps)
{
	if (w->count == WAY)
		bail("the routine is longer than was thought");
	w->place[w->count].at = at;
	w->place[w->count++].steps = steps;
}

/* Steps from the entry to the handler: each new address is a place, and so are
   two rounds of each `rep movsb`, whose others are passed over. */
static void learn(struct way *w)
{
	static unsigned char seen[65536];
	uintptr_t start = (uintptr_t)__start_sigpact_text, at;

	memset(seen, 0, sizeof seen);
	w->count = 0;
	while (in_routine(at = pc())) {
		int rep = !memcmp((const void *)at, "\xf3\xa4", 2);

		if (at - start >= sizeof seen)
			bail("the routine is longer than was thought");
		if (!seen[at - start]) {
			seen[at - start] = 1;
			add(w, at, 0);
			if (rep) {
				add(w, at, 1);
				add(w, at, 100);
			}
		}
		if (rep)
			run_to(at + 2);
		else
			expect(go(PTRACE_SINGLESTEP, 0), SIGTRAP);
	}
	add(w, at, 0); /* the handler's first instruction */
}

/* Where the kernel's exclusion would have each run: an excluded signal stays
   where the stack pointer is, any other goes to the alternate stack. */
static int right_stacks(uint64_t excluded, int disarms, int depth)
{
	int on_alt = 0, disarmed = 0, i, k;

	for (i = 0; i < depth; i++) {
		if (!(excluded & sigpact__bit(signals[i])) && !disarmed)
			on_alt = 1;
		disarmed |= disarms;
		for (k = 0; k < shared->count; k++)
			if (abs(shared->event[k].sig) == signals[i] &&
			    shared->event[k].on_alternate != on_alt)
				return 0;
	}
	return 1;
}

static int right_order(int depth)
{
	int i;

	if (shared->count != 2 * depth)
		return 0;
	for (i = 0; i < depth; i++) {
		const struct event *e = &shared->event[2 * i];
		int sig = signals[depth - 1 - i];

		if (e->sig != sig || e[1].sig != -sig || e->bad ||
		    e->in_routine || e[1].in_routine)
			return 0;
	}
	return 1;
}

static int judge(uint64_t excluded, int disarms, int depth,
		 const struct place *a, const struct place *b)
{
	int i;

	scenarios++;
	if (!shared->differs && right_order(depth) &&
	    right_stacks(excluded, disarms, depth))
		return 0;
	printf("# A at +%lx+%d, B at +%lx+%d: %s differs; ran:",
	       (unsigned long)(a->at - (uintptr_t)__start_sigpact_text),
	       a->steps, b ? (unsigned long)(b->at -
			      (uintptr_t)__start_sigpact_text) : 0ul,
	       b ? b->steps : 0, shared->differs ? shared->differs : "nothing");
	for (i = 0; i < shared->count && i < EVENTS; i++)
		printf(" %d%s%s%s", shared->event[i].sig,
		       shared->event[i].on_alternate ? "" : " native",
		       shared->event[i].in_routine ? " saw the routine" : "",
		       shared->event[i].bad ? " bad siginfo" : "");
	putchar('\n');
	return 1;
}

/* B everywhere on A's way; C everywhere on B's. */
static int nest(uint64_t excluded, int disarms)
{
	static struct way a, b;
	static int set;
	int bad = 0, i, j, k = 0;

	enter(A);
	learn(&a);
	finish(0);
	for (i = set++ % every_a; i < a.count && bad < 5; i += every_a) {
		enter(A);
		reach(&a.place[i]);
		inject(B);
		learn(&b);
		finish(0);
		bad += judge(excluded, disarms, 2, &a.place[i], NULL);
		for (j = k++ % every_b; j < b.count && bad < 5; j += every_b) {
			enter(A);
			reach(&a.place[i]);
			inject(B);
			reach(&b.place[j]);
			syscall(SYS_tgkill, pid, pid, C);
			expect(go(PTRACE_CONT, 0), C);
			finish(C);
			bad += judge(excluded, disarms, 3, &a.place[i],
				     &b.place[j]);
		}
	}
	return bad;
}

static void start(uint64_t excluded, int flags)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t ss = { .ss_sp = alt, .ss_size = ALT_SIZE, .ss_flags = flags };
	int i, status;

	pid = fork();
	if (!pid) {
		if (sigaltstack(&ss, NULL))
			_exit(1);
		for (i = 0; i < 3; i++)
			if (sigaction(signals[i], &action, NULL) ||
			    sigpact__action_take(signals[i], 0) ||
			    (excluded & sigpact__bit(signals[i]) &&
			     sigpact_exclude_set(signals[i])))
				_exit(1);
		victim();
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bail("the victim did not start");
}

static void end(void)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* All eight combinations, with one way to copy. */
static void all(const char *copy, int flags)
{
	long before = scenarios;
	int set, i, bad = 0;

	for (set = 0; set < 8; set++) {
		uint64_t excluded = 0;

		for (i = 0; i < 3; i++)
			if (set >> i & 1)
				excluded |= sigpact__bit(signals[i]);
		start(excluded, flags);
		bad += nest(excluded, flags != 0);
		end();
	}
	ok(!bad, "%s: %ld scenarios", copy, scenarios - before);
}

/* Tracer and victim never run at once: on one CPU no stop needs an interrupt
   to the other. */
static void stay(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		every_a = every_b = atoi(argv[1]);
	if (argc > 2)
		every_b = atoi(argv[2]);
	alt = mmap(NULL, ALT_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (alt == MAP_FAILED || shared == MAP_FAILED || every_a < 1 || every_b < 1)
		bail("usage: injection [A [B]]");
	if (sigpact_backend_get() != SIGPACT_BACKEND_RELOCATE) {
		skip("injection", "this kernel excludes by itself");
		return done();
	}
	stay();
	level = witness_level();
	if (level == WITNESS_AVX512)
		all("copy by zmm", 0);
	else
		skip("copy by zmm", "this CPU has no AVX-512");
	all("SS_AUTODISARM", (int)(1u << 31));
	if (level >= WITNESS_AVX) {
		sigpact__fast = sigpact__fast_ymm;
		all("copy by ymm", 0);
	} else {
		skip("copy by ymm", "this CPU has no AVX");
	}
	sigpact__fast = sigpact__fast_xmm;
	all("copy by xmm", 0);
	sigpact__xslow = ~0ull;
	all("never the fast path", 0);
	return done();
}
