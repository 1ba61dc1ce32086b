/* A crash on its way to its end: the default action of the signals that a
   process dies of.  Where `sigpact run --report` asks for it, a helper is
   started first, and attaches; from then on the actions are as without us, and
   the signal comes anew at the same instruction, with the same siginfo.  Runs in a handler. */
#include "core.h"
#include "sys.h"

#include <signal.h>

enum { NAP_MS = 20, ATTACH_MS = 10000, OTHERS_MS = 90000 };
/* <linux/futex.h>, which musl-gcc does not find */
enum { WAIT_PRIVATE = 128 };

const struct sigpact__reporter *sigpact__reporter;
struct sigpact__slot sigpact__crash_slot = {
	.handler = (uintptr_t)sigpact__crash_entry,
	.flags = SA_SIGINFO | SA_ONSTACK,
	.rules = SLOT_VALID,
};

static uint64_t reporting;	/* of which thread: pid << 32 | tid */
static uint32_t attached;	/* set by the helper, from outside */

struct action {
	uint64_t handler, flags, restorer, mask;
};

int sigpact__crash_is_entry(uintptr_t handler)
{
	return handler == (uintptr_t)sigpact__crash_entry;
}

/* Whatever was started in front of the default action. */
static int is_ours(uintptr_t handler)
{
	const struct sigpact__slot *slot = sigpact__action_slot(handler);

	return sigpact__crash_is_entry(slot ? slot->handler : handler);
}

void sigpact__crash_default(int sig)
{
	struct action none;

	none.handler = none.flags = none.restorer = none.mask = 0;
	sigpact__sys4(SYS_rt_sigaction, sig, (long)&none, 0, 8);
}

void sigpact__crash_disarm(void)
{
	struct action now;
	int sig;

	now.handler = 0;
	for (sig = 1; sig < 32; sig++)
		if (SIGPACT_CRASHES & sigpact__bit(sig) &&
		    !sigpact__sys4(SYS_rt_sigaction, sig, 0, (long)&now, 8) &&
		    is_ours(now.handler))
			sigpact__crash_default(sig);
}

static void sleep_ms(long ms)
{
	struct { long s, ns; } time;

	time.s = ms / 1000;
	time.ns = ms % 1000 * 1000000;
	sigpact__sys4(SYS_futex, (long)&attached, WAIT_PRIVATE, 0, (long)&time);
}

/* Until the helper has attached, or nothing more is to be hoped for. */
static void wait_for(long keeper)
{
	int ms;

	for (ms = 0; ms < ATTACH_MS; ms += NAP_MS) {
		sleep_ms(NAP_MS);
		if (__atomic_load_n(&attached, __ATOMIC_ACQUIRE))
			return;
		if (sigpact__helper_ended(keeper))
			return;	/* it has said why */
	}
	sigpact__helper_end(keeper);
}

/* Is this thread the one whose crash is told?  The others' come to nothing: the
   process ends by the first. */
static int is_first(uint64_t self)
{
	uint64_t was = __atomic_load_n(&reporting, __ATOMIC_RELAXED);

	do {
		/* a process that forked meanwhile has another number */
		if (was >> 32 == self >> 32)
			return 0;
	} while (!__atomic_compare_exchange_n(&reporting, &was, self, 0,
					      __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return 1;
}

static void report(void)
{
	uint64_t self = (uint64_t)sigpact__sys0(SYS_getpid) << 32 |
			(uint32_t)sigpact__sys0(SYS_gettid);
	long keeper;
	int ms;

	if (is_first(self)) {
		attached = 0;
		keeper = sigpact__helper_start(&attached);
		if (keeper > 0)
			wait_for(keeper);
	} else if (__atomic_load_n(&reporting, __ATOMIC_RELAXED) != self) {
		for (ms = 0; ms < OTHERS_MS; ms += NAP_MS)
			sleep_ms(NAP_MS);
	}
}

/* By the default action, at the instruction that was interrupted: the core is
   that of a process without us.  The signal is blocked until the handler
   returns; a fault that cannot be queued is raised again by then. */
static void die(int sig, uintptr_t info)
{
	long pid = sigpact__sys0(SYS_getpid), tid = sigpact__sys0(SYS_gettid);

	sigpact__crash_default(sig);
	if (sigpact__sys4(SYS_rt_tgsigqueueinfo, pid, tid, sig, (long)info) &&
	    (int)sigpact__get4(info + INFO_CODE) <= 0)
		sigpact__sys3(SYS_tgkill, pid, tid, sig);
}

void sigpact__crash_end(int sig, uintptr_t info)
{
	if (sigpact__reporter && SIGPACT_CRASHES & sigpact__bit(sig) &&
	    sigpact__owns_memory()) {
		report();
		sigpact__crash_disarm();
	}
	die(sig, info);
}

/* Installed for a signal whose action is the default one. */
void sigpact__crash_entry(int sig, void *info, void *uc)
{
	uint64_t all = ~0ull;

	sigpact__sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, 8);
	sigpact__crash_end(sig, (uintptr_t)info);
}
