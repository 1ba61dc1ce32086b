/* Alternate stacks of our own, guarded: lent in place of one that is too small
   (rule altstack), or armed by sigpact_altstack_arm.  Both are given back when
   the thread exits.  Lending allocates by mmap alone: any context. */
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
};

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
static int armed(const struct ours *o, stack_t *now)
{
	return o && !altstack(NULL, now) && !(now->ss_flags & SS_DISABLE) &&
	       now->ss_sp == o->stack.ss_sp;
}

/* At thread exit: disarm first, a signal may come in between. */
static void give_back(void *unused)
{
	static const stack_t none = { .ss_flags = SS_DISABLE };
	struct sigpact__thread *t = sigpact__self();
	stack_t now;

	(void)unused;
	if (armed(t->lent, &now) || armed(t->armed, &now))
		if (altstack(&none, NULL))
			return; /* exits on that very stack: leave it */
	if (t->lent)
		unmap(t->lent);
	if (t->armed)
		unmap(t->armed);
	t->lent = t->armed = NULL;
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

/* What to give to the kernel: asked itself, or a larger one of ours. */
const stack_t *sigpact__altstack_lend(const stack_t *asked)
{
	struct sigpact__thread *t = sigpact__self();
	unsigned flags = (unsigned)asked->ss_flags;
	struct ours *o = t->lent;
	stack_t now;

	if (sigpact__rules.altstack == ALTSTACK_OFF ||
	    asked->ss_size < FRAME_LEAST_STACK || asked->ss_size >= least() ||
	    (flags & ~SS_AUTODISARM_FLAG & ~(unsigned)SS_ONSTACK) ||
	    !sigpact__owns_memory())
		return asked;
	if (altstack(NULL, &now) || now.ss_flags & SS_ONSTACK)
		return asked; /* EPERM is the kernel's to say */
	if (!o) {
		o = map(least());
		if (!o)
			return asked;
		t->lent = o;
		if (have_key)
			pthread_setspecific(key, t);
	}
	o->stack.ss_flags = asked->ss_flags;
	return &o->stack;
}

/* After the kernel took it: what to answer from now on. */
void sigpact__altstack_lent(const stack_t *asked, const stack_t *given)
{
	struct ours *o = sigpact__self()->lent;

	if (!o || given != &o->stack)
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

	if (!o || old->ss_flags & SS_DISABLE || old->ss_sp != o->stack.ss_sp)
		return;
	old->ss_sp = o->program.ss_sp;
	old->ss_size = o->program.ss_size;
}

int sigpact_altstack_arm(size_t size)
{
	struct sigpact__thread *t = sigpact__self();
	struct ours *o;
	stack_t before;
	long e;

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
	if (have_key && pthread_setspecific(key, t)) {
		unmap(o);
		return -ENOMEM;
	}
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
	stack_t now;
	long e = 0;

	if (!o)
		return -ENOENT;
	if (armed(o, &now))
		e = altstack(&o->program, NULL);
	if (e)
		return (int)e;
	t->armed = NULL;
	unmap(o);
	return 0;
}
