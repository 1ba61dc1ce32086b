/* Decides where a delivery runs when the fast path could not: refusals, a
   signal that interrupted the entry routine (rolled forward), and a fault of
   the routine's own copy.  Runs in a handler, inside the entry routine, on the
   alternate stack below the frame; calls nothing outside its section but raw
   system calls, and may be interrupted and done again from the start at any
   instruction. */
#include "core.h"
#include "sys.h"

#include <signal.h>

#define ROUTINE SIGPACT_ROUTINE
/* In the siginfo of a frame turned into a SIGSEGV, past what SI_KERNEL uses:
   its slot, and the mark that says so, written first. */
#define TURNED_SLOT (FRAME_INFO + 112)
#define TURNED_MARK (FRAME_INFO + 120)
#define TURNED 0x5349475041435421ull

/* The first thread's stack has no guard of its own: a step below it. */
#define STEP 65536

struct fault {
	uintptr_t address;
	struct sigpact__slot *slot; /* of the SIGSEGV action */
};

ROUTINE static uint64_t uc8(uintptr_t frame, uintptr_t field)
{
	return sigpact__get8(frame + FRAME_UC + field);
}

ROUTINE static int on_stack(uintptr_t sp, uintptr_t base, uintptr_t size)
{
	return sp - base - 1 < size;
}

/* On the alternate stack that was armed when frame was delivered? */
ROUTINE static int on_alternate(uintptr_t frame, uintptr_t sp)
{
	return on_stack(sp, uc8(frame, UC_SS_SP), uc8(frame, UC_SS_SIZE));
}

ROUTINE int sigpact__in_routine(uintptr_t pc)
{
	return pc - (uintptr_t)__start_sigpact_text <
	       (uintptr_t)__stop_sigpact_text - (uintptr_t)__start_sigpact_text;
}

/* The delivery that frame interrupted inside the routine (entry.S). */
ROUTINE static void interrupted(uintptr_t frame, struct sigpact__place *out)
{
	uintptr_t pc = uc8(frame, UC_RIP), state = uc8(frame, UC_FPREGS);
	uintptr_t slow = (uintptr_t)sigpact__slow_start;
	uintptr_t file = (uintptr_t)sigpact__asm_start;
	uintptr_t thunks = (uintptr_t)sigpact__thunks;

	out->frame = uc8(frame, UC_RSP);
	if (pc - thunks < (uintptr_t)sigpact__thunks_end - thunks) {
		out->slot = &sigpact__slots[(pc - thunks) / THUNK_SIZE];
	} else if (pc - slow >= (uintptr_t)sigpact__slow_end - slow &&
		   pc - file < (uintptr_t)sigpact__asm_end - file) {
		out->slot = (struct sigpact__slot *)uc8(frame, UC_R11);
	} else {
		out->frame = sigpact__get8(state + XS_XMM15);
		out->slot =
		    (struct sigpact__slot *)sigpact__get8(state + XS_XMM14);
	}
}

ROUTINE static int excluded(int sig, const struct sigpact__slot *slot,
			    uintptr_t frame)
{
	const struct sigpact__thread *t = sigpact__self();

	return t->exclude & sigpact__bit(sig) ||
	       slot->rules & (SLOT_EXCLUDE | SLOT_NO_ONSTACK) ||
	       (slot->rules & SLOT_OFF_SPARE && t->spare_base &&
		uc8(frame, UC_SS_SP) == t->spare_base);
}

/* As the kernel resets an action to the default one. */
ROUTINE static void reset(int sig, const struct sigpact__slot *slot)
{
	struct { uint64_t handler, flags, restorer, mask; } now;

	now.handler = 0;
	if (!(slot->rules & SLOT_RESET) ||
	    sigpact__sys4(SYS_rt_sigaction, sig, 0, (long)&now, 8))
		return;
	if (now.handler - (uintptr_t)sigpact__thunks !=
	    (uintptr_t)(slot - sigpact__slots) * THUNK_SIZE)
		return;
	now.handler = sigpact__crash_slot.handler;
	sigpact__sys4(SYS_rt_sigaction, sig, (long)&now, 0, 8);
}

