/* Alternate stacks of our own, guarded: lent in place of one that is too small
   (rule altstack), armed by sigpact_altstack_arm, or a spare one for reports.
   All are given back when the thread exits.  Lending allocates by mmap alone: any context. */
#include "core.h"
#include "host.h"
#include "sys.h"

#include <errno.h>
#include <pthread.h>
#include <sigpact.h>
#include <sys/mman.h>

#define GUARD 65536ul
#define SS_AUTODISARM_FLAG (1u << 31)

/* Lies at the upper end of its mapping:
     map [ guard | stack: ours | struct ours ] map + size */
struct ours {
	char *map;
	size_t size;
	stack_t stack;
	stack_t program; /* what the program set, or had before */
	struct ours *next; /* lent to the same thread */
};

/* For each stack that a thread arms it is lent one of its own: a handler may
   be suspended on one (swapcontext, SS_AUTODISARM) while another is armed. */
#define MOST_LENT 16

#define FIRST_ROUND ((void *)1)
#define SECOND_ROUND ((void *)2)
static pthread_key_t key;
static int have_key;

static struct ours *map(size_t size)
{
	size_t room = (sizeof(struct ours) + 63) & ~63ul;
	size_t whole = (GUARD + size + room + 4095) & ~4095ul;
	long at = sigpact__sys6(SYS_mmap, 0, (long)whole, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
				0);
	struct ours *o;

	if (at < 0 && at > -4096)
		return NULL;
	if (sigpact__sys3(SYS_mprotect, at + (long)GUARD, (long)(whole - GUARD),
			  PROT_READ | PROT_WRITE)) {
		sigpact__sys2(SYS_munmap, at, (long)whole);
		return NULL;
	}
	o = (struct ours *)(at + (long)(whole - room));
	o->map = (char *)at;
	o->size = whole;
	o->stack.ss_sp = o->map + GUARD;
	o->stack.ss_size = whole - GUARD - room;
	o->stack.ss_flags = 0;
	return o;
}

static void unmap(struct ours *o)
{
	sigpact__sys2(SYS_munmap, (long)o->map, (long)o->size);
}

static long altstack(const stack_t *ss, stack_t *old)
{
	return sigpact__sys2(SYS_sigaltstack, (long)ss, (long)old);
}

/* Is o the alternate stack of this thread now? */
static int armed(const struct ours *o)
{
	stack_t now;

	return !altstack(NULL, &now) && !(now.ss_flags & SS_DISABLE) &&
	       now.ss_sp == o->stack.ss_sp;
}

/* In a handler that SS_AUTODISARM disarmed the kernel does not say so. */
static int runs_on(const struct ours *o)
{
	return (uintptr_t)__builtin_frame_address(0) - (uintptr_t)o->map <
	       o->size;
}

static void disarm_and_unmap(struct ours *o)
{
	static const stack_t none = { .ss_flags = SS_DISABLE };

	/* exits on that very stack: leave it */
	if (!runs_on(o) && (!armed(o) || !altstack(&none, NULL)))
		unmap(o);
}

/* At thread exit: disarm first, a signal may come in between.  In the second
   round of destructors, so that those of the first find what they armed. */
static void give_back(void *round)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o, *next;

	if (round == FIRST_ROUND && !pthread_setspecific(key, SECOND_ROUND))
		return;
	for (o = t->lent; o; o = next) {
		next = o->next;
		disarm_and_unmap(o);
	}
	if (t->armed)
		disarm_and_unmap(t->armed);
	if (t->spare)
		disarm_and_unmap(t->spare);
	t->lent = t->armed = t->spare = NULL;
	t->spare_base = 0;
}

static int give_back_at_exit(void)
{
	if (!have_key || pthread_getspecific(key))
		return 0;
	return pthread_setspecific(key, FIRST_ROUND);
}

void sigpact__altstack_start(void)
{
	have_key = !pthread_key_create(&key, give_back);
}

static size_t least(void)
{
	size_t asked = sigpact__rules.altstack;

	return asked == ALTSTACK_DEFAULT ? (size_t)sigpact_altstack_size(4)
					 : asked;
}

/* Is it one that the rule replaces, and the kernel would take? */
static int too_small(const stack_t *asked)
{
	unsigned flags = (unsigned)asked->ss_flags;

	return sigpact__rules.altstack != ALTSTACK_OFF &&
	       asked->ss_size >= FRAME_LEAST_STACK && asked->ss_size < least() &&
	       !(flags & ~SS_AUTODISARM_FLAG & ~(unsigned)SS_ONSTACK);
}

