/* Storms: the same signal from one sender to one thread, a thousand times a
   second or more for a tenth of a second, and next to never acknowledged.  Each
   is found once, and told a line a second as long as it lasts.  Tracer's
   context. */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_NS 100000000ull
#define SECOND_NS 1000000000ull
enum { STORM_RATE = 1000,	/* deliveries a second, as inspect has it */
       MOST_SENDERS = 64 };	/* that are counted, for a thread */

/* A new one, or, when there are many, that which was quiet the longest. */
static struct sigpact__storm *take(struct sigpact__traced_thread *t)
{
	struct sigpact__storm *storm, *next, *oldest = t->storm;
	unsigned n = 0;

	for (storm = t->storm; storm; storm = storm->next, n++)
		if (storm->last_ns < oldest->last_ns)
			oldest = storm;
	if (n >= MOST_SENDERS) {
		next = oldest->next;
		memset(oldest, 0, sizeof *oldest);
		oldest->next = next;
		return oldest;
	}
	storm = calloc(1, sizeof *storm);
	if (storm) {
		storm->next = t->storm;
		t->storm = storm;
	}
	return storm;
}

static struct sigpact__storm *get(struct sigpact__story *s,
				  struct sigpact__traced_thread *t, int sig,
				  const struct sigpact__sender *from, int make)
{
	struct sigpact__storm *storm;

	for (storm = t->storm; storm; storm = storm->next)
		if (storm->sig == sig && storm->from.pid == from->pid &&
		    storm->from.tid == from->tid)
			return storm;
	storm = make ? take(t) : NULL;
	if (storm) {
		storm->sig = sig;
		storm->from = *from;
	}
	return storm;
}

/* A collector that stops a thread a thousand times a second gets its answers. */
static int is_storm(const struct sigpact__storm *storm, uint64_t ns)
{
	return (double)storm->count * 1e9 >= (double)ns * STORM_RATE &&
	       storm->answered * 10 < storm->count;
}

static struct sigpact__telling telling_of(
	const struct sigpact__traced_thread *t,
	const struct sigpact__storm *storm, enum sigpact__tell kind,
	uint64_t time_ns)
{
	return (struct sigpact__telling){
		.kind = kind, .sig = storm->sig, .time_ns = time_ns,
		.pid = t->process->pid, .tid = t->task.tid, .thread = t,
		.process = t->process, .peer = storm->from,
		.count = storm->count, .over_ns = time_ns - storm->since_ns,
		.answered = storm->answered != 0,
		.handler = t->process->action[storm->sig].handler,
	};
}

static void spell_sender(struct sigpact__story *s,
			 const struct sigpact__sender *from,
			 char to[PLACE + 32])
{
	struct sigpact__traced_thread *t = from->tid ?
		sigpact__thread_get(&s->all, from->pid, from->tid, 0) : NULL;

	if (t)
		sigpact__spell_task(&t->task, to);
	else if (from->tid)
		snprintf(to, PLACE, "thread %d", from->tid);
	else if (from->pid)
		snprintf(to, PLACE, "process %d", from->pid);
	else
		snprintf(to, PLACE, "the kernel");
}

static void find(struct sigpact__story *s, struct sigpact__traced_thread *t,
		 struct sigpact__storm *storm, uint64_t time_ns)
{
	struct sigpact__telling telling;
	char evidence[512], cure[64], from[PLACE + 32], task[PLACE];
	struct sigpact__finding finding = {
		&sigpact__finding_kinds[STORM - 1], storm->sig, t->task.tid,
		t->process->action[storm->sig].handler, evidence, cure,
	};

	telling = telling_of(t, storm, TELL_FINDING, time_ns);
	telling.finding = &finding;
	spell_sender(s, &storm->from, from);
	snprintf(evidence, sizeof evidence, "%" PRIu64 " deliveries in %" PRIu64
		 " ms, from %s to %s%s", storm->count,
		 telling.over_ns / 1000000, from,
		 sigpact__spell_task(&t->task, task),
		 storm->answered ? ", hardly ever acknowledged" :
		 ", never acknowledged");
	snprintf(cure, sizeof cure, "sigpact inspect %d", t->process->pid);
	sigpact__story_tell(s, &telling);
}

/* The line for what came since the last one, up to this time; a storm that is
   over is a storm no more. */
static void tell_second(struct sigpact__story *s,
			struct sigpact__traced_thread *t,
			struct sigpact__storm *storm, uint64_t time_ns)
{
	struct sigpact__telling telling = telling_of(t, storm, TELL_STORM,
						     time_ns);

	storm->storming = is_storm(storm, telling.over_ns);
	telling.over = !storm->storming;
	sigpact__story_tell(s, &telling);
	storm->since_ns = time_ns;
	storm->count = storm->answered = 0;
}

void sigpact__storm_delivered(struct sigpact__story *s,
			      struct sigpact__traced_thread *t, int sig,
			      struct sigpact__sender from, uint64_t time_ns)
{
	struct sigpact__storm *storm = get(s, t, sig, &from, 1);

	if (!storm) {
		s->no_memory = 1;
		return;
	}
	if (storm->storming && time_ns >= storm->since_ns + SECOND_NS)
		tell_second(s, t, storm, storm->since_ns + SECOND_NS);
	if (!storm->storming && time_ns >= storm->since_ns + SAMPLE_NS) {
		if (is_storm(storm, time_ns - storm->since_ns)) {
			storm->storming = 1;
			find(s, t, storm, time_ns);
		} else {
			storm->since_ns = time_ns;
			storm->count = storm->answered = 0;
		}
	}
	storm->count++;
	storm->last_ns = time_ns;
}

void sigpact__storm_answered(struct sigpact__traced_thread *t,
			     const struct sigpact__running *r)
{
	struct sigpact__storm *storm = get(NULL, t, r->sig, &r->sender, 0);

	if (storm && r->answered)
		storm->answered++;
}

struct tick {
	struct sigpact__story *story;
	uint64_t time_ns;
};

static void tick(struct sigpact__traced_thread *t, void *context)
{
	struct tick *tick = context;
	struct sigpact__storm *storm;

	for (storm = t->storm; storm; storm = storm->next)
		if (storm->storming &&
		    tick->time_ns >= storm->since_ns + SECOND_NS)
			tell_second(tick->story, t, storm,
				    storm->since_ns + SECOND_NS);
}

void sigpact__storm_tick(struct sigpact__story *s, uint64_t time_ns)
{
	struct tick t = { s, time_ns };

	sigpact__threads_each(&s->all, tick, &t);
}
