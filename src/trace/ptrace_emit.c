/* Events of the keeper, made in the ring itself.  A full ring stops the keeper,
   and with it whoever makes events, until the reader has read: none is lost.
   Tracer's context, in the keeper. */
#include "ptrace.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t sigpact__event_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Where it may be written, or nowhere, when nobody is left to read. */
static void *room(struct keeper *k)
{
	const struct timespec nap = { 0, 100000 };
	struct sigpact__ring *r = k->ring;

	while (!k->passes) {
		if (r->written + EVENT_MOST -
			    __atomic_load_n(&r->read, __ATOMIC_ACQUIRE) <=
		    RING_SIZE)
			return r->bytes + r->written % RING_SIZE;
		if (r->state == RING_STARTS)
			sigpact__keeper_opened(k); /* who is to read waits */
		if (__atomic_load_n(&r->abandoned, __ATOMIC_RELAXED) ||
		    getppid() != k->reader)
			k->passes = 1;
		else
			nanosleep(&nap, NULL);
	}
	return k->unread;
}

struct sigpact__event *sigpact__event_new(struct keeper *k,
					  const struct tracee *t, int kind,
					  size_t size)
{
	struct sigpact__event *e = room(k);

	e->size = (size + 7) & ~(size_t)7;
	e->kind = kind;
	e->seen = 0;
	e->time_ns = sigpact__event_now();
	e->pid = t->of->pid;
	e->tid = t->tid;
	return e;
}

/* The reader says that it waits, then looks again; we write, then look whether
   it waits: one of both sees the other. */
void sigpact__event_tell(struct keeper *k, struct sigpact__event *e)
{
	struct sigpact__ring *r = k->ring;

	if ((char *)e == k->unread)
		return;
	__atomic_store_n(&r->written, r->written + e->size, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&r->waits, __ATOMIC_SEQ_CST))
		sigpact__keeper_rings(k);
}
