/* What the code that may run inside a signal handler shares: a thread's and
   the process's state, and the parts of the entry routine.

   Invariants:
     slot address in the kernel's table  <=>  entry installed for that signal
     slot.meta != 0  =>  slot never changes again
     stack pointer of native code in [floor, floor + span)
         =>  a whole frame and RESERVE bytes fit below it, and a whole
             extended state above it */
#ifndef SIGPACT_CORE_H
#define SIGPACT_CORE_H

#include <stddef.h>
#include <stdint.h>

#include <sigpact.h>

#include "frame.h"

/* Code of the entry routine: one section, so that one comparison tells
   whether a signal interrupted it. */
#define SIGPACT_ROUTINE __attribute__((section("sigpact_text")))

#pragma GCC visibility push(hidden)

/* One for each thread, zero in a new one, inherited by fork like the kernel's
   own alternate stack.  Under 128 bytes: dlopen takes it from glibc's surplus
   for static TLS. */
struct sigpact__thread {
	uint64_t exclude;	/* signals excluded by this thread, bit n-1 */
	uintptr_t floor, span;	/* fast path: where relocation surely fits */
	uintptr_t shard;	/* this thread's rows of counters, offset */
	uintptr_t low, high;	/* native stack with its guard; 0: not known */
	uint32_t shadow_stack;	/* on in this thread: never relocate */
	uint32_t loading_child;	/* started while its parent was in dlopen */
	uintptr_t load_slot;	/* where dlopen's return address lies */
	uintptr_t load_return;	/* … and that address */
	void *lent;		/* alternate stack lent by rule (host/altstack.c) */
	void *armed;		/* … and by sigpact_altstack_arm */
	struct sigpact_domain *domain; /* the innermost that runs */
	uint32_t armed_seen;	/* armed is what the kernel has */
	void *spare;		/* … of this one, where the program has none */
	uintptr_t spare_base;	/* … and where it begins */
};

/* The last fault that a handler of the program was told of, right below a spare
   stack. */
struct sigpact__seen {
	uint64_t pc, address;
	int32_t signal, code;
	uint64_t unused[5];	/* what follows is aligned as a stack */
};

/* An action as the program set it, behind one entry address. */
struct sigpact__slot {
	uint64_t handler;
	uint32_t flags;		/* as the program gave them */
	uint32_t rules;		/* SLOT_… */
};
enum {
	SLOT_VALID = 1u << 31,
	SLOT_BUSY = 1u << 30,
	SLOT_EXCLUDE = 1,	/* a rule excludes it in every thread */
	/* with reports: natively the spare alternate stack is not there, nor
	   SA_ONSTACK; and the action is then reset */
	SLOT_OFF_SPARE = 2,
	SLOT_NO_ONSTACK = 4,
	SLOT_RESET = 8
};

/* Where a fault becomes a result, with the stack it runs on.  What a fault, a
   tick or a relocation reads of it is set before the thread's pointer to it. */
struct sigpact_domain {
	struct sigpact_context own;	/* while it does not run */
	struct sigpact_context caller;	/* who called or resumed it */
	uintptr_t tick_pc;		/* interrupted by the tick that parks it */
	struct sigpact_domain *outer;	/* the caller's domain */
	uintptr_t map, low, high;	/* guard [map, low), stack [low, high) */
	void (*function)(void *);
	void *argument;
	uint64_t mask;			/* of the caller */
	int mask_given;			/* … by sigpact_domain_mask_set */
	struct sigpact_cleanup *cleanups; /* newest first */
	struct sigpact_fault fault;
	uint32_t state;			/* DOMAIN_… */
	uint32_t leaving;		/* is to park, parks, has ended: no tick */
	void *stack;			/* host/pool.c; NULL: the caller's */
};
enum { DOMAIN_IDLE, DOMAIN_RUNS, DOMAIN_PARKED };

/* An action that the domains' handler stands before. */
struct sigpact__earlier {
	uint64_t handler;	/* SIG_DFL once SA_RESETHAND took it */
	uint64_t mask;
	uint32_t flags;
	int sig;		/* 0: free */
};

/* Stacks of one size, guard first, one after the other; never freed, empty
   when size is 0. */
struct sigpact__arena {
	struct sigpact__arena *next;
	uintptr_t base;
	size_t size, stride, guard;
};

/* A handler that a rule relocates gets at least this much stack. */
#define SIGPACT_RESERVE 4096

/* How a delivery through the entry routine ended. */
enum sigpact__outcome {
	OUTCOME_NATIVE,		/* left as the kernel delivered it */
	OUTCOME_RELOCATED,
	KEPT_NESTED,		/* interrupted code was on the alternate stack */
	KEPT_FOREIGN,		/* … on a stack not this thread's own */
	KEPT_ROOM,		/* too little room below it */
	KEPT_UNKNOWN,		/* this thread's stack was never learned */
	KEPT_SHADOW_STACK,
	OUTCOMES
};

