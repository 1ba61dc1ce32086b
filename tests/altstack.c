/* sigpact_altstack_arm and _disarm: what they refuse, what they restore, and
   that everything is given back when a thread ends. */
#include <errno.h>
#include <pthread.h>
#include <sigpact.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { UNTOUCHED = 4242, STACK_SIZE = 1 << 17 };

/* The result of a call; errno is part of it. */
#define GIVES(call, result) (errno = UNTOUCHED, (call) == (result)) && \
	errno == UNTOUCHED

static char mine[STACK_SIZE], other[STACK_SIZE];
static volatile int arms, disarms, delivered;
static const char *volatile where;

static void handler(int sig)
{
	char here;

	(void)sig;
	where = &here;
	delivered++;
}

static void tries(int sig)
{
	(void)sig;
	arms = sigpact_altstack_arm(0);
	disarms = sigpact_altstack_disarm();
}

static stack_t armed(void)
{
	stack_t s;

	sigaltstack(NULL, &s);
	return s;
}

static int is(stack_t s, const void *sp, size_t size, int flags)
{
	return s.ss_sp == sp && s.ss_size == size && s.ss_flags == flags;
}

static void arm(char *sp, int flags)
{
	stack_t s = { .ss_sp = sp, .ss_size = STACK_SIZE, .ss_flags = flags };

	if (sigaltstack(&s, NULL))
		bail("sigaltstack");
}

static int runs_on(const stack_t *s, int sig)
{
	where = NULL;
	raise(sig);
	return (uintptr_t)where - (uintptr_t)s->ss_sp < s->ss_size;
}

static void install(int sig, void (*h)(int), int flags)
{
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_handler = h;
	a.sa_flags = flags;
	sigaction(sig, &a, NULL);
}

/* The line of /proc/self/maps that ends at address: are these its rights? */
static int mapped_below(uintptr_t address, const char *rights, size_t size)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char seen[8], line[512];
	int found = 0;

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%lx-%lx %7s", &from, &to, seen) == 3 &&
		    to == address)
			found = !strcmp(seen, rights) && to - from >= size;
	if (f)
		fclose(f);
	return found;
}

static void armed_and_disarmed(void)
{
	stack_t now;

	ok(GIVES(sigpact_altstack_arm(0), 0), "arm");
	now = armed();
	ok(now.ss_flags == 0 &&
	       now.ss_size >= (size_t)sigpact_altstack_size(4) &&
	       mapped_below((uintptr_t)now.ss_sp, "---p", 65536),
	   "as large as said, above an inaccessible guard of 64 KiB");
	ok(runs_on(&now, SIGUSR1), "a handler runs on it");
	ok(GIVES(sigpact_altstack_arm(0), -EBUSY) &&
	       GIVES(sigpact_altstack_arm(1), -EBUSY),
	   "arm again: -EBUSY");
	install(SIGUSR2, tries, SA_ONSTACK);
	raise(SIGUSR2);
	ok(arms == -EBUSY && disarms == -EPERM, "on it: -EBUSY and -EPERM");
	ok(is(armed(), now.ss_sp, now.ss_size, 0), "nothing changed by it");
	ok(GIVES(sigpact_altstack_disarm(), 0), "disarm");
	ok(armed().ss_flags == SS_DISABLE, "there was none before: none");
	ok(GIVES(sigpact_altstack_disarm(), -ENOENT), "again: -ENOENT");
	ok(GIVES(sigpact_altstack_arm(5000), 0) && armed().ss_size >= 5000 &&
	       GIVES(sigpact_altstack_disarm(), 0),
	   "of a given size");
}

static void others(void)
{
	const int autodisarm = (int)(1u << 31);

	arm(mine, 0);
	raise(SIGUSR2);
	ok(arms == -EPERM && disarms == -ENOENT,
	   "on another's stack: -EPERM and -ENOENT");
	ok(!sigpact_altstack_arm(0) && armed().ss_sp != mine &&
	       !sigpact_altstack_disarm() &&
	       is(armed(), mine, STACK_SIZE, 0),
	   "the one before is back");
	arm(mine, autodisarm);
	ok(!sigpact_altstack_arm(0) && !sigpact_altstack_disarm() &&
	       is(armed(), mine, STACK_SIZE, autodisarm),
	   "with its SS_AUTODISARM");
	sigpact_altstack_arm(0);
	arm(other, 0);
	ok(GIVES(sigpact_altstack_disarm(), 0) &&
	       is(armed(), other, STACK_SIZE, 0) &&
	       GIVES(sigpact_altstack_disarm(), -ENOENT),
	   "one that another party armed since stays");
}

static void no_memory(void)
{
	struct rlimit was, none = { 4096, 0 };
	int e;

	getrlimit(RLIMIT_AS, &was);
	none.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_AS, &none);
	errno = UNTOUCHED;
	e = sigpact_altstack_arm(0);
	setrlimit(RLIMIT_AS, &was);
	ok(e == -ENOMEM && errno == UNTOUCHED &&
	       is(armed(), other, STACK_SIZE, 0),
	   "no memory: -ENOMEM, and the stack that was armed");
}

static int mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	int c, lines = 0;

	while (f && (c = getc(f)) != EOF)
		lines += c == '\n';
	if (f)
		fclose(f);
	return lines;
}

