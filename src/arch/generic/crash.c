/* An architecture that reports no crash from inside.  Any context. */
#include "host.h"

void sigpact__crash_start(void)
{
}

void sigpact__crash_filtered(void)
{
}

uintptr_t sigpact__crash_address(void)
{
	return 0;
}

int sigpact__crash_take(int sig, uintptr_t *handler, unsigned long *flags)
{
	return 0;
}

void sigpact__crash_taken(int sig, unsigned long flags)
{
}

enum sigpact__answer sigpact__crash_answer(int sig, uintptr_t *handler,
					   unsigned long *flags)
{
	return ANSWER_ITS_OWN;
}

uint32_t sigpact__crash_slot_rules(int sig, uintptr_t handler,
				   unsigned long flags)
{
	return 0;
}
