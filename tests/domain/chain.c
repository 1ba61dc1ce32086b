/* A fault that is not the domain's goes to the action that was there before,
   with its flags honoured, and to the default when there was none. */
#include "domain.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <time.h>
#include <ucontext.h>

static sigjmp_buf out;
static volatile int ran, code, with_info;
static volatile uint64_t inside;
static volatile uintptr_t address;

static uint64_t mask_now(void)
{
	uint64_t mask;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
	return mask;
}

static void leaves(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	ran++;
	code = info->si_code;
	address = (uintptr_t)info->si_addr;
	inside = mask_now();
	with_info = uc != NULL;
	siglongjmp(out, 1);
}

static void plain(int sig)
{
	ran += sig;
	inside = mask_now();
	siglongjmp(out, 1);
}

static void install(int sig, void (*with)(int, siginfo_t *, void *), int flags,
		    int also)
{
	struct sigaction a = { .sa_sigaction = with, .sa_flags = flags };

	if (also)
		sigaddset(&a.sa_mask, also);
	sigaction(sig, &a, NULL);
}

static void touch(uintptr_t at)
{
	*(volatile char *)at = 1;
}

static uint64_t bit(int sig)
{
	return 1ull << (sig - 1);
}

static void faults_outside(uint64_t blocked, const char *name)
{
	ran = 0;
	if (!sigsetjmp(out, 1))
		touch(0x8888);
	if (!ok(ran == 1 && with_info && code == SEGV_MAPERR &&
		    address == 0x8888 && inside == blocked && mask_now() == 0,
		"%s", name))
		printf("# ran %d, code %d, address %lx, blocked %lx\n", ran,
		       code, (unsigned long)address, (unsigned long)inside);
}

static void flags(void)
{
	struct sigpact_domain *d;

	install(SIGSEGV, leaves, SA_SIGINFO, SIGUSR1);
	d = domain_new(0, 0);
	faults_outside(bit(SIGSEGV) | bit(SIGUSR1), "chained, with its mask");
	ok(sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV,
	   "and the domain's own still is a result");
	sigpact_domain_destroy(d);

	install(SIGSEGV, leaves, SA_SIGINFO | SA_NODEFER, SIGUSR2);
	d = domain_new(0, 0);
	faults_outside(bit(SIGUSR2), "SA_NODEFER: it is not blocked");
	sigpact_domain_destroy(d);

	signal(SIGFPE, plain);
	d = domain_new(0, 0);
	ran = 0;
	if (!sigsetjmp(out, 1)) {
		volatile int zero = 0;

		ran = 7 / zero;
	}
	ok(ran == SIGFPE && inside == bit(SIGFPE), "a handler without siginfo");
	sigpact_domain_destroy(d);
}

static void reset(void)
{
	struct sigpact_domain *d;

	install(SIGSEGV, leaves, SA_SIGINFO | (int)SA_RESETHAND, 0);
	d = domain_new(0, 0);
	ran = 0;
	if (!sigsetjmp(out, 1))
		touch(0x8888);
	*step = ran;
	if (sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV)
		*step = 2;
	touch(0x8888);
}

static void none(void)
{
	struct sigpact_domain *d = domain_new(0, 0);

	*step = sigpact_domain_call(d, overflow, NULL, NULL);
	touch(0x8888);
}

static void in_handler(int sig)
{
	struct sigpact_domain *d = sigpact_domain_current();

	*step = d ? 100 + sig : sig;
	touch(0x8888);
}

static void raises(void *sig)
{
	raise((int)(intptr_t)sig);
}

/* On the alternate stack the fault is the handler's. */
static void handler_faults(void)
{
	struct sigaction a = { .sa_handler = in_handler,
			       .sa_flags = SA_ONSTACK };
	struct sigpact_domain *d = domain_new(0, 0);

	sigpact_altstack_arm(0);
	sigaction(SIGUSR1, &a, NULL);
	sigpact_domain_call(d, raises, (void *)SIGUSR1, NULL);
}

