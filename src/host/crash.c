/* `sigpact run --report`: puts the action that reports a crash in the place of
   the default one, and tells the program that it is the default one.  Any
   context but at the start. */
#include "core.h"
#include "host.h"
#include "sys.h"

/* What the program set with the default action, where ours is other; 0 was there
   before it did. */
enum { OURS = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER };
#define RESET 0x80000000u /* SA_RESETHAND: for the first of several threads */
static uint32_t flags_of[32];
static uint32_t set_by_program;

uintptr_t sigpact__crash_address(void)
{
	return (uintptr_t)sigpact__crash_entry;
}

int sigpact__crash_take(int sig, uintptr_t *handler, unsigned long *flags)
{
	/* ours too, when it was read by a raw system call */
	if (!sigpact__reporter || sig > 31 ||
	    !(SIGPACT_CRASHES & sigpact__bit(sig)) ||
	    (*handler != (uintptr_t)SIG_DFL &&
	     !sigpact__crash_is_entry(*handler)))
		return 0;
	*handler = (uintptr_t)sigpact__crash_entry;
	*flags = (*flags & ~(unsigned long)(SA_NODEFER | RESET)) | SA_SIGINFO |
		 SA_ONSTACK | SA_RESTART;
	return 1;
}

void sigpact__crash_taken(int sig, unsigned long flags)
{
	if (!sigpact__reporter || sig > 31)
		return;
	flags_of[sig] = (uint32_t)flags & (OURS | RESET);
	__atomic_fetch_or(&set_by_program, 1u << sig, __ATOMIC_RELAXED);
}

enum sigpact__answer sigpact__crash_answer(int sig, uintptr_t *handler,
					   unsigned long *flags)
{
	if (!sigpact__crash_is_entry(*handler))
		return ANSWER_ITS_OWN;
	*handler = (uintptr_t)SIG_DFL;
	if (!(set_by_program >> sig & 1)) {
		*flags = 0;
		return ANSWER_FIRST;
	}
	*flags = (*flags & ~(unsigned long)OURS) | flags_of[sig];
	return ANSWER_DEFAULT;
}

/* Go looks for an alternate stack in each thread, and takes the spare one for its
   own. */
uint32_t sigpact__crash_slot_rules(int sig, uintptr_t handler,
				   unsigned long flags)
{
	struct sigpact__module m;
	uint32_t rules = SLOT_OFF_SPARE;

	if (!sigpact__reporter || sigpact__earlier_entry(handler) >= 0)
		return 0;
	if (sig < 32 && SIGPACT_CRASHES & sigpact__bit(sig)) {
		rules |= flags & SA_ONSTACK ? 0 : SLOT_NO_ONSTACK;
		rules |= flags & SA_RESETHAND ? SLOT_RESET : 0;
	}
	if (!sigpact__module_at(handler, &m) && sigpact__module_is_go(&m))
		rules &= ~(uint32_t)SLOT_OFF_SPARE;
	return rules;
}

/* Through libc: musl keeps a state of its own. */
void sigpact__crash_start(void)
{
	static struct sigpact__reporter reporter;
	struct sigaction now;
	int sig;

	reporter.path = sigpact__rules.reporter;
	if (*sigpact__rules.report_folder)
		reporter.folder = sigpact__rules.report_folder;
	sigpact__reporter = &reporter;
	sigpact__fast = sigpact__slow;
	sigpact__wanted = ~0ull;
	sigpact__altstack_spare();
	for (sig = 1; sig < 32; sig++)
		if (SIGPACT_CRASHES & sigpact__bit(sig) &&
		    !sigaction(sig, NULL, &now) && now.sa_handler == SIG_DFL)
			sigaction(sig, &now, NULL);
	set_by_program = 0;
}

/* A filter may kill for a call of ours, and the program would end by another
   signal than its own. */
void sigpact__crash_filtered(void)
{
	static const char why[] = "sigpact: this program restricts its system "
				  "calls (seccomp): its crashes are not "
				  "reported from now on\n";

	if (!sigpact__reporter)
		return;
	if (sigpact__owns_memory()) {
		sigpact__reporter = NULL;
		sigpact__sys3(SYS_write, 2, (long)why, sizeof why - 1);
	}
	sigpact__crash_disarm();
}
