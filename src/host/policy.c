/* What the rules make of an action that is about to be installed.
   Any context: sigaction is async-signal-safe. */
#include "core.h"
#include "host.h"
#include "sys.h"

/* Who installed what, as far as libc's calls tell.  A guess that rules weigh,
   never what a handler is called by: that is in the slot. */
struct known {
	uintptr_t handler; /* the program's own, not an entry address */
	uint32_t flags;
	uintptr_t installer; /* address in the owner */
	int seen;
};
static struct known known[65];
static uintptr_t kept_from[65]; /* module that keep=auto refused */
/* Signals whose SA_SIGINFO is the entry routine's; bit n-1. */
static uint64_t siginfo_ours;

static int is_handler(uintptr_t h)
{
	return h != (uintptr_t)SIG_DFL && h != (uintptr_t)SIG_IGN &&
	       h != (uintptr_t)SIG_ERR;
}

static int same_module(uintptr_t a, uintptr_t b)
{
	struct sigpact__module m;

	if (sigpact__module_at(a, &m))
		return 0;
	return b >= m.start && b < m.end;
}

/* Inside dlopen, or in a thread that a constructor started there: the return
   address of dlopen is still where it was, above us; or that word belongs to
   another frame by now, which a sanitizer must not mind. */
__attribute__((no_sanitize("address"))) int sigpact__loading(void)
{
	const struct sigpact__thread *t = sigpact__self();
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (t->loading_child)
		return 1;
	return t->load_slot > here && t->load_slot - t->low < t->high - t->low &&
	       here - t->low < t->high - t->low &&
	       *(const uintptr_t *)t->load_slot == t->load_return;
}

static void ask_kernel(int sig)
{
	struct { unsigned long handler, flags, restorer, mask; } a;
	struct known *k = &known[sig];

	if (k->seen || sigpact__sys4(SYS_rt_sigaction, sig, 0, (long)&a, 8))
		return;
	sigpact__crash_answer(sig, &a.handler, &a.flags);
	k->handler = k->installer = a.handler;
	k->flags = (uint32_t)a.flags;
	k->seen = 1;
}

/* keep: a library that is being loaded leaves this signal as it is. */
static int kept(const struct sigpact__request *r)
{
	int named = sigpact__rules.keep >> (r->sig - 1) & 1;
	struct sigpact__module m;

	if ((!named && !sigpact__rules.keep_auto) || !sigpact__loading() ||
	    sigpact__module_at(r->caller, &m) || m.program)
		return 0;
	ask_kernel(r->sig);
	if (known[r->sig].handler == (uintptr_t)SIG_DFL)
		return 0;
	if (named)
		return !same_module(r->caller, known[r->sig].installer);
	/* once for each library: what it installs later is asked for */
	if (known[r->sig].handler != (uintptr_t)SIG_IGN ||
	    kept_from[r->sig] == m.start ||
	    r->handler < m.start || r->handler >= m.end)
		return 0;
	kept_from[r->sig] = m.start;
	return 1;
}

/* owner: the flag comes from another module than the handler. */
static int flag_is_foreign(const struct sigpact__request *r)
{
	const struct known *k = &known[r->sig];

	return sigpact__rules.owner && k->seen && k->handler == r->handler &&
	       !(k->flags & SA_ONSTACK) && r->flags & SA_ONSTACK &&
	       !same_module(r->caller, k->installer);
}

static int go_present(uintptr_t caller)
{
	static int seen, asked;
	struct sigpact__module m;

	if (!asked) {
		asked = 1;
		seen = sigpact__program_is_go();
	}
	if (!seen && !sigpact__module_at(caller, &m))
		seen = sigpact__module_is_go(&m);
	return seen;
}

static int wants_onstack(const struct sigpact__request *r)
{
	uint64_t bit = sigpact__bit(r->sig);

	if (r->flags & SA_ONSTACK)
		return 0;
	if (sigpact__rules.onstack & bit)
		return 1;
	return sigpact__rules.onstack_auto && go_present(r->caller) &&
	       !(sigpact__rules.exclude & bit);
}

/* The entry routine before the handler, when something will need it. */
static void wrap(struct sigpact__request *r, uint32_t rules)
{
	uint64_t bit = sigpact__bit(r->sig);
	uintptr_t entry;

	if (!(rules || sigpact__wanted & bit || *sigpact__rules.stats_file) ||
	    sigpact__cpu_learn())
		return;
	entry = sigpact__action_wrap(r->handler, (uint32_t)r->flags, rules);
	if (entry == r->handler) {
		sigpact__log("%S: all %d slots are taken: left as it is",
			     r->sig, (unsigned long)SLOT_COUNT);
		return;
	}
	r->handler = entry;
	r->flags |= SA_SIGINFO;
	if (rules & SLOT_NO_ONSTACK)
		r->flags |= SA_ONSTACK;
	if (rules & SLOT_RESET)
		r->flags &= ~(unsigned long)SA_RESETHAND;
}

/* An entry address that was read behind our back (a raw rt_sigaction) stands
   for the action in its slot. */