/* KiB locked, by the kernel's word. */
static long locked_kib(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long n = -1;

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmLck: %ld", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

static void locked(void)
{
	long before = locked_kib(), with;
	stack_t now;

	arm(mine, 0);
	ok(GIVES(sigpact_altstack_arm_flags(0, 2), -EINVAL) &&
	       GIVES(sigpact_altstack_arm_flags(0, ~0u), -EINVAL) &&
	       is(armed(), mine, STACK_SIZE, 0),
	   "flags that there are not: -EINVAL");
	ok(GIVES(sigpact_altstack_arm_flags(0, 0), 0) &&
	       locked_kib() == before && !sigpact_altstack_disarm(),
	   "no flag: as sigpact_altstack_arm, nothing is locked");
	ok(GIVES(sigpact_altstack_arm_flags(0, SIGPACT_STACK_LOCKED), 0),
	   "SIGPACT_STACK_LOCKED");
	now = armed();
	with = locked_kib();
	ok(with - before >= sigpact_altstack_size(4) / 1024 &&
	       madvise((void *)((uintptr_t)now.ss_sp & ~4095ul), 4096,
		       MADV_DONTNEED) && errno == EINVAL,
	   "its pages cannot be dropped; KiB locked: %ld", with - before);
	ok(runs_on(&now, SIGUSR1) &&
	       GIVES(sigpact_altstack_arm_flags(0, SIGPACT_STACK_LOCKED),
		     -EBUSY), "a handler runs on it; again: -EBUSY");
	ok(!sigpact_altstack_disarm() && locked_kib() == before &&
	       is(armed(), mine, STACK_SIZE, 0),
	   "disarmed: nothing is locked any more");
}

/* Without privilege: the limit holds.  0, or the line where it went wrong. */
static int refuses(rlim_t limit)
{
	struct rlimit l = { limit, limit };
	int maps;

	if (setrlimit(RLIMIT_MEMLOCK, &l) ||
	    (!geteuid() && setresuid(65534, 65534, 65534)))
		return __LINE__;
	sigpact_altstack_arm(0); /* what that allocates once */
	sigpact_altstack_disarm();
	maps = mappings();
	if (!(GIVES(sigpact_altstack_arm_flags(0, SIGPACT_STACK_LOCKED),
		    -EAGAIN)))
		return __LINE__;
	if (!is(armed(), mine, STACK_SIZE, 0) || mappings() != maps)
		return __LINE__;
	if (sigpact_altstack_arm(0) || sigpact_altstack_disarm())
		return __LINE__;
	return 0;
}

static void over_the_limit(void)
{
	static const rlim_t limits[] = { 0, 8192 };
	size_t i;
	int status;

	for (i = 0; i < sizeof limits / sizeof *limits; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(refuses(limits[i]) & 255);
		waitpid(pid, &status, 0);
		ok(!status, "RLIMIT_MEMLOCK %lu: -EAGAIN, nothing changed "
		   "(status %d)", (unsigned long)limits[i], status);
	}
}

static void *excludes_then_arms(void *unused)
{
	stack_t now;

	ok(armed().ss_flags == SS_DISABLE && !sigpact_exclude_set(SIGUSR1) &&
	       !runs_on(&(stack_t){ mine, 0, STACK_SIZE }, SIGUSR1) && where,
	   "excluded in a thread without an alternate stack");
	ok(!sigpact_altstack_arm(0), "then arm one");
	now = armed();
	ok(!runs_on(&now, SIGUSR1) && where, "it takes effect");
	ok(!sigpact_exclude_clear(SIGUSR1) && runs_on(&now, SIGUSR1),
	   "cleared: the handler runs on it");
	return unused;
}

static void *one_of_many(void *failed)
{
	if (sigpact_exclude_set(SIGUSR1) || sigpact_altstack_arm(0) ||
	    pthread_kill(pthread_self(), SIGUSR1))
		*(int *)failed = 1;
	return NULL;
}

static long resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = -1;

	if (f && fscanf(f, "%*d %ld", &pages) != 1)
		pages = -1;
	if (f)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE) / 1024;
}

/* Keeps what threads free, maps as it likes, and is slow. */
extern void __asan_init(void) __attribute__((weak));

static void many_threads(int threads)
{
	int i, failed = 0, maps = 0;
	long size = 0;

	delivered = 0;
	for (i = 1; i <= threads && !failed; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, one_of_many, &failed) ||
		    pthread_join(t, NULL))
			bail("no thread");
		if (i != threads / 10)
			continue;
		maps = mappings();
		size = resident();
	}
	ok(!failed && delivered == threads, "%d threads exclude, arm, exit",
	   threads);
	if (__asan_init) {
		skip("mappings and memory", "the sanitizer has its own");
		return;
	}
	ok(mappings() == maps, "mappings: %d after a tenth, %d at the end",
	   maps, mappings());
	/* what one leaked stack each would come to is 35 MiB and more */
	ok(resident() - size < 4096, "KiB resident: %ld after a tenth, %ld "
	   "at the end", size, resident());
}

/* An argument: how many threads, one after another. */
int main(int argc, char **argv)
{
	pthread_t t;

	install(SIGUSR1, handler, SA_ONSTACK);
	armed_and_disarmed();
	others();
	no_memory();
	locked();
	over_the_limit();
	pthread_create(&t, NULL, excludes_then_arms, NULL);
	pthread_join(t, NULL);
	many_threads(argc > 1 ? atoi(argv[1]) : __asan_init ? 500 : 10000);
	return done();
}