ROUTINE static uint64_t *row(const struct sigpact__thread *t, int sig)
{
	return (uint64_t *)((uintptr_t)sigpact__counts + t->shard) + sig * ROW;
}

/* The bounds, with the guard, of the stack that sp is on: the thread's own or
   its domain's.  0: neither. */
ROUTINE static int known_stack(const struct sigpact__thread *t, uintptr_t sp,
			       uintptr_t *low, uintptr_t *high)
{
	const struct sigpact_domain *d = t->domain;

	*low = d ? d->map : t->low;
	*high = d ? d->high : t->high;
	if (d && sp - *low >= *high - *low) {
		*low = t->low;
		*high = t->high;
	}
	return sp - *low < *high - *low;
}

/* Has the interrupted code overflowed the stack that ends at low? */
ROUTINE static int fell_below(uintptr_t frame, uintptr_t low, uintptr_t top)
{
	uintptr_t info = frame + FRAME_INFO;
	uintptr_t address = sigpact__get8(info + INFO_ADDR);

	return sigpact__get4(info + INFO_SIGNO) == SIGSEGV &&
	       (int)sigpact__get4(info + INFO_CODE) > 0 &&
	       low - top - 1 < STEP && low - address - 1 < STEP;
}

/* Where frame belongs, given the stack pointer it would go below.  nested:
   that is the frame of a delivery rolled forward off the alternate stack. */
ROUTINE static enum sigpact__outcome
decide(uintptr_t frame, const struct sigpact__slot *slot, uintptr_t top,
       int nested, uintptr_t *to, uint32_t *live, uintptr_t *high)
{
	const struct sigpact__thread *t = sigpact__self();
	int sig = sigpact__get4(frame + FRAME_INFO);
	int own = t->exclude >> (sig - 1) & 1;
	uintptr_t state = uc8(frame, UC_FPREGS), low;

	if (!nested && !on_alternate(frame, frame))
		return OUTCOME_NATIVE;
	if (!excluded(sig, slot, frame)) {
		/* the kernel found the alternate stack in use, or disarmed by
		   the delivery before (SS_AUTODISARM), only because that one
		   had not left it yet */
		if (!nested || (slot->flags & SA_ONSTACK &&
				uc8(frame, UC_SS_SIZE)))
			return OUTCOME_NATIVE;
	}
	if (on_alternate(frame, top))
		return KEPT_NESTED;
	if (t->shadow_stack)
		return KEPT_SHADOW_STACK;
	if (!known_stack(t, top, &low, high)) {
		if (slot->rules & (SLOT_OFF_SPARE | SLOT_NO_ONSTACK) &&
		    t->high && fell_below(frame, low, top))
			return KEPT_ROOM;
		return t->high ? KEPT_FOREIGN : KEPT_UNKNOWN;
	}
	*live = sigpact__frame_live(sigpact__get8(state + XS_BV),
				    sigpact__get4(state + XS_XSTATE_SIZE));
	*to = sigpact__frame_below(top, *live);
	if (!own && (*to < SIGPACT_RESERVE || *to - SIGPACT_RESERVE < low))
		return KEPT_ROOM;
	return OUTCOME_RELOCATED;
}

/* frame's signal did not fit on the native stack: make of it the SIGSEGV that
   the kernel would have raised (force_sigsegv), lost signal and all. */
ROUTINE static void turn(uintptr_t frame, struct sigpact__slot *slot)
{
	uintptr_t i;

	sigpact__set8(frame + TURNED_SLOT, (uintptr_t)slot);
	sigpact__set8(frame + TURNED_MARK, TURNED);
	for (i = 0; i < TURNED_SLOT - FRAME_INFO; i += 8)
		sigpact__set8(frame + FRAME_INFO + i, 0);
	sigpact__set4(frame + FRAME_INFO + INFO_SIGNO, SIGSEGV);
	sigpact__set4(frame + FRAME_INFO + INFO_CODE, 0x80 /* SI_KERNEL */);
}

