/* What a handler and the code around it can see of a relocated delivery is
   what the kernel does on the normal stack.  Each case runs twice, each time
   in a process of its own: natively, without SA_ONSTACK, and with SA_ONSTACK,
   an alternate stack and the signal excluded; what it noted must be equal. */
#include "tap.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sigpact.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { NOTES = 64, ALT_SIZE = 65536 };
#define AUTODISARM (1u << 31)

static struct notes {
	int count, ended;
	uint64_t relocated;
	long note[NOTES];
} *notes; /* one for each mode, shared with the child */

static int relocating;
static char alt[ALT_SIZE];

static void note(long value)
{
	notes[relocating].note[notes[relocating].count++ % NOTES] = value;
}

static uint64_t word(const sigset_t *set)
{
	return *(const uint64_t *)set;
}

static void note_mask(void)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	note((long)word(&now));
}

static void note_stack(void)
{
	char here;
	stack_t ss;

	sigaltstack(NULL, &ss);
	note(ss.ss_flags);
	note((long)ss.ss_size);
	note(&here >= alt && &here < alt + sizeof alt);
}

static void arm(unsigned flags)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt,
		       .ss_flags = (int)flags };

	if (sigaltstack(&ss, NULL))
		_exit(3);
}

static void install(int sig, void *handler, int flags, int masked)
{
	struct sigaction a = { .sa_flags = flags };

	a.sa_handler = (void (*)(int))handler;
	if (masked)
		sigaddset(&a.sa_mask, masked);
	if (relocating)
		a.sa_flags |= SA_ONSTACK;
	if (sigaction(sig, &a, NULL) ||
	    (relocating && sigpact_exclude_set(sig)))
		_exit(3);
}

/* The cases. */
static void state(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	note(sig);
	note(info->si_code);
	note(info->si_value.sival_int);
	note((long)uc->uc_flags);
	note(uc->uc_link != NULL);
	note(uc->uc_stack.ss_flags);
	note((long)uc->uc_stack.ss_size);
	note((long)word(&uc->uc_sigmask));
	note((long)__builtin_frame_address(0) % 16);
	note_mask();
	note_stack();
	errno = 77;
}

static void plain(void)
{
	union sigval value = { .sival_int = 4711 };

	install(SIGUSR1, state, SA_SIGINFO, SIGURG);
	sigqueue(getpid(), SIGUSR1, value);
	note(errno); /* the handler's business, as ever */
	note_mask();
	note_stack();
}

static void autodisarm(void)
{
	int i;

	arm(AUTODISARM);
	install(SIGUSR1, state, SA_SIGINFO, 0);
	for (i = 0; i < 2; i++) {
		raise(SIGUSR1);
		note_stack();
	}
}

static void reset_state(int sig)
{
	struct sigaction a;

	sigaction(sig, NULL, &a);
	note(a.sa_handler == SIG_DFL);
	note(a.sa_flags & ~SA_ONSTACK);
}

static void reset(void)
{
	install(SIGURG, reset_state, (int)SA_RESETHAND, 0);
	raise(SIGURG);
	reset_state(SIGURG);
	raise(SIGURG); /* ignored by default */
}

static void deeper(int sig)
{
	static volatile int depth; /* raise() is a leaf, says libc */

	note(++depth);
	note_mask();
	if (depth < 4)
		raise(sig);
	note(-depth);
	depth--;
}

static void no_defer(void)
{
	install(SIGUSR1, deeper, SA_NODEFER, 0);
	raise(SIGUSR1);
	note_mask();
}

static int pipes[2];

static void feed(int sig)
{
	note(write(pipes[1], "x", 1));
	note(sig);
}

static void reading(int flags)
{
	char c = 0;

	if (pipe(pipes))
		_exit(3);
	install(SIGALRM, feed, flags, 0);
	ualarm(20000, 0);
	errno = 0;
	note(read(pipes[0], &c, 1));
	note(errno);
	note(c);
}

static void restart(void)
{
	reading(SA_RESTART);
}

static void interrupt(void)
{
	reading(0);
}

static void edit(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	note(sig);
	sigaddset(&uc->uc_sigmask, SIGWINCH);
	uc->uc_mcontext.gregs[REG_R12] = 0x1234;
}

static void edited(void)
{
	register long r12 __asm__("r12") = 1;

	install(SIGUSR1, edit, SA_SIGINFO, SIGURG);
	__asm__ volatile("syscall"
			 : "+r"(r12)
			 : "a"(200 /* tkill */), "D"(gettid()), "S"(SIGUSR1)
			 : "rcx", "r11", "memory");
	note(r12);
	note_mask();
}

static sigjmp_buf back;

static void jump(int sig)
{
	note_stack();
	siglongjmp(back, sig);
}

static void jumping(void)
{
	volatile int i;

	install(SIGUSR1, jump, 0, SIGURG);
	for (i = 0; i < 5; i++)
		if (!sigsetjmp(back, 1))
			raise(SIGUSR1);
	note_mask();
	note_stack();
}

static void suspend(void)
{
	sigset_t one, none;

	sigemptyset(&none);
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	install(SIGUSR1, state, SA_SIGINFO, 0);
	sigprocmask(SIG_BLOCK, &one, NULL);
	raise(SIGUSR1);
	note(sigsuspend(&none));
	note(errno);
	note_mask();
}