static void sent(void)
{
	struct sigpact_domain *d = domain_new(0, 0);

	*step = 1;
	sigpact_domain_call(d, raises, (void *)SIGSEGV, NULL);
	*step = 2;
}

static void breakpoint(void)
{
	domain_new(0, 0);
	*step = 1;
	__asm__ volatile("int3");
	*step = 2;
}

static void ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	domain_new(0, 0);
	raise(SIGSEGV);
	*step = 1;
	touch(0x8888);
	*step = 2;
}

static void other_stack(void *unused)
{
	stack_t now;

	(void)unused;
	sigaltstack(NULL, &now);
	*step = 1;
	/* as a runtime does that brings its own */
	__asm__ volatile("mov %0,%%rsp\n\tmovb $1,0x8888"
			 ::"r"((char *)now.ss_sp + now.ss_size - 4096)
			 : "memory");
}

static void leaves_for_other(void)
{
	sigpact_domain_call(domain_new(0, 0), other_stack, NULL, NULL);
}

static void faults_in_vfork(void *unused)
{
	int status;
	pid_t pid = vfork();

	(void)unused;
	if (!pid) {
		touch(0x8888);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) == pid && died_by(status, SIGSEGV))
		++*step;
}

static void vforks(void)
{
	struct sigpact_domain *d = domain_new(0, 0);

	if (!sigpact_domain_call(d, faults_in_vfork, NULL, NULL))
		*step += 10;
	if (sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV)
		*step += 100;
}

static void returns(int sig)
{
	(void)sig;
	++*step;
}

/* Its handler once in the child, and once in the parent. */
static void vforks_with_once(void)
{
	struct sigaction a = { .sa_handler = returns,
			       .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGSEGV, &a, NULL);
	vforks();
	touch(0x8888);
}

/* What a tracer, or a core, sees of the death: the fault, where it was. */
static void traced(void)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	none();
}

static int next_stop(pid_t pid, int sig)
{
	int status;

	ptrace(PTRACE_CONT, pid, 0, sig);
	if (waitpid(pid, &status, 0) != pid)
		bail("waitpid");
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -WTERMSIG(status);
}

static void same_core(void)
{
	siginfo_t first, last;
	uintptr_t pc[2];
	int status, overflow_passed, died;
	pid_t pid = fork();

	if (!pid) {
		traced();
		_exit(0);
	}
	/* the overflow, which the domain takes; the fault; what kills */
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("fork");
	overflow_passed = WIFSTOPPED(status) && WSTOPSIG(status) == SIGSEGV &&
			  next_stop(pid, SIGSEGV) == SIGSEGV;
	ptrace(PTRACE_GETSIGINFO, pid, 0, &first);
	pc[0] = (uintptr_t)ptrace(PTRACE_PEEKUSER, pid,
				  offsetof(struct user, regs.rip), 0);
	next_stop(pid, SIGSEGV);
	ptrace(PTRACE_GETSIGINFO, pid, 0, &last);
	pc[1] = (uintptr_t)ptrace(PTRACE_PEEKUSER, pid,
				  offsetof(struct user, regs.rip), 0);
	died = next_stop(pid, SIGSEGV) == -SIGSEGV;
	ok(overflow_passed && died && pc[0] == pc[1] &&
	       last.si_addr == first.si_addr &&
	       (uintptr_t)last.si_addr == 0x8888 &&
	       last.si_code == first.si_code,
	   "it dies where it faulted, with the fault's own siginfo");
}

