/* sigaltstack(2): what it takes and refuses, on the stack and off it. */
#include "transcript.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static stack_t stack(void *sp, size_t size, unsigned flags)
{
	stack_t s;

	memset(&s, 0, sizeof s);
	s.ss_sp = sp;
	s.ss_size = size;
	s.ss_flags = (int)flags;
	return s;
}

static void query(void)
{
	stack_t now;

	blot(&now, sizeof now);
	TELL(sigaltstack(NULL, &now), "  query");
	say_stack("now:", &now);
	blot(&now, sizeof now);
	TELL(syscall(SYS_sigaltstack, NULL, &now), "  raw query");
	say_stack("now:", &now);
}

/* The prototype promises that the two are not the same; callers do it. */
static int exchange(stack_t *both)
{
	stack_t *volatile old = both;

	return sigaltstack(both, old);
}

static void set(stack_t s)
{
	stack_t given = s, old;

	blot(&old, sizeof old);
	TELL(sigaltstack(&s, &old), "set %s %zu %#x", stack_name(s.ss_sp),
	     s.ss_size, (unsigned)s.ss_flags);
	say_stack("old:", &old);
	if (memcmp(&given, &s, sizeof s))
		say("  ss was written");
	query();
	TELL(exchange(&s), "same object");
	say_stack("same:", &s);
	blot(&old, sizeof old);
	TELL(syscall(SYS_sigaltstack, &given, &old), "raw set");
	say_stack("old:", &old);
	query();
}

static void disable(void)
{
	stack_t none = stack(NULL, 0, SS_DISABLE);

	TELL(sigaltstack(&none, NULL), "disable");
}

static void sizes_and_flags(char *sp, const size_t *sizes, size_t count_sizes)
{
	static const unsigned flags[] = {
		0, SS_ONSTACK, SS_DISABLE, SS_AUTODISARM_FLAG,
		SS_AUTODISARM_FLAG | SS_ONSTACK,
		SS_AUTODISARM_FLAG | SS_DISABLE, SS_ONSTACK | SS_DISABLE,
		4, 0x40000000, ~0u,
	};
	size_t i, j;

	for (i = 0; i < count_sizes; i++)
		for (j = 0; j < ARRAY_SIZE(flags); j++)
			set(stack(sp, sizes[i], flags[j]));
	for (j = 0; j < ARRAY_SIZE(flags); j++) {
		disable();
		set(stack(sp, sizes[0], flags[j]));
		set(stack(NULL, sizes[1], flags[j]));
	}
	disable();
}

static void bad_addresses(stack_t s)
{
	stack_t *nowhere = (stack_t *)8, *edge = (stack_t *)-16;

	TELL(syscall(SYS_sigaltstack, nowhere, NULL), "raw, bad ss");
	TELL(syscall(SYS_sigaltstack, edge, NULL), "raw, bad ss at the end");
	TELL(syscall(SYS_sigaltstack, NULL, nowhere), "raw, bad old");
	query();
	/* the kernel sets first, and cannot store then */
	TELL(syscall(SYS_sigaltstack, &s, nowhere), "raw, set and bad old");
	query();
	disable();
}

static const char *step;

static void on_it(int sig)
{
	stack_t b = stack(stack_b, STACK_SIZE, 0), bad = stack(NULL, 0, 64);

	say("    in %d: %s", sig, step);
	if (!places)
		return;
	query();
	set(b);
	set(bad);
	set(stack(stack_b, 100, 0));
	set(stack(NULL, 0, SS_DISABLE));
	set(stack(stack_a, STACK_SIZE, SS_AUTODISARM_FLAG));
}

/* 35 runs inside 40 when a handler may arm another stack. */
static void disarmed(int sig)
{
	stack_t b = stack(stack_b, STACK_SIZE, SS_AUTODISARM_FLAG);

	say("    in %d: %s", sig, step);
	if (!places)
		return;
	query();
	if (sig != 40)
		return;
	TELL(sigaltstack(&b, NULL), "arm b inside");
	raise(35);
	query();
}

static void inside(void)
{
	stack_t a = stack(stack_a, STACK_SIZE, 0);

	step = "no alternate stack";
	install(40, on_it, SA_ONSTACK);
	if (!places)
		return;
	raise(40);
	query();
	disable();
	step = "on it";
	sigaltstack(&a, NULL);
	raise(40);
	query();
	step = "armed, SA_ONSTACK not set";
	install(40, on_it, 0);
	raise(40);
	query();
	disable();
	step = "SS_AUTODISARM";
	a.ss_flags = (int)SS_AUTODISARM_FLAG;
	sigaltstack(&a, NULL);
	install(40, disarmed, SA_ONSTACK);
	install(35, disarmed, SA_ONSTACK);
	raise(40);
	query();
	disable();
	install(40, SIG_DFL, 0);
	install(35, SIG_DFL, 0);
}

static void *in_thread(void *tiny_one)
{
	query();
	set(stack(stack_b, STACK_SIZE, 0));
	if (tiny_one)
		set(stack(tiny_b, TINY_SIZE, 0));
	return NULL;
}

static pthread_key_t late;

/* What a thread's last words find is still what it armed. */
static void at_exit(void *p)
{
	say("  in a destructor");
	query();
	if (p == &tiny_a[0])
		set(stack(tiny_b, TINY_SIZE, 0));
}

static void *ends_armed(void *sp)
{
	TELL(pthread_setspecific(late, sp), "setspecific");
	set(stack(sp, sp == stack_a ? STACK_SIZE : TINY_SIZE, 0));
	return NULL;
}

static void in_threads(void)
{
	pthread_t t;

	pthread_create(&t, NULL, in_thread, tiny ? tiny_b : NULL);
	pthread_join(t, NULL);
	pthread_key_create(&late, at_exit);
	pthread_create(&t, NULL, ends_armed, stack_a);
	pthread_join(t, NULL);
	if (tiny) {
		pthread_create(&t, NULL, ends_armed, tiny_a);
		pthread_join(t, NULL);
	}
	pthread_key_delete(late);
	query();
}

/* Armed before fork and vfork. */
static void in_children(stack_t s)
{
	pid_t pid;

	TELL(sigaltstack(&s, NULL), "arm");
	in_child("fork", query);
	pid = vfork();
	if (!pid) {
		query();
		set(stack(stack_b, STACK_SIZE, 0));
		if (tiny)
			set(stack(tiny_b, TINY_SIZE, 0));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	query();
	disable();
}

void stacks(void)
{
	static const size_t big[] = { STACK_SIZE, STACK_SIZE - 8, 0, 1, 2047 };
	static const size_t small[] = { 2048, 4096, 3000 };

	query();
	sizes_and_flags(stack_a, big, ARRAY_SIZE(big));
	bad_addresses(stack(stack_a, STACK_SIZE, 0));
	inside();
	in_threads();
	in_children(stack(stack_a, STACK_SIZE, 0));
	if (!tiny)
		return;
	say("stacks that are too small");
	sizes_and_flags(tiny_a, small, ARRAY_SIZE(small));
	bad_addresses(stack(tiny_a, TINY_SIZE, 0));
	in_children(stack(tiny_a, TINY_SIZE, 0));
	/* by turns */
	set(stack(tiny_a, TINY_SIZE, 0));
	set(stack(stack_a, STACK_SIZE, 0));
	set(stack(tiny_b, TINY_SIZE, 0));
	set(stack(tiny_a, 2048, SS_AUTODISARM_FLAG));
	disable();
	query();
}
