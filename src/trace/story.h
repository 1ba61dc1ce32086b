/* What follows from events, in one place for all sources: each event, and each
   fact that was learned elsewhere, goes in in its order; out come tellings, one
   for each thing that happened.  The same events and facts give the same
   tellings, live or read from a file.  Tracer's context. */
#ifndef SIGPACT_STORY_H
#define SIGPACT_STORY_H

#include "decode.h"
#include "findings.h"
#include "process.h"

enum sigpact__tell {
	TELL_CALL,	/* a call has ended; rt_sigreturn: begins */
	TELL_SENT,
	TELL_DELIVERED,
	TELL_RETURNED,	/* a handler */
	TELL_ACTION,	/* an action is another than before */
	TELL_ALTSTACK,	/* a thread's alternate stack is */
	TELL_RELOCATED,	/* by libsigpact, from the alternate stack */
	TELL_STOP,
	TELL_THREAD,	/* one begins or ends */
	TELL_PROCESS,	/* … or is attached to, or runs another program */
	TELL_FINDING,
	TELL_STORM,	/* a second of it */
	TELL_LOST,
	TELL_TIME,	/* it passes: what was held back is due */
	TELLS
};
const char *sigpact__tell_name(enum sigpact__tell); /* "call" … */

struct sigpact__telling {
	enum sigpact__tell kind;
	int sig;		/* or 0 */
	uint64_t time_ns;
	pid_t pid, tid;
	const struct sigpact__traced_process *process;
	const struct sigpact__traced_thread *thread;	/* or NULL */
	const struct sigpact__event *event, *entry;	/* NULL: none */
	int failed;		/* CALL */
	uint64_t began_ns;	/* CALL, RETURNED: when; else 0 */
	/* SENT: to whom; else by whom, DELIVERED, RETURNED: and when */
	struct sigpact__sender peer;
	const struct sigpact__traced_thread *peer_thread; /* if it is known */
	int by_kernel;		/* SENT, DELIVERED: not by a call */
	/* DELIVERED, RETURNED, RELOCATED */
	uint64_t handler, flags, stack_left;
	uint64_t stack_size;	/* of an alternate one */
	int about;		/* stack_left was reckoned, not seen */
	enum sigpact__stack_kind stack;
	/* ACTION: what changed, and whose code did it (0: not seen) */
	const struct sigpact__act *before, *after;
	int before_known;
	int briefly;		/* no signal, modules for addresses */
	int no_info;		/* no siginfo, when its sender is told */
	int no_times;		/* nor how long anything took */
	uint64_t by;
	/* ALTSTACK: the thread's is the new one */
	/* FINDING, STORM */
	const struct sigpact__finding *finding;
	uint64_t count, over_ns;
	int answered, over;	/* over: it is no storm any more */
};
/* Its words, without time, thread and kind. */
void sigpact__telling_text(const struct sigpact__telling *,
			   struct sigpact__line *);

/* What a story cannot derive from events. */
enum sigpact__fact_kind {
	FACT_MAPS,	/* mappings, all */
	FACT_ACTIONS,	/* of all signals in `known` */
	FACT_THREAD,	/* its name, stacks and mask, by task.seen */
	FACT_FINDING,	/* of a look when it was attached to */
	FACT_TIME,	/* nothing that happened before it will come */
	FACTS
};
struct sigpact__fact {
	enum sigpact__fact_kind kind;
	pid_t pid, tid;
	union {
		struct {
			const struct sigpact__map *map;
			size_t count;
		} maps;
		struct {
			uint64_t known;
			const struct sigpact__act *action; /* [65] */
			const char *name;
		} actions;
		struct sigpact__task task;
		struct sigpact__finding finding;
		uint64_t time_ns;
	};
};

/* What a story is open over. */
struct sigpact__story_ends {
	/* Gets each telling, which lives until it returns. */
	void (*tell)(void *, const struct sigpact__telling *);
	/* Finds out facts and gives them to sigpact__story_fact, within the
	   call: of a process all, for FACT_ACTIONS, or, with tid 0, what it
	   inherited from us; else that one.  NULL: they come from a file. */
	void (*learn)(void *, enum sigpact__fact_kind, pid_t pid, pid_t tid);
	void *context;
	int sees_generated;	/* the source has EVENT_GENERATED */
	uint32_t frame_size;	/* what a signal frame needs on that CPU */
};

struct sigpact__story;
/* NULL: no memory. */
struct sigpact__story *sigpact__story_open(const struct sigpact__story_ends *);
void sigpact__story_event(struct sigpact__story *,
			  const struct sigpact__event *);
void sigpact__story_fact(struct sigpact__story *, const struct sigpact__fact *);
/* 0, or -ENOMEM: some of it was not told. */
int sigpact__story_close(struct sigpact__story *);

/* Between its parts. */
struct sigpact__story {
	struct sigpact__story_ends ends;
	struct sigpact__processes all;
	uint64_t now_ns, tick_ns; /* the latest event's; when storms were
				     looked through */
	int no_memory;
};
void sigpact__story_tell(struct sigpact__story *, struct sigpact__telling *);
void sigpact__story_learn(struct sigpact__story *, enum sigpact__fact_kind,
			  pid_t pid, pid_t tid);
/* A telling of this thread at this event. */
struct sigpact__telling sigpact__telling_of(
	enum sigpact__tell, const struct sigpact__traced_thread *,
	const struct sigpact__event *);

/* calls.c: a call begins, and has ended. */
void sigpact__story_entry(struct sigpact__story *,
			  struct sigpact__traced_thread *,
			  const struct sigpact__event *);
void sigpact__story_exit(struct sigpact__story *,
			 struct sigpact__traced_thread *,
			 const struct sigpact__event *);
/* sending.c: by a call that begins, and when it ended; by the kernel's word */
void sigpact__story_send(struct sigpact__story *,
			 struct sigpact__traced_thread *,
			 const struct sigpact__event *entry);
void sigpact__story_sent(struct sigpact__story *,
			 struct sigpact__traced_thread *,
			 const struct sigpact__event *exit);
void sigpact__story_generated(struct sigpact__story *,
			      struct sigpact__traced_thread *,
			      const struct sigpact__event *);
/* Who sent what is now delivered, if it was seen; forgotten by this. */
struct sigpact__sender sigpact__sender_take(struct sigpact__traced_thread *,
					    int sig);
/* delivery.c */
void sigpact__story_delivered(struct sigpact__story *,
			      struct sigpact__traced_thread *,
			      const struct sigpact__event *);
void sigpact__story_return(struct sigpact__story *,
			   struct sigpact__traced_thread *,
			   const struct sigpact__event *entry);
/* action.c: rt_sigaction has succeeded */
void sigpact__story_action(struct sigpact__story *,
			   struct sigpact__traced_thread *,
			   const struct sigpact__event *exit);
/* storm.c */
void sigpact__storm_delivered(struct sigpact__story *,
			      struct sigpact__traced_thread *, int sig,
			      struct sigpact__sender, uint64_t time_ns);
void sigpact__storm_answered(struct sigpact__traced_thread *,
			     const struct sigpact__running *);
/* Tells the seconds that are over. */
void sigpact__storm_tick(struct sigpact__story *, uint64_t time_ns);

#endif
