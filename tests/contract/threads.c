/* pthread_create(3) and thrd_create(3): attributes, errors, what a new thread
   starts with. */
#include "transcript.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <threads.h>
#include <unistd.h>

#define NOT_A_RESULT ((void *)0x5157)

/* Held until the creator has told of the new thread. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void pass_gate(void)
{
	int e = errno;

	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	errno = e;
}

static void *begins(void *argument)
{
	stack_t s;

	pass_gate();
	say("    thread: errno %d, argument %s", errno,
	    argument == NOT_A_RESULT ? "as given" : "wrong");
	say_mask("  in it");
	sigaltstack(NULL, &s);
	say_stack("  alternate", &s);
	return argument;
}

static void *says_its_stack(void *argument)
{
	pthread_attr_t attr;
	size_t size, guard;
	void *start;

	pass_gate();
	TELL(pthread_getattr_np(pthread_self(), &attr), "getattr");
	pthread_attr_getstack(&attr, &start, &size);
	pthread_attr_getguardsize(&attr, &guard);
	/* a libc that keeps thread-local data there counts ours as well */
	say("    stack %s size %zu KiB guard %zu", stack_name(start),
	    (size + 2048) / 4096 * 4, guard);
	pthread_attr_destroy(&attr);
	return argument;
}

static void *returns(void *argument)
{
	return argument;
}

static void *exits(void *argument)
{
	pthread_exit(argument);
}

static void *waits(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void *raises(void *argument)
{
	pass_gate();
	raise(SIGUSR1);
	return argument;
}

static void run(const char *what, const pthread_attr_t *attr,
		void *(*start)(void *))
{
	void *result = NULL;
	pthread_t t;
	int e;

	pthread_mutex_lock(&gate);
	TELL(e = pthread_create(&t, attr, start, NOT_A_RESULT), "create: %s",
	     what);
	pthread_mutex_unlock(&gate);
	if (e)
		return;
	if (start == waits)
		TELL(pthread_cancel(t), "cancel");
	TELL(pthread_join(t, &result), "join");
	say("  result %s", result == NOT_A_RESULT	? "as given"
			   : result == PTHREAD_CANCELED ? "cancelled"
							: "wrong");
}

static void attributes(void)
{
	static const size_t sizes[] = { 16384, 65536, 1ul << 20, 1ul << 46 };
	struct sched_param fifo = { .sched_priority = 1000 };
	pthread_attr_t attr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		pthread_attr_init(&attr);
		TELL(pthread_attr_setstacksize(&attr, sizes[i]), "size %zu",
		     sizes[i]);
		run("sized", &attr, begins);
		run("sized", &attr, says_its_stack);
		pthread_attr_destroy(&attr);
	}
	pthread_attr_init(&attr);
	TELL(pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN),
	     "least size");
	run("least", &attr, returns);
	pthread_attr_destroy(&attr);
	pthread_attr_init(&attr);
	TELL(pthread_attr_setstack(&attr, stack_a, STACK_SIZE), "own stack");
	run("own stack", &attr, begins);
	run("own stack", &attr, says_its_stack);
	pthread_attr_destroy(&attr);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	TELL(pthread_attr_setschedparam(&attr, &fifo), "priority 1000");
	run("explicit policy", &attr, begins);
	pthread_attr_destroy(&attr);
}

static int from_c11(void *argument)
{
	return begins(argument) == NOT_A_RESULT ? 11 : 12;
}

static int exits_c11(void *argument)
{
	(void)argument;
	thrd_exit(13);
}

static void c11(int (*start)(void *))
{
	thrd_t t;
	int n = 0, e;

	pthread_mutex_lock(&gate);
	TELL(e = thrd_create(&t, start, NOT_A_RESULT), "thrd_create");
	pthread_mutex_unlock(&gate);
	if (e != thrd_success)
		return;
	TELL(thrd_join(t, &n), "thrd_join");
	say("  result %d", n);
}

/* No process left for a thread: the limit counts this user's, not root's. */
static void none_left(void)
{
	struct rlimit none = { 1, 1 };

	setrlimit(RLIMIT_NPROC, &none);
	if (!geteuid() && setresuid(65534, 65534, 65534))
		return;
	run("above the limit", NULL, begins);
	c11(from_c11);
}

static void quit(void)
{
	pthread_exit(NULL);
}

void threads(void)
{
	sigset_t set;

	run("plain", NULL, begins);
	run("plain", NULL, says_its_stack);
	run("exits", NULL, exits);
	run("waits", NULL, waits);
	install(SIGUSR1, one, SA_ONSTACK);
	run("raises", NULL, raises);
	install(SIGUSR1, SIG_DFL, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, 64);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run("blocked", NULL, begins);
	unblock_all();
	attributes();
	c11(from_c11);
	c11(exits_c11);
	in_child("limit", none_left);
	in_child("the first thread exits", quit);
}
