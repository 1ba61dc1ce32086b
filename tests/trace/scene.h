/* A process of two threads, with two modules and libc, whose story a test tells
   event by event. */
#ifndef SCENE_H
#define SCENE_H

#include "built.h"
#include "print.h"
#include "tap.h"

#include <signal.h>

enum { PID = 100, OTHER = 101, CHILD = 200 };
#define JSC 0x10000000ull
#define GO 0x20000000ull
#define LIBC 0x30000000ull
#define ALT 0x40000000ull
#define STACK 0x50000000ull
#define ONSTACK 0x08000000ull

/* The texts of what was told since the last look, a line each. */
static char told[1 << 20];
static unsigned kinds = ~0u;	/* of interest */
static struct sigpact__story *story;
static int maps_learned, stale;

static inline void tell(void *context, const struct sigpact__telling *t)
{
	struct sigpact__line line;
	size_t size = strlen(told);

	if (!(kinds >> t->kind & 1) || t->kind == TELL_TIME)
		return;
	sigpact__telling_text(t, &line);
	snprintf(told + size, sizeof told - size, "%d/%d %s: %s\n", t->pid,
		 t->tid, sigpact__tell_name(t->kind), line.text);
}

static struct sigpact__map maps[] = {
	{ .start = JSC, .end = JSC + 0x10000, .rights = "r-xp",
	  .path = (char *)(uintptr_t)"/opt/libjsc.so" },
	{ .start = GO, .end = GO + 0x10000, .rights = "r-xp",
	  .path = (char *)(uintptr_t)"/opt/libgo.so" },
	{ .start = LIBC, .end = LIBC + 0x10000, .rights = "r-xp",
	  .path = (char *)(uintptr_t)"/lib/libc.so.6" },
	{ .start = ALT, .end = ALT + 0x10000, .rights = "rw-p",
	  .path = (char *)(uintptr_t)"" },
	{ .start = STACK, .end = STACK + 0x10000, .rights = "rw-p",
	  .path = (char *)(uintptr_t)"" },
};
enum { MAPS = sizeof maps / sizeof *maps };

static inline void learn(void *context, enum sigpact__fact_kind kind, pid_t pid,
		  pid_t tid)
{
	static struct sigpact__act act[RECORD_SIGNALS];
	struct sigpact__fact f = { .kind = kind, .pid = pid, .tid = tid };

	if (kind == FACT_MAPS) {
		maps_learned++;
		f.maps.map = maps;
		f.maps.count = MAPS;
		sigpact__story_fact(story, &f);
	}
	if (kind != FACT_ACTIONS)
		return;
	f.kind = FACT_MAPS;
	f.maps.map = maps;
	f.maps.count = stale ? 1 : MAPS;
	sigpact__story_fact(story, &f);
	f.kind = FACT_ACTIONS;
	f.actions.known = ~0ull;
	f.actions.action = act;
	f.actions.name = "victim";
	sigpact__story_fact(story, &f);
}

static inline void event(struct sigpact__event *e)
{
	sigpact__story_event(story, e);
}

static inline void begin(int sees_generated)
{
	struct sigpact__story_ends ends = {
		.tell = tell, .learn = learn, .frame_size = 3000,
		.sees_generated = sees_generated,
	};

	if (story)
		sigpact__story_close(story);
	story = sigpact__story_open(&ends);
	*told = 0;
	kinds = ~0u;
	event(build(EVENT_ATTACHED, 0, PID, PID));
	event(build(EVENT_ATTACHED, 0, PID, OTHER));
	*told = 0;
}

/* Was exactly this told, since the last time? */
static inline int was_told(const char *expected)
{
	int same = !strcmp(told, expected);

	if (!same)
		printf("# told:\n# %s# expected:\n# %s", told, expected);
	*told = 0;
	return same;
}

static const struct sigpact__act none __attribute__((unused)),
	jsc __attribute__((unused)) = { JSC + 0x100, 4, 0, 0 },
	with_flag __attribute__((unused)) = { JSC + 0x100, 4 | ONSTACK, 0, 0 };

/* rt_sigaction through libc, called from an address in `by`; libc's copy of the
   action lies on the stack below the return address. */
static inline void set_action(int sig, struct sigpact__act act,
		       const struct sigpact__act *old, uint64_t by)
{
	struct sigpact__event *e;
	uint64_t *stack;

	e = build_entry(CALLS_rt_sigaction, PID, PID, (uint64_t)sig, STACK,
			old ? STACK + 152 : 0, 8);
	build_fetch(e, 0, &act, sizeof act);
	e->seen |= SAW_CALLER | SAW_REGISTERS;
	e->entry.stack = EVENT_STACK;
	e->entry.pc = LIBC + 0x100;
	e->entry.sp = STACK;
	stack = (uint64_t *)((char *)e + e->size - EVENT_STACK);
	memset(stack, 0, EVENT_STACK);
	stack[0] = act.handler;
	stack[19] = JSC + 0x666;	/* in libc's second copy: left over */
	stack[38] = 0xd1ce5eed12345678;	/* its canary */
	stack[40] = LIBC + 0x200;
	stack[41] = by;
	stack[42] = JSC + 0x999;
	event(e);
	e = build_exit(CALLS_rt_sigaction, PID, PID, 0);
	if (old)
		build_fetch(e, 0, old, sizeof *old);
	event(e);
}

static inline void deliver(int sig, uint64_t handler, uint64_t frame, uint64_t alt)
{
	struct sigpact__event *e = build(EVENT_DELIVERED, 0, PID, PID);

	e->delivered.sig = sig;
	e->delivered.code = SI_TKILL;
	e->delivered.info[0] = (uint64_t)sig;
	e->delivered.info[1] = (uint32_t)SI_TKILL;
	e->delivered.info[2] = PID;
	e->delivered.handler = handler;
	e->delivered.frame = frame;
	e->delivered.alt_base = alt;
	e->delivered.alt_size = alt ? 0x10000 : 0;
	e->seen = SAW_FRAME | SAW_ALTSTACK;
	event(e);
}

static inline void give_back(uint64_t sp)
{
	struct sigpact__event *e = build_entry(CALLS_rt_sigreturn, PID, PID, 0,
					       0, 0, 0);

	e->seen |= SAW_REGISTERS;
	e->entry.sp = sp;
	event(e);
}

static inline void send_to(pid_t tid, int sig)
{
	event(build_entry(CALLS_tgkill, PID, OTHER, PID, (uint64_t)tid,
			  (uint64_t)sig, 0));
	event(build_exit(CALLS_tgkill, PID, OTHER, 0));
}

static inline int count(const char *word)
{
	const char *at = told;
	int n = 0;

	while ((at = strstr(at, word))) {
		at += strlen(word);
		n++;
	}
	return n;
}

#endif