ROUTINE static int turned(uintptr_t frame)
{
	return sigpact__get8(frame + TURNED_MARK) == TURNED;
}

/* Signals blocked in the SIGSEGV handler of a frame that was turned. */
ROUTINE static uint64_t turned_mask(uintptr_t frame)
{
	struct { uint64_t handler, flags, restorer, mask; } action;

	action.flags = action.mask = 0;
	sigpact__sys4(SYS_rt_sigaction, SIGSEGV, 0, (long)&action, 8);
	if (!(action.flags & SA_NODEFER))
		action.mask |= sigpact__bit(SIGSEGV);
	return uc8(frame, UC_SIGMASK) | action.mask;
}

/* Makes frame's context "about to run the first instruction of the handler of
   a".  pc last: until then a repeated attempt finds the routine, and a. */
ROUTINE static void enter(uintptr_t frame, const struct sigpact__place *a)
{
	uintptr_t uc = frame + FRAME_UC, state = sigpact__get8(uc + UC_FPREGS);

	sigpact__set8(uc + UC_RSP, a->frame);
	sigpact__set8(uc + UC_RDI, sigpact__get4(a->frame + FRAME_INFO));
	sigpact__set8(uc + UC_RSI, a->frame + FRAME_INFO);
	sigpact__set8(uc + UC_RDX, a->frame + FRAME_UC);
	sigpact__set8(uc + UC_RAX, 0);
	if (a->mask)
		sigpact__set8(uc + UC_SIGMASK, a->mask);
	/* all but the protection keys in their initial state */
	sigpact__set8(state + XS_BV, sigpact__get8(state + XS_BV) &
				     (1u << XFEATURE_PKRU));
	sigpact__set4(state + XS_MXCSR, XS_MXCSR_VALUE);
	sigpact__set8(uc + UC_RIP, a->slot->handler);
}

/* A handler may end the process by a signal of its own: then this is why. */
ROUTINE static void see(uintptr_t frame)
{
	uintptr_t info = frame + FRAME_INFO, spare = sigpact__self()->spare_base;
	int sig = (int)sigpact__get4(info + INFO_SIGNO);
	int code = (int)sigpact__get4(info + INFO_CODE);
	struct sigpact__seen *seen;

	if (!spare || code <= 0 || !(SIGPACT_CRASHES & sigpact__bit(sig)))
		return;
	seen = (struct sigpact__seen *)(spare - sizeof *seen);
	seen->pc = uc8(frame, UC_RIP);
	seen->address = sigpact__get8(info + INFO_ADDR);
	seen->signal = sig;
	seen->code = code;
}

/* Moves frame to below top, or lets another handler tell why it cannot be. */
ROUTINE static enum sigpact__outcome move(uintptr_t frame,
					  struct sigpact__slot *slot,
					  const struct fault *fault,
					  uintptr_t top, int nested,
					  struct sigpact__place *out)
{
	uintptr_t to = 0, high = 0;
	uint32_t live = 0;
	enum sigpact__outcome outcome =
	    decide(frame, slot, top, nested, &to, &live, &high);
	struct sigpact__view v;

	if (outcome == KEPT_ROOM && !(slot->rules & SLOT_EXCLUDE) &&
	    slot->rules & (SLOT_OFF_SPARE | SLOT_NO_ONSTACK)) {
		turn(frame, &sigpact__crash_slot);
		out->slot = &sigpact__crash_slot;
	} else if (outcome == OUTCOME_RELOCATED && fault &&
		   fault->address - to < top - to) {
		turn(frame, fault->slot);
		out->slot = fault->slot;
	} else if (outcome == OUTCOME_RELOCATED) {
		v.bytes = (unsigned char *)frame;
		v.address = frame;
		v.size = 0; /* the kernel wrote it: not checked */
		sigpact__frame_copy(&v, (unsigned char *)to, to, live, high);
		out->frame = to;
	}
	return outcome;
}