static void defaults(void)
{
	int status = child(none);

	ok(died_by(status, SIGSEGV) && *step == SIGSEGV,
	   "no action before: dies by SIGSEGV");
	same_core();
	status = child(reset);
	ok(died_by(status, SIGSEGV) && *step == 2,
	   "SA_RESETHAND: once, then it dies");
	status = child(handler_faults);
	ok(died_by(status, SIGSEGV) && *step == 100 + SIGUSR1,
	   "a handler's own fault on the alternate stack kills");
	status = child(sent);
	ok(died_by(status, SIGSEGV) && *step == 1, "raise(SIGSEGV) kills");
	status = child(breakpoint);
	ok(died_by(status, SIGTRAP) && *step == 1, "int3 kills");
	status = child(ignored);
	ok(died_by(status, SIGSEGV) && *step == 1,
	   "ignored: what is sent is, a fault is not");
	ok(!VFORK_WORKS || (child(vforks) == 0 && *step == 111),
	   "in a vfork child it kills that child, not the parent's domain%s",
	   VFORK_WORKS ? "" : " # SKIP ASan's vfork");
	ok(!VFORK_WORKS ||
	       (died_by(child(vforks_with_once), SIGSEGV) && *step == 113),
	   "SA_RESETHAND in a vfork child is the child's%s",
	   VFORK_WORKS ? "" : " # SKIP ASan's vfork");
	ok(died_by(child(leaves_for_other), SIGSEGV) && *step == 1,
	   "a fault on a stack that is not the domain's kills");
}

/* A call that a sent signal interrupts: what read() comes to, 0 for a byte. */
static int line[2];

static void counts(int sig)
{
	(void)sig;
	ran++;
}

static void *sends(void *reader)
{
	struct timespec nap = { 0, 1000000 };

	/* until it sleeps in the call, the signal may come too early: often */
	for (int i = 0; i < 20; i++) {
		pthread_kill(*(pthread_t *)reader, SIGFPE);
		nanosleep(&nap, NULL);
	}
	if (write(line[1], "", 1) != 1)
		bail("write");
	return NULL;
}

static int read_is(void (*handler)(int), int flags)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = flags };
	pthread_t self = pthread_self(), sender;
	struct sigpact_domain *d;
	char byte;
	int err;

	if (pipe(line) || sigaction(SIGFPE, &a, NULL))
		bail("pipe");
	d = domain_new(0, 0);
	if (pthread_create(&sender, NULL, sends, &self))
		bail("no thread");
	err = read(line[0], &byte, 1) == 1 ? 0 : errno;
	pthread_join(sender, NULL);
	sigpact_domain_destroy(d);
	close(line[0]);
	close(line[1]);
	return err;
}

static void interrupted(void)
{
	ran = 0;
	ok(read_is(counts, SA_RESTART) == 0 && ran,
	   "SA_RESTART: a call that is interrupted goes on");
	ok(read_is(SIG_IGN, 0) == 0, "… and where the signal is ignored");
}

/* Another party that stands before us, and is stood before, in turn. */
static struct sigaction behind;
static volatile int asked;

static void forwards(int sig, siginfo_t *info, void *uc)
{
	asked++;
	behind.sa_sigaction(sig, info, uc);
}

static void peer(void)
{
	struct sigaction a = { .sa_sigaction = forwards,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigpact_domain *d, *later;

	install(SIGSEGV, leaves, SA_SIGINFO, 0);
	d = domain_new(0, 0);
	sigaction(SIGSEGV, &a, &behind);
	asked = 0;
	ok(sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV && asked == 1,
	   "a handler installed later forwards: a result");
	faults_outside(bit(SIGSEGV), "and it forwards what is not the domain's");
	ok(asked == 2, "asked each time");
	later = domain_new(0, 0);
	ok(sigpact_domain_call(d, overflow, NULL, NULL) == SIGSEGV && asked == 2,
	   "the next domain takes the action over again");
	faults_outside(bit(SIGSEGV),
		       "what is not the domain's goes through all of them");
	ok(asked == 3, "each is asked once");
	sigpact_domain_destroy(d);
	sigpact_domain_destroy(later);
}

int main(void)
{
	steps_share();
	defaults();
	flags();
	interrupted();
	peer();
	return done();
}