/* Counters: SHARDS blocks of a row for each signal; a thread adds to one. */
enum { SHARDS = 16, ROWS = 65, ROW = 8 };
#define SIGPACT_SHARD_SIZE (ROWS * ROW * sizeof(uint64_t))
/* What a file that holds them is known by. */
#define SIGPACT_STATS_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* A settled delivery: the frame it runs on, its action, what to count. */
struct sigpact__place {
	uintptr_t frame;
	struct sigpact__slot *slot;
	uint64_t *count;
	uint64_t mask;		/* for a fault turned into SIGSEGV, else 0 */
};

_Static_assert(offsetof(struct sigpact__thread, exclude) == THREAD_EXCLUDE, "");
_Static_assert(offsetof(struct sigpact__thread, floor) == THREAD_FLOOR, "");
_Static_assert(offsetof(struct sigpact__thread, span) == THREAD_SPAN, "");
_Static_assert(offsetof(struct sigpact__thread, shard) == THREAD_SHARD, "");
_Static_assert(offsetof(struct sigpact__thread, load_slot) == THREAD_LOAD_SLOT,
	       "");
_Static_assert(sizeof(struct sigpact__thread) <= 128, "");
_Static_assert(offsetof(struct sigpact_domain, own) == DOMAIN_OWN, "");
_Static_assert(offsetof(struct sigpact__thread, domain) == THREAD_DOMAIN, "");
_Static_assert(offsetof(struct sigpact_domain, caller) == DOMAIN_CALLER, "");
_Static_assert(offsetof(struct sigpact_domain, tick_pc) == DOMAIN_TICK_PC, "");
_Static_assert(offsetof(struct sigpact__slot, rules) == SLOT_RULES, "");
_Static_assert(sizeof(struct sigpact__slot) == 1 << SLOT_SHIFT, "");
_Static_assert(ROW * sizeof(uint64_t) == 1 << ROW_SHIFT, "");
_Static_assert((int)OUTCOMES <= (int)ROW, "");
_Static_assert(SLOT_EXCLUDE == SLOT_RULE_EXCLUDE, "");
_Static_assert(OUTCOME_RELOCATED * sizeof(uint64_t) == ROW_RELOCATED, "");
_Static_assert(offsetof(struct sigpact__place, frame) == PLACE_FRAME, "");
_Static_assert(offsetof(struct sigpact__place, slot) == PLACE_SLOT, "");
_Static_assert(offsetof(struct sigpact__place, count) == PLACE_COUNT, "");
_Static_assert(sizeof(struct sigpact__place) == PLACE_SIZE, "");

#include "tls.h"
extern __thread struct sigpact__thread sigpact__thread SIGPACT_TLS;

static inline uint64_t sigpact__bit(int sig)
{
	return 1ull << (sig - 1);
}

/* Memory of a frame on this process's own stacks, by address. */
static inline uint64_t sigpact__get8(uintptr_t at)
{
	return *(volatile uint64_t *)at;
}

static inline uint32_t sigpact__get4(uintptr_t at)
{
	return *(volatile uint32_t *)at;
}