/* Settles frame, and first the delivery it interrupted, if any.  The depth is
   bounded by the alternate stack, which holds a frame for each level. */
ROUTINE static void settle(uintptr_t frame, struct sigpact__slot *slot,
			   const struct fault *fault,
			   struct sigpact__place *out)
{
	struct sigpact__place a;
	uintptr_t top = uc8(frame, UC_RSP);
	int sig = sigpact__get4(frame + FRAME_INFO), nested = 0;
	enum sigpact__outcome outcome =
	    excluded(sig, slot, frame) ? KEPT_NESTED : OUTCOME_NATIVE;

	a.frame = 0;
	see(frame);
	if (sigpact__in_routine(uc8(frame, UC_RIP))) {
		interrupted(frame, &a);
		top = a.frame;
		settle(a.frame, a.slot, fault, &a);
		__asm__ volatile("lock incq %0" : "+m"(*a.count));
		nested = a.frame != top;
		top = a.frame;
	}
	out->frame = frame;
	out->slot = slot;
	out->mask = 0;
	if (turned(frame))
		out->slot = (struct sigpact__slot *)sigpact__get8(frame +
								  TURNED_SLOT);
	else if (!a.frame || !on_alternate(a.frame, a.frame))
		outcome = move(frame, slot, fault, top, nested, out);
	reset(sig, slot);
	if (turned(frame)) {
		outcome = OUTCOME_NATIVE;
		sig = SIGSEGV;
		out->mask = turned_mask(frame);
	}
	if (a.frame)
		enter(out->frame, &a);
	if (outcome > OUTCOME_RELOCATED && sigpact__kept)
		sigpact__kept_call(sig, outcome);
	out->count = row(sigpact__self(), sig) + outcome;
}

/* A fault that the routine raised itself can only be its copy's. */
ROUTINE static int own_fault(uintptr_t frame)
{
	int sig = sigpact__get4(frame + FRAME_INFO + INFO_SIGNO);
	int code = sigpact__get4(frame + FRAME_INFO + INFO_CODE);

	return (sig == SIGSEGV || sig == SIGBUS) && code > 0 &&
	       sigpact__in_routine(uc8(frame, UC_RIP));
}

/* Natively the kernel kills when SIGSEGV has no stack to run on. */
ROUTINE static void die(void)
{
	struct { uint64_t handler, flags, restorer, mask; } action;
	uint64_t mask = sigpact__bit(SIGSEGV);

	action.handler = action.flags = action.restorer = action.mask = 0;
	sigpact__sys4(SYS_rt_sigaction, SIGSEGV, (long)&action, 0, 8);
	sigpact__sys3(SYS_tgkill, sigpact__sys0(SYS_getpid),
		      sigpact__sys0(SYS_gettid), SIGSEGV);
	sigpact__sys4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&mask, 0, 8);
}

/* Where the delivery at frame runs, with which action; called by entry.S. */
ROUTINE void sigpact__settle(uintptr_t frame, struct sigpact__slot *slot,
			     struct sigpact__place *out)
{
	struct fault fault;

	if (!own_fault(frame)) {
		settle(frame, slot, NULL, out);
		return;
	}
	if (!(slot->flags & SA_ONSTACK) ||
	    sigpact__self()->exclude & sigpact__bit(SIGSEGV))
		die();
	fault.address = sigpact__get8(frame + FRAME_INFO + INFO_ADDR);
	fault.slot = slot;
	interrupted(frame, out);
	settle(out->frame, out->slot, &fault, out);
	if (out->mask)
		sigpact__sys4(SYS_rt_sigprocmask, SIG_SETMASK,
			      (long)&out->mask, 0, 8);
}
