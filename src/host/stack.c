/* This thread's native stack, learned once: pthread_getattr_np is not
   async-signal-safe, so a handler finds it known or stays where it is.
   Normal context. */
#include "core.h"
#include "host.h"
#include "sys.h"

#include <errno.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#define UNLIMITED (1ul << 30)

static uintptr_t here(void)
{
	return (uintptr_t)__builtin_frame_address(0);
}

/* The first thread's: from the limit down, as far as it may ever grow; its
   mapping now says less.  The strings of execve lie at its upper end. */
static int first_thread(uintptr_t *low, uintptr_t *high)
{
	struct rlimit limit;
	uintptr_t top = (getauxval(AT_EXECFN) | 4095) + 1, size = UNLIMITED;

	if (!getrlimit(RLIMIT_STACK, &limit) && limit.rlim_cur < UNLIMITED)
		size = limit.rlim_cur;
	if (here() >= top || here() < top - size)
		return -ENOENT;
	*low = top - size;
	*high = top;
	return 0;
}

/* Any other's, with its guard: natively a frame that reaches into it faults,
   so it must count as this stack. */
static int other_thread(uintptr_t *low, uintptr_t *high)
{
	pthread_attr_t attr;
	size_t size, guard = 0;
	void *start;

	if (pthread_getattr_np(pthread_self(), &attr))
		return -ENOMEM;
	pthread_attr_getstack(&attr, &start, &size);
	pthread_attr_getguardsize(&attr, &guard);
	pthread_attr_destroy(&attr);
	*low = (uintptr_t)start - guard;
	*high = (uintptr_t)start + size;
	return 0;
}

void sigpact__stack_set(uintptr_t low, uintptr_t high)
{
	static unsigned threads;
	struct sigpact__thread *t = sigpact__self();
	uintptr_t least = low + SIGPACT_RESERVE + sigpact__frame_size +
			  FRAME_RED_ZONE;

	t->shadow_stack = sigpact__shadow_stack() != 0;
	t->shard = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % SHARDS *
		   SIGPACT_SHARD_SIZE;
	/* the order matters to a signal that arrives in between */
	t->low = low;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->high = high;
	if (t->shadow_stack || least + sigpact__frame_size >= high)
		return;
	t->floor = least;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->span = high - sigpact__frame_size - least;
}

int sigpact__stack_learn(void)
{
	uintptr_t low, high;
	int e = -ENOENT;

	if (sigpact__self()->high)
		return 0;
	if (sigpact__sys0(SYS_gettid) == sigpact__sys0(SYS_getpid))
		e = first_thread(&low, &high);
	if (e)
		e = other_thread(&low, &high);
	if (!e)
		sigpact__stack_set(low, high);
	return e;
}
