/* Stacks for domains, in arenas of one size and guard; given back, they are kept
   with the pages that were used: cold pages are most of what a deep stack costs.
   Normal context; faults are looked up in the list of arenas (core/fault.c). */
#include "core.h"
#include "host.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ARENA (64ul << 20)	/* bytes, or one stack if that is larger */
#define MOST_IN_ARENA 64
#define MOST_WARM (32ul << 20)	/* bytes of stacks that nobody has now */

struct stack {
	struct arena *arena;
	struct stack *next;	/* another free one */
	uintptr_t base;		/* 0: never used */
	int warm;		/* counted in `warm` */
};

struct arena {
	struct sigpact__arena seen; /* first: what core sees */
	struct stack stack[MOST_IN_ARENA];
	struct stack *free;	/* of those that were used before */
	unsigned count, fresh, taken;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t warm;

static struct arena *next(const struct arena *a)
{
	return (struct arena *)a->seen.next;
}

static size_t stack_size(const struct arena *a)
{
	return a->seen.stride - a->seen.guard;
}

/* An arena of this kind with a stack to give, and failing that one that has no
   memory now. */
static struct arena *find(size_t stride, size_t guard, struct arena **empty)
{
	struct arena *a;

	*empty = NULL;
	for (a = (struct arena *)sigpact__arenas; a; a = next(a)) {
		if (!a->seen.size)
			*empty = a;
		else if (a->seen.stride == stride && a->seen.guard == guard &&
			 (a->free || a->fresh < a->count))
			return a;
	}
	return NULL;
}

static uintptr_t reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? 0 : (uintptr_t)p;
}

static struct arena *fill(struct arena *a, size_t stride, size_t guard)
{
	size_t count = ARENA / stride;
	int is_new = !a;
	uintptr_t base;

	if (!a)
		a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	count = count < 1 ? 1 : count > MOST_IN_ARENA ? MOST_IN_ARENA : count;
	base = reserve(count * stride);
	if (!base) {
		count = 1;
		base = reserve(stride);
	}
	if (!base) {
		if (is_new)
			free(a);
		return NULL;
	}
	a->free = NULL;
	a->fresh = a->taken = 0;
	a->count = (unsigned)count;
	a->seen.stride = stride;
	a->seen.guard = guard;
	a->seen.base = base;
	__atomic_store_n(&a->seen.size, count * stride, __ATOMIC_RELEASE);
	if (is_new) {
		a->seen.next = sigpact__arenas;
		__atomic_store_n(&sigpact__arenas, &a->seen, __ATOMIC_RELEASE);
	}
	return a;
}

/* One that was used before is the warmer. */
static struct stack *take(struct arena *a)
{
	struct stack *s = a->free;
	uintptr_t base;

	if (s) {
		a->free = s->next;
		if (s->warm)
			warm -= stack_size(a);
		a->taken++;
		return s;
	}
	base = a->seen.base + a->fresh * a->seen.stride;
	if (mprotect((void *)(base + a->seen.guard), stack_size(a),
		     PROT_READ | PROT_WRITE))
		return NULL;
	/* a page at a time: nobody needs two megabytes for his first call */
	madvise((void *)(base + a->seen.guard), stack_size(a),
		MADV_NOHUGEPAGE);
	s = &a->stack[a->fresh++];
	s->arena = a;
	s->base = base;
	a->taken++;
	return s;
}

void *sigpact__pool_take(size_t size, size_t guard, struct sigpact__pooled *p)
{
	struct arena *a, *empty;
	struct stack *s = NULL;

	pthread_mutex_lock(&lock);
	a = find(guard + size, guard, &empty);
	if (!a)
		a = fill(empty, guard + size, guard);
	if (a)
		s = take(a);
	pthread_mutex_unlock(&lock);
	if (!s)
		return NULL;
	p->guard = s->base;
	p->low = s->base + guard;
	p->high = p->low + size;
	return s;
}

/* The last stack of it is free: the memory goes, unless that is little. */
static void drop(struct arena *a)
{
	struct stack *s;

	for (s = a->free; s; s = s->next)
		if (s->warm)
			warm -= stack_size(a);
	munmap((void *)a->seen.base, a->seen.size);
	__atomic_store_n(&a->seen.size, 0, __ATOMIC_RELEASE);
}

void sigpact__pool_give(void *taken)
{
	struct stack *s = taken;
	struct arena *a = s->arena;

	pthread_mutex_lock(&lock);
	s->warm = warm + stack_size(a) <= MOST_WARM;
	if (s->warm)
		warm += stack_size(a);
	else
		madvise((void *)(s->base + a->seen.guard), stack_size(a),
			MADV_DONTNEED);
	s->next = a->free;
	a->free = s;
	if (!--a->taken && !s->warm)
		drop(a);
	pthread_mutex_unlock(&lock);
}