static void queue(void)
{
	union sigval value;
	sigset_t one;
	int i;

	sigemptyset(&one);
	sigaddset(&one, SIGRTMIN + 1);
	install(SIGRTMIN + 1, state, SA_SIGINFO, 0);
	sigprocmask(SIG_BLOCK, &one, NULL);
	for (i = 0; i < 3; i++) {
		value.sival_int = i;
		sigqueue(getpid(), SIGRTMIN + 1, value);
	}
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static void skip_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	note(sig);
	note(info->si_code);
	note((long)info->si_addr);
	note(uc->uc_mcontext.gregs[REG_TRAPNO]);
	note(uc->uc_mcontext.gregs[REG_ERR]);
	note(uc->uc_mcontext.gregs[REG_CR2]);
	uc->uc_mcontext.gregs[REG_RIP] += 2; /* past mov %al,(%rdx) or ud2 */
}

static void faults(void)
{
	install(SIGSEGV, skip_fault, SA_SIGINFO, 0);
	install(SIGILL, skip_fault, SA_SIGINFO, 0);
	__asm__ volatile("mov %%al,(%0)" ::"d"(16l) : "memory");
	__asm__ volatile("mov %%al,(%0)" ::"d"(1l << 62) : "memory");
	__asm__ volatile("ud2" ::: "memory");
	note_mask();
}

/* Deliveries of the other kind, above and below. */
static void other(int sig)
{
	note(sig);
	note_stack();
}

static void raise_other(int sig)
{
	note(sig);
	raise(SIGUSR2);
	note_mask();
}

static void mixed(void)
{
	struct sigaction a = { .sa_handler = other, .sa_flags = SA_ONSTACK };

	sigaction(SIGUSR2, &a, NULL);
	install(SIGUSR1, raise_other, 0, 0);
	raise(SIGUSR1);
	note_stack();
}

static void fork_inside(int sig)
{
	int status = 0;
	pid_t pid = fork();

	note(sig);
	if (pid)
		waitpid(pid, &status, 0);
	if (pid)
		note(status);
	else
		alarm(0);
}

static void forking(void)
{
	pid_t self = getpid();

	install(SIGUSR1, fork_inside, 0, 0);
	raise(SIGUSR1);
	if (getpid() != self)
		_exit(5); /* the child came back through the frame */
}

static void cancelled(void *p)
{
	note(*(int *)p);
}

static void wait_inside(int sig)
{
	int what = 12;

	note(sig);
	pthread_cleanup_push(cancelled, &what);
	if (write(pipes[1], "x", 1) == 1)
		pause();
	pthread_cleanup_pop(0);
}

static void *victim(void *unused)
{
	static char stack[ALT_SIZE];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof stack };
	int what = 34;

	sigaltstack(&ss, NULL);
	if (relocating && sigpact_exclude_set(SIGUSR1))
		_exit(3);
	pthread_cleanup_push(cancelled, &what);
	raise(SIGUSR1);
	pthread_cleanup_pop(0);
	return unused;
}

static void cancel(void)
{
	pthread_t thread;
	void *value;
	char c;

	if (pipe(pipes))
		_exit(3);
	install(SIGUSR1, wait_inside, 0, 0);
	pthread_create(&thread, NULL, victim, NULL);
	if (read(pipes[0], &c, 1) != 1 || pthread_cancel(thread) ||
	    pthread_join(thread, &value))
		_exit(3);
	note(value == PTHREAD_CANCELED);
}

static const struct test {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "context, siginfo, mask and stack", plain },
	{ "SS_AUTODISARM", autodisarm },
	{ "SA_RESETHAND", reset },
	{ "SA_NODEFER, four deep", no_defer },
	{ "SA_RESTART", restart },
	{ "EINTR without it", interrupt },
	{ "edits of context and mask take effect", edited },
	{ "siglongjmp", jumping },
	{ "sigsuspend's mask", suspend },
	{ "queued signals keep their order and values", queue },
	{ "faults: address, trap, error code", faults },
	{ "a signal that is not excluded, from the handler", mixed },
	{ "fork in the handler", forking },
	{ "pthread_cancel in the handler", cancel },
};

static uint64_t relocated(void)
{
	struct sigpact_counts c;
	uint64_t n = 0;
	int sig;

	for (sig = 1; sig <= 64; sig++)
		if (!sigpact_counts_get(sig, &c))
			n += c.relocated;
	return n;
}

static void run(const struct test *t)
{
	uint64_t before = relocated(); /* of other cases, under --stats */

	alarm(30);
	arm(0);
	t->run();
	notes[relocating].relocated = relocated() - before;
	notes[relocating].ended = 1;
	_exit(0);
}

static int same(const struct test *t)
{
	int i;

	memset(notes, 0, 2 * sizeof *notes);
	for (relocating = 0; relocating < 2; relocating++) {
		pid_t pid = fork();

		if (!pid)
			run(t);
		waitpid(pid, NULL, 0);
	}
	for (i = 0; i < NOTES; i++)
		if (notes[0].note[i] != notes[1].note[i])
			printf("# note %d: native %#lx, relocated %#lx\n", i,
			       (unsigned long)notes[0].note[i],
			       (unsigned long)notes[1].note[i]);
	return notes[0].ended && notes[1].ended && notes[0].count &&
	       notes[0].count < NOTES && !notes[0].relocated &&
	       (notes[1].relocated || sigpact_backend_get() ==
					  SIGPACT_BACKEND_KERNEL) &&
	       !memcmp(notes[0].note, notes[1].note, sizeof notes[0].note);
}

int main(void)
{
	size_t i;

	notes = mmap(NULL, 2 * sizeof *notes, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED)
		bail("no memory");
	for (i = 0; i < sizeof tests / sizeof *tests; i++)
		ok(same(&tests[i]), "%s", tests[i].name);
	return done();
}