/* The stack lent for asked, now or before. */
static struct ours *lent_for(const stack_t *asked)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o;
	int n = 0;

	for (o = t->lent; o; o = o->next, n++)
		if (o->program.ss_sp == asked->ss_sp)
			return o;
	if (n == MOST_LENT)
		return NULL;
	o = map(least());
	if (!o)
		return NULL;
	o->program = *asked;
	o->next = t->lent;
	while (!__atomic_compare_exchange_n(&t->lent, (void **)&o->next, o, 0,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue; /* a handler of this thread was lent one */
	give_back_at_exit();
	return o;
}

/* Once the kernel has ours it is not asked again: others that find one leave it
   alone, and libc's sigaltstack tells of those that do not. */
int sigpact__altstack_have(void)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o = t->armed;
	stack_t now;

	if (o && t->armed_seen)
		return runs_on(o) ? -EPERM : 0;
	if (altstack(NULL, &now))
		return -ENOMEM;
	if (now.ss_flags & SS_ONSTACK)
		return -EPERM;
	if (!(now.ss_flags & SS_DISABLE)) {
		t->armed_seen = o && now.ss_sp == o->stack.ss_sp;
		return 0;
	}
	return o ? (int)altstack(&o->stack, NULL) : sigpact_altstack_arm(0);
}

static struct ours *map_spare(void)
{
	struct ours *o = map((size_t)sigpact_altstack_size(4));

	if (o) {
		o->stack.ss_sp = (char *)o->stack.ss_sp +
				 sizeof(struct sigpact__seen);
		o->stack.ss_size -= sizeof(struct sigpact__seen);
	}
	return o;
}

void sigpact__altstack_spare(void)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o = t->spare;
	stack_t now;

	if (altstack(NULL, &now) || !(now.ss_flags & SS_DISABLE))
		return;
	if (!o)
		o = map_spare();
	if (!o || altstack(&o->stack, NULL))
		return;
	o->program = now;
	t->spare = o;
	t->spare_base = (uintptr_t)o->stack.ss_sp;
	give_back_at_exit();
}

/* What to give to the kernel: asked itself, or a larger one of ours. */
const stack_t *sigpact__altstack_lend(const stack_t *asked)
{
	struct ours *o;
	stack_t now;

	sigpact__self()->armed_seen = 0;
	if (!too_small(asked) || !sigpact__owns_memory())
		return asked;
	if (altstack(NULL, &now) || now.ss_flags & SS_ONSTACK)
		return asked; /* EPERM is the kernel's to say */
	o = lent_for(asked);
	if (!o)
		return asked;
	o->stack.ss_flags = asked->ss_flags;
	return &o->stack;
}

/* After the kernel took it: what to answer from now on. */
void sigpact__altstack_lent(const stack_t *asked, const stack_t *given)
{
	struct ours *o = sigpact__self()->lent;

	while (o && given != &o->stack)
		o = o->next;
	if (!o)
		return;
	o->program = *asked;
	sigpact__log("alternate stack of %d bytes at %a replaced by one of %d: "
		     "this CPU needs %d for four nested frames (altstack)",
		     (unsigned long)asked->ss_size, (uintptr_t)asked->ss_sp,
		     (unsigned long)given->ss_size,
		     (unsigned long)sigpact_altstack_size(4));
}

void sigpact__altstack_answer(stack_t *old)
{
	const struct ours *o = sigpact__self()->lent;
	const struct ours *spare = sigpact__self()->spare;

	if (old->ss_flags & SS_DISABLE)
		return;
	if (spare && old->ss_sp == spare->stack.ss_sp) {
		*old = spare->program;
		return;
	}
	while (o && old->ss_sp != o->stack.ss_sp)
		o = o->next;
	if (!o)
		return;
	old->ss_sp = o->program.ss_sp;
	old->ss_size = o->program.ss_size;
}

/* ENOMEM of mlock is the limit too, the memory being there. */
static int lock(const struct ours *o)
{
	return sigpact__sys2(SYS_mlock, (long)o->stack.ss_sp,
			     (long)o->stack.ss_size) ? -EAGAIN : 0;
}

int sigpact_altstack_arm(size_t size)
{
	return sigpact_altstack_arm_flags(size, 0);
}

int sigpact_altstack_arm_flags(size_t size, unsigned flags)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o;
	stack_t before;
	long e;

	if (flags & ~SIGPACT_STACK_LOCKED)
		return -EINVAL;
	if (t->armed)
		return -EBUSY;
	altstack(NULL, &before);
	if (before.ss_flags & SS_ONSTACK)
		return -EPERM;
	if (size && size < FRAME_LEAST_STACK)
		return -ENOMEM;
	o = size > 1ul << 40 ? NULL
			     : map(size ? size
					: (size_t)sigpact_altstack_size(4));
	if (!o)
		return -ENOMEM;
	o->program = before;
	e = flags & SIGPACT_STACK_LOCKED ? lock(o) : 0;
	if (!e && give_back_at_exit())
		e = -ENOMEM;
	if (!e)
		e = altstack(&o->stack, NULL);
	if (e)
		unmap(o);
	else
		t->armed = o;
	return (int)e;
}

int sigpact_altstack_disarm(void)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o = t->armed;
	long e = 0;

	if (!o)
		return -ENOENT;
	if (armed(o))
		e = altstack(&o->program, NULL);
	if (e)
		return (int)e;
	t->armed = NULL;
	t->armed_seen = 0;
	unmap(o);
	return 0;
}
