/* An excluded signal where the native stack ends.  The kernel, when a frame
   does not fit, drops the signal and raises SIGSEGV, SI_KERNEL, without an
   address; a copy that runs into the guard must come out the same.  At each
   distance from the guard one signal, or two at once, natively and relocated:
   what ran, and with which context, is compared. */
#include "tap.h"
#include "window.h"

#include <pthread.h>
#include <signal.h>
#include <sigpact.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { ALT_SIZE = 65536, STACK_SIZE = 256 << 10, EVENTS = 8, SPAN = 9216 };

/* Handlers that need no stack but their frame. */
__asm__(".text\n"
	".globl first, second\n"
	"first:	incl (first_ran)(%rip)\n	ret\n"
	"second:	incl (second_ran)(%rip)\n	ret\n");
extern char first[], second[];
int first_ran, second_ran;

struct outcome {
	int first_ran, second_ran, faults, code, on_alternate, ended;
	enum { NOWHERE, CALLED, FIRST, SECOND } where;
	long address, below; /* of the stack pointer, from the window's */
	uint64_t inner_mask, outer_mask, after_mask;
};
static struct outcome *shared, seen;
static char *alt;
static uintptr_t low, sp;

static uint64_t mask_now(void)
{
	sigset_t now;

	pthread_sigmask(SIG_BLOCK, NULL, &now);
	return *(const uint64_t *)&now;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (sig != info->si_signo || ++seen.faults > 1)
		_exit(4);
	seen.code = info->si_code;
	seen.address = (long)info->si_addr;
	seen.on_alternate = here - (uintptr_t)alt < ALT_SIZE;
	seen.where = pc == (uintptr_t)window_called ? CALLED
		     : pc == (uintptr_t)first       ? FIRST
		     : pc == (uintptr_t)second      ? SECOND
						    : NOWHERE;
	/* natively a whole frame lies below the window, relocated one a
	   trimmed one: both in the same place or neither */
	seen.below = sp != (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
	seen.inner_mask = mask_now();
	seen.outer_mask = *(uint64_t *)&uc->uc_sigmask;
	sigemptyset(&uc->uc_sigmask);
	uc->uc_mcontext.gregs[REG_RIP] = (long)window_end;
}

static void learn_low(void)
{
	pthread_attr_t attr;
	size_t size;
	void *start;

	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &start, &size);
	pthread_attr_destroy(&attr);
	low = (uintptr_t)start;
}

struct try {
	int relocated, two; /* signals */
	int room;	    /* bytes between stack pointer and guard */
	int fault_flags;    /* of the SIGSEGV action */
};

static void *try(void *p)
{
	const struct try *t = p;
	stack_t ss = { .ss_sp = alt, .ss_size = ALT_SIZE };
	uint64_t none = 0;
	sigset_t both;

	sigaltstack(&ss, NULL);
	if (t->relocated && (sigpact_exclude_set(SIGUSR1) ||
			     sigpact_exclude_set(SIGUSR2)))
		_exit(3);
	learn_low();
	sp = low + (uintptr_t)t->room;
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &both, NULL);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	if (t->two)
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR2);
	window(sp, SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0);
	seen.after_mask = mask_now();
	seen.first_ran = first_ran;
	seen.second_ran = second_ran;
	seen.ended = 1;
	*shared = seen;
	_exit(0);
}

static void install(int sig, void *handler, int flags)
{
	struct sigaction a = { .sa_flags = flags };

	a.sa_handler = (void (*)(int))handler;
	sigaddset(&a.sa_mask, SIGWINCH);
	sigaction(sig, &a, NULL);
}

/* How it ended, in *shared; the wait status. */
static int attempt(const struct try *t)
{
	int onstack = t->relocated ? SA_ONSTACK : 0, status;
	pthread_attr_t attr;
	pthread_t thread;
	pid_t pid;

	memset(shared, 0, sizeof *shared);
	pid = fork();
	if (!pid) {
		alarm(30);
		install(SIGUSR1, first, onstack);
		install(SIGUSR2, second, onstack);
		install(SIGSEGV, (void *)on_fault, t->fault_flags | SA_SIGINFO);
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK_SIZE);
		if (pthread_create(&thread, &attr, try, (void *)t))
			_exit(3);
		pthread_join(thread, NULL);
	}
	waitpid(pid, &status, 0);
	return status;
}

static int bare_fits; /* the first distance where the native frame fits */

/* Relocated as native; a trimmed frame may fit where the kernel's does not. */
static int equal(struct try t, const char **why)
{
	struct outcome native;
	int status;

	t.relocated = 0;
	status = attempt(&t);
	native = *shared;
	t.relocated = 1;
	*why = "the wait status";
	if (attempt(&t) != status)
		return shared->ended && !shared->faults && !native.ended;
	*why = "faults";
	if (shared->faults > native.faults)
		return 0;
	if (!shared->faults && native.faults)
		return shared->first_ran && (shared->second_ran || !t.two);
	if (native.faults && t.two && native.where != shared->where)
		return shared->where == FIRST; /* only the second did not fit */
	*why = "the context";
	bare_fits += !native.faults;
	return !memcmp(&native, shared, sizeof native);
}

static int sweep(int two, int fault_flags, int step, int *faulted)
{
	struct try t = { .two = two, .fault_flags = fault_flags };
	const char *why = NULL;

	bare_fits = *faulted = 0;
	for (t.room = 0; t.room < SPAN; t.room += step) {
		if (!equal(t, &why)) {
			printf("# with %d bytes left %s differs: faults %d "
			       "code %d at %#lx where %d masks %#lx %#lx\n",
			       t.room, why, shared->faults, shared->code,
			       shared->address, (int)shared->where,
			       (unsigned long)shared->inner_mask,
			       (unsigned long)shared->outer_mask);
			return 0;
		}
		*faulted += shared->faults != 0 || !shared->ended;
	}
	return 1;
}

int main(void)
{
	int faulted, good;

	alt = mmap(NULL, ALT_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (alt == MAP_FAILED || shared == MAP_FAILED)
		bail("no memory");
	good = sweep(0, SA_ONSTACK, 48, &faulted);
	ok(good && faulted > 10, "one signal: %d distances faulted alike",
	   faulted);
	good = sweep(1, SA_ONSTACK, 48, &faulted);
	ok(good && faulted > 10, "two at once: %d distances faulted alike",
	   faulted);
	good = sweep(0, SA_ONSTACK | SA_NODEFER, 384, &faulted);
	ok(good && faulted, "SIGSEGV with SA_NODEFER: %d distances", faulted);
	good = sweep(0, 0, 384, &faulted);
	ok(good && faulted, "SIGSEGV without SA_ONSTACK: %d died alike",
	   faulted);
	return done();
}
