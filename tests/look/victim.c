/* See victim.h.  What it tells is what the kernel and libc say to itself. */
#include "victim.h"
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DISARM (1u << 31)	/* SS_AUTODISARM */

const char *const shape_name[SHAPES] = {
	"", ") R 1 2 3", "a\nb", "fifteen letters", "\\012 \\n", "(((", " ",
	"x) S 1 (y)", "sp ace\t", "\xff\xfe", "SigBlk:\tffff", "touched",
	"full", "\033[31m", "\n", "on it", "elsewhere",
};

static struct victim *self;
static long page;
static char *both;	/* of SHARED_A and SHARED_B */

static void tell(struct told *to)
{
	pthread_attr_t attr;
	size_t size = 0;
	void *low = NULL;
	stack_t s;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &to->blocked, 8);
	syscall(SYS_rt_sigpending, &to->pending, 8);
	syscall(SYS_sigaltstack, NULL, &s);
	to->base = (uintptr_t)s.ss_sp;
	to->size = s.ss_size;
	to->flags = (unsigned)s.ss_flags;
	to->here = (uintptr_t)__builtin_frame_address(0);
	if (!pthread_getattr_np(pthread_self(), &attr)) {
		pthread_attr_getstack(&attr, &low, &size);
		pthread_attr_destroy(&attr);
	}
	to->low = (uintptr_t)low;
	to->high = to->low + size;
	__atomic_store_n(&to->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	__atomic_add_fetch(&self->ready, 1, __ATOMIC_RELEASE);
}

__attribute__((noreturn)) static void stay(void)
{
	for (;;)
		pause();
}

static void on_it(int sig)
{
	int i = 0;

	/* the thread's entry: it is found by its own number */
	while (self->told[i].tid != -(pid_t)syscall(SYS_gettid))
		i++;
	tell(&self->told[i]);
	stay();
}

/* ALT_PAGES with as many on either side, none of them touched. */
static char *area(int prot, int flags)
{
	char *p = mmap(NULL, 3 * ALT_PAGES * (size_t)page, prot,
		       flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	madvise(p, 3 * ALT_PAGES * (size_t)page, MADV_NOHUGEPAGE);
	return p + ALT_PAGES * page;
}

static char *prepare(enum shape shape, size_t size)
{
	char *p = both, *end;

	if (shape == SHARED_A || shape == SHARED_B)
		return p;
	p = area(PROT_READ | PROT_WRITE,
		 shape == MAP_OF_ALL ? MAP_SHARED : MAP_PRIVATE);
	end = p + size;
	if (shape == HOLE)
		munmap(p - page, (size_t)page);
	else if (shape != UNGUARDED && shape != UNALIGNED)
		mprotect(p - page, (size_t)page, PROT_NONE);
	if (shape == TOUCHED || shape == MAP_OF_ALL)
		*(volatile char *)(end - TOUCHED_PAGES * page) = 1;
	if (shape == FULL)
		memset(p, 1, size);
	if (shape != UNALIGNED)
		return p;
	p[0] = p[size - 1] = 1; /* the neighbours' */
	return p + 64;
}

static void arm(enum shape shape, size_t size)
{
	char *p = prepare(shape, size);
	stack_t s = { .ss_sp = p, .ss_size = size };

	if (shape == AUTODISARM || shape == ELSEWHERE)
		s.ss_flags = (int)DISARM;
	if (syscall(SYS_sigaltstack, &s, NULL))
		abort();
	if (shape == DISABLED) {
		s.ss_flags = SS_DISABLE;
		syscall(SYS_sigaltstack, &s, NULL);
	} else if (shape == UNMAPPED) {
		munmap(p, size);
	} else if (shape == HALF_UNMAPPED) {
		munmap(p + size / 2, size / 2);
	} else if (shape == READ_ONLY) {
		mprotect(p, size, PROT_READ);
	}
}

static void *run(void *arg)
{
	enum shape shape = (enum shape)(intptr_t)arg;
	size_t size = ALT_PAGES * (size_t)page;
	uint64_t set = 1ull << (PENDING_ALL - 1) | 1ull << (PENDING_ONE - 1) |
		       1ull << shape;

	set &= ~(1ull << (SIGUSR1 - 1) | 1ull << (SIGKILL - 1));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
	prctl(PR_SET_NAME, shape_name[shape]);
	if (shape != NONE)
		arm(shape, shape == UNALIGNED ? size - 128 : size);
	if (shape == GUARDED)
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid),
			PENDING_ONE);
	if (shape == ON_IT || shape == ELSEWHERE) {
		self->told[shape].tid = -(pid_t)syscall(SYS_gettid);
		raise(SIGUSR1);
	}
	tell(&self->told[shape]);
	stay();
}

static void act(int sig, void (*handler)(int), int flags, int blocked)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&a.sa_mask);
	if (blocked)
		sigaddset(&a.sa_mask, blocked);
	sigaction(sig, &a, NULL);
}

static void set_actions(void)
{
	act(SIGUSR1, on_it, SA_ONSTACK, SIGHUP);
	act(SIGUSR2, on_it, SA_RESTART | SA_NODEFER | SA_SIGINFO, 0);
	act(SIGTERM, on_it, (int)SA_RESETHAND, SIGALRM);
	act(SIGCHLD, SIG_DFL, SA_NOCLDWAIT | SA_NOCLDSTOP, 0);
	act(SIGPIPE, SIG_IGN, 0, 0);
	act(64, on_it, SA_ONSTACK | SA_RESTART, 63);
}

__attribute__((noreturn)) static void victim(void)
{
	uint64_t set = 1ull << (PENDING_ALL - 1);
	pthread_t thread;
	intptr_t i;
	int sig;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "vic) tim");
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
	kill(getpid(), PENDING_ALL);
	set_actions();
	both = area(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	mprotect(both - page, (size_t)page, PROT_NONE);
	for (i = 0; i < SHAPES; i++)
		if (pthread_create(&thread, NULL, run, (void *)i))
			_exit(1);
	/* libc takes signals of its own with the first thread */
	for (sig = 1; sig <= 64; sig++)
		syscall(SYS_rt_sigaction, sig, NULL, self->action[sig], 8);
	tell(&self->told[SHAPES]);
	if (self->leave)
		pthread_exit(NULL);
	stay();
}

/* 'S' for each thread, or 'Z' for the first when it leaves; anything else may
   still become that. */
static int waits(pid_t pid, pid_t tid, int leave)
{
	char path[64], text[512], want = leave && pid == tid ? 'Z' : 'S';
	size_t size;
	char *end;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(path, "re");
	if (!f)
		bail("the victim's thread is gone");
	size = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[size] = 0;
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == want;
}

void victim_settle(const struct victim *v)
{
	int i;

	for (i = 0; i <= SHAPES; i++)
		while (!waits(v->pid, v->told[i].tid, v->leave))
			usleep(1000);
}

struct victim *victim_start(int leave)
{
	struct victim *v = mmap(NULL, sizeof *v, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	page = sysconf(_SC_PAGESIZE);
	if (v == MAP_FAILED)
		bail("no memory");
	fflush(stdout);
	v->leave = leave;
	self = v;
	pid = fork();
	if (!pid)
		victim();
	v->pid = pid;
	while (__atomic_load_n(&v->ready, __ATOMIC_ACQUIRE) < SHAPES + 1) {
		if (waitpid(v->pid, NULL, WNOHANG))
			bail("the victim ended");
		usleep(1000);
	}
	victim_settle(v);
	return v;
}

void victim_end(struct victim *v)
{
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
	munmap(v, sizeof *v);
}
