/* `sigpact run --report`: puts the action that reports a crash in the place of
   the default one, and tells the program that it is the default one.  Any
   context but at the start. */
#include "core.h"
#include "host.h"

/* What the program set with the default action; 0 was there before it did. */
static uint32_t flags_of[32];
static uint32_t set_by_program;

int sigpact__crash_take(int sig, uintptr_t *handler, unsigned long *flags)
{
	/* ours, when it was read by a raw system call */
	if (sigpact__crash_is_entry(*handler))
		return 1;
	if (!sigpact__reporter || sig > 31 || *handler != (uintptr_t)SIG_DFL ||
	    !(SIGPACT_CRASHES & sigpact__bit(sig)))
		return 0;
	flags_of[sig] = (uint32_t)*flags;
	__atomic_fetch_or(&set_by_program, 1u << sig, __ATOMIC_RELAXED);
	*handler = (uintptr_t)sigpact__crash_entry;
	*flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	return 1;
}

int sigpact__crash_answer(int sig, uintptr_t *handler, unsigned long *flags)
{
	const unsigned long libcs = 0x04000000; /* SA_RESTORER */

	if (!sigpact__crash_is_entry(*handler))
		return 0;
	*handler = (uintptr_t)SIG_DFL;
	*flags = set_by_program >> sig & 1 ?
			 flags_of[sig] | (*flags & libcs) : 0;
	return 1;
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
	sigpact__altstack_spare();
	for (sig = 1; sig < 32; sig++)
		if (SIGPACT_CRASHES & sigpact__bit(sig) &&
		    !sigaction(sig, NULL, &now) && now.sa_handler == SIG_DFL)
			sigaction(sig, &now, NULL);
	set_by_program = 0;
}
