/* What a finding is about, done by a real process:

	findings-victim ID bad|good [LIBRARY]

   bad shows the finding, good differs in what it is about and does not.  Says
   "ready" and waits to be killed. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { BIG = 65536, GUARD = 65536 };

static int bad;
static const char *library;

static void on_signal(int sig)
{
}

static void handle(int sig, int flags, void (*handler)(int))
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = flags };

	if (sigaction(sig, &a, NULL))
		_exit(3);
}

static char *map(size_t size, int guarded)
{
	char *p = mmap(NULL, GUARD + size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || (guarded && mprotect(p, GUARD, PROT_NONE)))
		_exit(3);
	return p + GUARD;
}

static void arm(void *at, size_t size)
{
	stack_t s = { .ss_sp = at, .ss_size = size };

	if (sigaltstack(&s, NULL))
		_exit(3);
}

static void stay(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static pthread_barrier_t barrier;

static void *arm_too(void *at)
{
	if (at)
		arm(at, BIG);
	pthread_barrier_wait(&barrier);
	while (pause())
		continue;
	return NULL;
}

static void with_thread(void *at)
{
	pthread_t t;

	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&t, NULL, arm_too, at))
		_exit(3);
	pthread_barrier_wait(&barrier);
	stay();
}

static void load(void)
{
	void *l = dlopen(library, RTLD_NOW);
	int (*add)(int, int) = l ? (int (*)(int, int))dlsym(l, "Add") : NULL;

	if (!add || add(1, 2) != 3)
		_exit(3);
}

static void with_go(int sig, int before)
{
	if (before)
		handle(sig, 0, on_signal);
	load();
	if (!before)
		handle(sig, 0, on_signal);
	stay();
}

static void wrong_stack(void)
{
	with_go(SIGPWR, bad);
}

static void missing_onstack(void)
{
	with_go(SIGUSR1, !bad);
}

static void altstack(size_t size, int guarded)
{
	handle(SIGUSR1, SA_ONSTACK, on_signal);
	arm(map(size, guarded), size);
}

static void small(void)
{
	altstack(bad ? 4096 : BIG, 1);
	stay();
}

static void no_guard(void)
{
	altstack(16384, !bad);
	stay();
}

static void unmapped(void)
{
	char *p = map(BIG, 1);

	handle(SIGUSR1, SA_ONSTACK, on_signal);
	arm(p, BIG);
	if (bad)
		munmap(p, BIG);
	stay();
}

static void shared(void)
{
	char *p = map(BIG, 1);

	handle(SIGUSR1, SA_ONSTACK, on_signal);
	arm(p, BIG);
	with_thread(bad ? p : map(BIG, 1));
}

static void some(void)
{
	handle(SIGSEGV, SA_ONSTACK, on_signal);
	arm(map(BIG, 1), BIG);
	with_thread(bad ? NULL : map(BIG, 1));
}

static void overflow(void)
{
	handle(SIGSEGV, bad ? 0 : SA_ONSTACK, on_signal);
	arm(map(BIG, 1), BIG);
	stay();
}

static void no_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	handle(SIGUSR1, 0, (void (*)(int))p);
	if (bad)
		munmap(p, 4096);
	stay();
}

static void blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	handle(SIGUSR1, 0, on_signal);
	if (bad)
		pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	stay();
}

__attribute__((noinline)) static void arm_here(int remain)
{
	char frame[BIG];

	arm(frame, sizeof frame);
	if (remain)
		stay();
	__asm__ volatile("" : : "r"(frame) : "memory");
}

static void dead(void)
{
	handle(SIGUSR1, SA_ONSTACK, on_signal);
	arm_here(!bad);
	stay();
}

static void full(void)
{
	char *p = map(BIG, 1);

	handle(SIGUSR1, SA_ONSTACK, on_signal);
	arm(p, BIG);
	memset(bad ? p : p + BIG / 2, 1, BIG / 2);
	stay();
}

static const struct {
	const char *id;
	void (*show)(void);
} shows[] = {
	{ "SP001", wrong_stack }, { "SP002", missing_onstack },
	{ "SP003", small }, { "SP004", no_guard }, { "SP005", unmapped },
	{ "SP006", shared }, { "SP007", some }, { "SP008", overflow },
	{ "SP009", no_code }, { "SP012", blocked }, { "SP014", dead },
	{ "SP015", full },
};

int main(int argc, char **argv)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc < 3)
		return 2;
	bad = !strcmp(argv[2], "bad");
	library = argv[3];
	for (i = 0; i < sizeof shows / sizeof *shows; i++)
		if (!strcmp(shows[i].id, argv[1]))
			shows[i].show();
	return 2;
}
