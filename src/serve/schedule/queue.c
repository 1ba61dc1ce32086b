/* Jobs that nobody has begun, a heap by rank, the older first among equals.
   Normal context, under a lock; handlers read `earliest` alone. */
#include "schedule.h"

#include <errno.h>
#include <stdlib.h>

int sigpact__queue_init(struct queue *q)
{
	q->earliest = RANK_NONE;
	q->room = 1024;
	q->heap = calloc(q->room, sizeof *q->heap);
	return q->heap ? -pthread_mutex_init(&q->lock, NULL) : -ENOMEM;
}

void sigpact__queue_free(struct queue *q)
{
	free(q->heap);
	q->heap = NULL;
}

static int before(const struct job *a, const struct job *b)
{
	return a->rank < b->rank || (a->rank == b->rank && a->order < b->order);
}

static void rise(struct queue *q, size_t i, struct job *job)
{
	for (; i && before(job, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
		q->heap[i] = q->heap[(i - 1) / 2];
	q->heap[i] = job;
}

static void sink(struct queue *q, size_t i, struct job *job)
{
	size_t child;

	for (; (child = 2 * i + 1) < q->count; i = child) {
		if (child + 1 < q->count &&
		    before(q->heap[child + 1], q->heap[child]))
			child++;
		if (!before(q->heap[child], job))
			break;
		q->heap[i] = q->heap[child];
	}
	q->heap[i] = job;
}

static void tell(struct queue *q)
{
	q->earliest = q->count ? q->heap[0]->rank : RANK_NONE;
}

static int grow(struct queue *q)
{
	struct job **heap;

	if (q->count < q->room)
		return 0;
	heap = reallocarray(q->heap, 2 * q->room, sizeof *heap);
	if (!heap)
		return -ENOMEM;
	q->heap = heap;
	q->room *= 2;
	return 0;
}

int sigpact__queue_push(struct queue *q, struct job *job)
{
	int e;

	pthread_mutex_lock(&q->lock);
	e = grow(q);
	if (!e) {
		job->order = q->orders++;
		rise(q, q->count++, job);
		tell(q);
	}
	pthread_mutex_unlock(&q->lock);
	return e;
}

struct job *sigpact__queue_pop(struct queue *q, uint64_t below)
{
	struct job *job = NULL;

	pthread_mutex_lock(&q->lock);
	if (q->count && q->heap[0]->rank < below) {
		job = q->heap[0];
		q->count--;
		if (q->count)
			sink(q, 0, q->heap[q->count]);
		tell(q);
	}
	pthread_mutex_unlock(&q->lock);
	return job;
}

void sigpact__queue_rank(struct queue *q,
			 uint64_t (*rank)(const struct job *, void *),
			 void *context)
{
	size_t i;

	pthread_mutex_lock(&q->lock);
	for (i = 0; i < q->count; i++)
		q->heap[i]->rank = rank(q->heap[i], context);
	for (i = q->count / 2; i-- > 0;)
		sink(q, i, q->heap[i]);
	tell(q);
	pthread_mutex_unlock(&q->lock);
}