static inline void sigpact__set8(uintptr_t at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

static inline void sigpact__set4(uintptr_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

/* entry.S */
extern char sigpact__thunks[], sigpact__thunks_end[];
extern char sigpact__slow_start[], sigpact__slow_end[];
extern char sigpact__asm_start[], sigpact__asm_end[];
extern char __start_sigpact_text[], __stop_sigpact_text[];
extern char sigpact__fast_xmm[], sigpact__fast_ymm[], sigpact__fast_zmm[];
void sigpact__kept_call(int sig, int outcome); /* sigpact__kept, if set */

/* process.c, and cpu.c for the CPU's: set before the first entry is installed,
   then read only */
extern struct sigpact__slot sigpact__slots[SLOT_COUNT];
extern uint64_t *sigpact__counts;
extern uint64_t sigpact__rows[];
extern void *sigpact__fast;		/* the widest copy this CPU has */
extern uint64_t sigpact__xslow;		/* XSTATE_BV bits for the slow path */
extern uint64_t sigpact__xkeep;		/* … that a trimmed area keeps */
extern uint32_t sigpact__xoffset[16];	/* of a component, standard format */
extern uint32_t sigpact__xend[16];	/* end of components 0…n */
extern uint32_t sigpact__xwhole;	/* bytes of all components */
extern uint32_t sigpact__xcompact;	/* XSAVEC is there */
extern uint64_t sigpact__wanted;	/* signals some thread ever excluded */
extern uint32_t sigpact__frame_size;	/* bytes, at most (altstack.c) */
extern void (*sigpact__kept)(int sig, int outcome);

int sigpact__cpu_learn(void);

/* exclude.c; masks have bit n-1 for signal n */
#define SIGPACT_EXCLUDABLE (~(1ull << (9 - 1) | 1ull << (19 - 1)))
extern int sigpact__backend;
int sigpact__backend_probe(void);
int sigpact__excludable(int sig);
int sigpact__mask_get(uint64_t *mask);
int sigpact__mask_set(uint64_t mask);

extern long *sigpact__memory_owner;
int sigpact__owns_memory(void); /* 0 in a vfork child */

/* frame.c */
struct sigpact__view {
	const unsigned char *bytes;
	uint64_t address;	/* of bytes[0] where the frame lives */
	uint64_t size;		/* bytes that may be read */
};
int sigpact__frame_check(const struct sigpact__view *);
uint32_t sigpact__frame_live(uint64_t xstate_bv, uint32_t xstate_size);
uintptr_t sigpact__frame_below(uintptr_t sp, uint32_t live);
void sigpact__frame_copy(const struct sigpact__view *, unsigned char *to,
			 uint64_t to_address, uint32_t live, uint64_t end);

/* action.c */
uintptr_t sigpact__action_wrap(uintptr_t handler, uint32_t flags,
			       uint32_t rules);
struct sigpact__slot *sigpact__action_slot(uintptr_t handler);
int sigpact__action_take(int sig, uint32_t rules);
uintptr_t sigpact__action_first(void); /* the first entry address, or 0 */

/* relocate.c */
int sigpact__in_routine(uintptr_t pc);
void sigpact__settle(uintptr_t frame, struct sigpact__slot *,
		     struct sigpact__place *);

/* switch.S */
extern char sigpact__context_start[], sigpact__domain_start[];
extern char sigpact__context_landing[]; /* rsp = a context's stack pointer */
extern char sigpact__tick_landing[];
extern char sigpact__fault_entries[];	/* FAULT_ENTRIES, 16 bytes apart */

/* context.c: a context that is about to run function(argument) at start */
void sigpact__context_lay(struct sigpact_context *, uintptr_t top,
			  const char *start, void (*function)(void *),
			  void *argument);

/* domain.c */
void sigpact__domain_main(void *domain);
extern void (*sigpact__ticked)(void);	/* parks; set before the first domain */

extern char sigpact__slow[];	/* entry.S: in place of sigpact__fast */

/* crash.c: what reports, set once, when that is asked for; the action in front
   of the default one; how any handler of ours ends by the default action */
struct sigpact__reporter {
	const char *path;	/* a program that has `report` */
	const char *folder;	/* for its files, or NULL: stderr */
};
#define SIGPACT_CRASHES                                                        \
	(sigpact__bit(4) | sigpact__bit(5) | sigpact__bit(6) |                 \
	 sigpact__bit(7) | sigpact__bit(8) | sigpact__bit(11) |                \
	 sigpact__bit(31)) /* ILL TRAP ABRT BUS FPE SEGV SYS */
extern const struct sigpact__reporter *sigpact__reporter;
extern struct sigpact__slot sigpact__crash_slot; /* the action below */
void sigpact__crash_entry(int sig, void *info, void *uc);
int sigpact__crash_is_entry(uintptr_t handler);
void sigpact__crash_end(int sig, uintptr_t info);
void sigpact__crash_default(int sig); /* the kernel's action is SIG_DFL */
void sigpact__crash_disarm(void);	/* the default ones are that again */

/* helper.c: it sets *attached, from outside; its keeper, or -errno after a word
   on stderr.  Has it ended by itself?  Ends it. */
long sigpact__helper_start(const uint32_t *attached);
int sigpact__helper_ended(long keeper);
void sigpact__helper_end(long keeper);

/* fault.c */
extern struct sigpact__arena *sigpact__arenas;
void sigpact__fault_describe(struct sigpact_fault *,
			     const struct sigpact_domain *, int sig,
			     uintptr_t info, uintptr_t uc);

/* earlier.c: an entry of the domains' handler before an action, or 0; which
   entry an address is, or -1; what an entry stands before, as natively */
uintptr_t sigpact__earlier_before(int sig, uintptr_t handler, uint32_t flags,
				  uint64_t mask);
int sigpact__earlier_entry(uintptr_t handler);
void sigpact__earlier_run(unsigned entry, int sig, uintptr_t info,
			  uintptr_t uc);

#pragma GCC visibility pop
#endif