static uint32_t unwrap(struct sigpact__request *r)
{
	const struct sigpact__slot *slot = sigpact__action_slot(r->handler);

	if (!slot)
		return 0;
	r->handler = slot->handler;
	if (!(slot->flags & SA_SIGINFO))
		r->flags &= ~(unsigned long)SA_SIGINFO;
	return slot->rules & SLOT_EXCLUDE;
}

/* Which rules put the entry routine before this handler. */
static uint32_t excluding(const struct sigpact__request *r)
{
	uint64_t bit = sigpact__bit(r->sig);

	if (sigpact__rules.onstack & bit)
		return 0; /* asked for by name: stronger than the owner */
	if (flag_is_foreign(r)) {
		sigpact__log("%S: the handler %a runs on the native stack: %a "
			     "added SA_ONSTACK to it (owner)",
			     r->sig, r->handler, r->caller);
		return SLOT_EXCLUDE;
	}
	if (sigpact__rules.exclude & bit && r->flags & SA_ONSTACK) {
		sigpact__log("%S: the handler %a runs on the native stack "
			     "(exclude)",
			     r->sig, r->handler);
		return SLOT_EXCLUDE;
	}
	return 0;
}

enum sigpact__verdict sigpact__policy(struct sigpact__request *r)
{
	uint32_t rules;

	if (r->sig < 1 || r->sig > 64)
		return VERDICT_INSTALL;
	rules = unwrap(r);
	r->own = (sigpact__active || sigpact__wanted) &&
		 sigpact__owns_memory();
	r->program = r->handler;
	r->program_flags = r->flags;
	if (r->own && sigpact__crash_take(r->sig, &r->handler, &r->flags)) {
		r->program = (uintptr_t)SIG_DFL;
		r->reported = 1;
		wrap(r, 0);
	}
	if (!r->own || !is_handler(r->program))
		return VERDICT_INSTALL;
	if (sigpact__active && kept(r)) {
		sigpact__log("%S: %a would install a handler while it is "
			     "loaded: stays as it was (keep)",
			     r->sig, r->caller);
		return VERDICT_KEEP;
	}
	rules |= excluding(r);
	if (!rules && wants_onstack(r)) {
		r->flags |= SA_ONSTACK;
		r->program_flags |= SA_ONSTACK;
		sigpact__log("%S: SA_ONSTACK added to the handler %a (onstack)",
			     r->sig, r->handler);
	}
	wrap(r, rules | sigpact__crash_slot_rules(r->sig, r->handler,
						  r->flags));
	if (rules && !(sigpact__wanted & sigpact__bit(SIGSEGV)))
		sigpact__faults_take();
	return VERDICT_INSTALL;
}

static void note_siginfo(int sig, uintptr_t handler)
{
	const struct sigpact__slot *slot = sigpact__action_slot(handler);
	uint64_t bit = sigpact__bit(sig);

	if (slot && !(slot->flags & SA_SIGINFO))
		__atomic_fetch_or(&siginfo_ours, bit, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&siginfo_ours, ~bit, __ATOMIC_RELAXED);
}

int sigpact__policy_take(int sig)
{
	struct { uint64_t handler, flags, restorer, mask; } now;
	int e = sigpact__action_take(sig, 0);

	if (!e && !sigpact__sys4(SYS_rt_sigaction, sig, 0, (long)&now, 8) &&
	    sigpact__action_slot(now.handler))
		note_siginfo(sig, now.handler);
	return e;
}

void sigpact__policy_done(const struct sigpact__request *r)
{
	struct known *k = &known[r->sig];

	if (r->own)
		note_siginfo(r->sig, r->handler);
	if (r->own && (r->reported || r->program_flags & SA_RESETHAND))
		sigpact__crash_taken(r->sig, r->program_flags);
	/* a flag ORed in by someone else does not change who the owner is */
	if (!r->own || (k->seen && k->handler == r->program &&
			!same_module(k->installer, r->caller)))
		return;
	k->handler = r->program;
	k->flags = (uint32_t)r->program_flags;
	k->installer = r->caller;
	k->seen = 1;
}

/* What the kernel's flags may have more or less of. */
#define TOLD (SA_SIGINFO | SA_ONSTACK | SA_RESETHAND)

enum sigpact__answer sigpact__policy_answer(int sig, uintptr_t *handler,
					    unsigned long *flags)
{
	const struct sigpact__slot *slot = sigpact__action_slot(*handler);
	struct known *k = &known[sig];
	enum sigpact__answer answer;

	if (slot) {
		*handler = slot->handler;
		*flags = (*flags & ~(unsigned long)TOLD) | (slot->flags & TOLD);
	}
	answer = sigpact__crash_answer(sig, handler, flags);
	if (answer == ANSWER_ITS_OWN && !slot &&
	    *handler == (uintptr_t)SIG_DFL && *flags & SA_RESETHAND &&
	    siginfo_ours & sigpact__bit(sig)) {
		/* reset on delivery: the kernel keeps the flags */
		*flags &= ~(unsigned long)SA_SIGINFO;
	}
	if (!sigpact__active || (k->seen && k->handler == *handler) ||
	    !sigpact__owns_memory())
		return answer;
	k->handler = k->installer = *handler;
	k->flags = (uint32_t)*flags;
	k->seen = 1;
	return answer;
}
