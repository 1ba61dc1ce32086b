/* What a fault costs that becomes a result, over a SIGSEGV that a handler answers
   and returns from, GNU libsigsegv's recovery and a child that dies of it. */
#include "bench.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sigpact.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#ifdef HAVE_SIGSEGV
#include <sigsegv.h>
#endif

enum { QUADS = 200, FAULTS = 100, FEW = 5, MAPPINGS = 1000, PAGE = 4096 };

struct fault_way {
	uint64_t (*run)(unsigned times);
	struct sigaction *action;
	unsigned times;
	int mappings, promise;
};

static struct sigaction returns, domains, segv, none;
static struct sigpact_domain *domain;
static volatile char *page;
static volatile unsigned long handled;

/* movb to (%rax), 3 bytes: the handler goes past it. */
__attribute__((noinline)) static void touch(void *unused)
{
	__asm__ volatile("movb $1,(%0)" ::"a"(page) : "memory");
}

static void go_past(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	handled++;
	uc->uc_mcontext.gregs[REG_RIP] += 3;
}

static uint64_t run_returns(unsigned times)
{
	uint64_t start = bench_thread_ns();
	unsigned i;

	for (i = 0; i < times; i++)
		touch(NULL);
	return bench_thread_ns() - start;
}

static uint64_t run_domain(unsigned times)
{
	uint64_t start = bench_thread_ns();
	struct sigpact_fault f;
	unsigned i;

	for (i = 0; i < times; i++)
		handled += sigpact_domain_call(domain, touch, NULL, &f) ==
			   SIGSEGV;
	return bench_thread_ns() - start;
}

/* The CPU's time of both. */
static uint64_t run_child(unsigned times)
{
	uint64_t start = bench_ns();
	struct rlimit no_core = { 0, 0 };
	int status;
	unsigned i;
	pid_t pid;

	for (i = 0; i < times; i++) {
		pid = fork();
		if (!pid) {
			setrlimit(RLIMIT_CORE, &no_core);
			touch(NULL);
			_exit(0);
		}
		handled += waitpid(pid, &status, 0) == pid &&
			   WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
	}
	return bench_ns() - start;
}

/* A stack of 512 KiB to its end, a page of 16 KiB at a time. */
static volatile long deepest = -1;

__attribute__((noinline)) static long recurse(long n)
{
	volatile char frame[16384];

	frame[8192] = (char)n;
	return n == deepest ? 0 : recurse(n + 1) + frame[8192];
}

static void overflow(void *unused)
{
	recurse(0);
}

static uint64_t run_overflow(unsigned times)
{
	uint64_t start = bench_thread_ns();
	struct sigpact_fault f;
	unsigned i;

	for (i = 0; i < times; i++)
		handled += sigpact_domain_call(domain, overflow, NULL, &f) ==
			       SIGSEGV &&
			   f.kind == SIGPACT_FAULT_OVERFLOW;
	return bench_thread_ns() - start;
}

#ifdef HAVE_SIGSEGV
static sigjmp_buf out;

static void leave(void *a, void *b, void *c)
{
	siglongjmp(out, 1);
}

static void overflowed(int emergency, stackoverflow_context_t context)
{
	sigset_t nothing;

	handled++;
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
	sigsegv_leave_handler(leave, NULL, NULL, NULL);
}

/* The first thread's stack, which is the one that it knows the end of. */
static uint64_t run_segv(unsigned times)
{
	volatile unsigned i;
	uint64_t start = bench_thread_ns();

	for (i = 0; i < times; i++)
		if (!sigsetjmp(out, 0))
			overflow(NULL);
	return bench_thread_ns() - start;
}

static void segv_install(void)
{
	static char extra[65536];
	struct rlimit small = { 512 << 10, 512 << 10 };
	stack_t ours;

	setrlimit(RLIMIT_STACK, &small);
	sigaltstack(NULL, &ours);
	stackoverflow_install_handler(overflowed, extra, sizeof extra);
	sigaltstack(&ours, NULL);
	sigaction(SIGSEGV, NULL, &segv);
}
#endif

static uint64_t block(const void *way)
{
	const struct fault_way *w = way;
	char *many = NULL;
	uint64_t ns;
	int i;

	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpact_domain_mask_set(domain, w->promise ? &mask : NULL);
	sigaction(SIGSEGV, w->action, NULL);
	if (w->mappings) {
		many = mmap(NULL, 2 * MAPPINGS * PAGE, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (i = 0; i < MAPPINGS; i += 2)
			mprotect(many + i * PAGE, PAGE, PROT_NONE);
	}
	w->run(2);
	handled = 0;
	ns = w->run(w->times);
	if (handled != w->times)
		bench_bail("faults were lost");
	if (many)
		munmap(many, 2 * MAPPINGS * PAGE);
	return ns;
}

static void pair(const char *name, enum bench_aim how, double aim,
		 const struct fault_way *a, const struct fault_way *b,
		 unsigned quads)
{
	struct bench_figure f = {
		.name = name, .how = how, .aim = aim, .quads = quads,
		.of = a->times, .block = block, .a = a, .b = b,
	};

	bench_figure(&f);
}

static void install(void)
{
	struct sigaction a;

	memset(&a, 0, sizeof a);
	sigaction(SIGSEGV, &a, NULL);
	none = a;
	a.sa_sigaction = go_past;
	a.sa_flags = SA_SIGINFO | SA_ONSTACK;
	returns = a;
	if (sigpact_altstack_arm(0) || sigpact_domain_create(0, 0, &domain))
		bench_bail("no domain");
	sigaction(SIGSEGV, NULL, &domains);
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
	struct fault_way returned = { run_returns, &returns, FAULTS, 0, 0 };
	struct fault_way ours = { run_domain, &domains, FAULTS, 0, 0 };
	struct fault_way promised = { run_domain, &domains, FAULTS, 0, 1 };
	struct fault_way among = { run_domain, &domains, FAULTS, 1, 0 };
	struct fault_way child = { run_child, &none, FEW, 0, 0 }, few = ours;

	install();
	few.times = FEW;
	bench_pin(sched_getcpu());
	pair("f recovered fault / SIGSEGV returned from", AIM_AT_MOST, 1.1,
	     &returned, &ours, QUADS);
	pair("f   with sigpact_domain_mask_set", AIM_AT_MOST, 1.1, &returned,
	     &promised, QUADS);
	pair("f   among 1,000 mappings / among few", AIM_AT_MOST, 1.05, &ours,
	     &among, QUADS / 4);
	pair("f fork and wait / recovered fault", AIM_AT_LEAST, 40, &child,
	     &few, QUADS / 8);
#ifdef HAVE_SIGSEGV
	struct fault_way theirs = { run_segv, &segv, FEW, 0, 0 };
	struct fault_way crowded = { run_segv, &segv, FEW, 1, 0 };
	struct fault_way full = { run_overflow, &domains, FEW, 0, 0 };

	segv_install();
	pair("f libsigsegv / domain, overflow of 512 KiB", AIM_AT_LEAST, 10,
	     &theirs, &full, QUADS / 4);
	pair("    libsigsegv, among 1,000 mappings / among few", AIM_NONE, 0,
	     &theirs, &crowded, QUADS / 8);
#endif
	return 0;
}
