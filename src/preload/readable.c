/* Asks the kernel whether memory may be read or written, so that a bad address
   ends as it would without us: EFAULT, not a crash.  Any context. */
#include "preload.h"
#include "sys.h"

#include <errno.h>

#define WORD sizeof(uint64_t) /* sigset_t, as the kernel has it */

/* A rt_sigprocmask that can do nothing: it reads the set, then refuses how.
   NULL is no set to it. */
static int word_readable(uintptr_t at)
{
	return at && sigpact__sys4(SYS_rt_sigprocmask, -1, (long)at, 0,
				   WORD) != -EFAULT;
}

int sigpact__readable(const void *p, size_t size)
{
	uintptr_t at = (uintptr_t)p;

	return word_readable(at) && word_readable(at + size - WORD);
}

/* One that only stores the mask that is blocked. */
int sigpact__writable(uint64_t *p)
{
	return p && !sigpact__sys4(SYS_rt_sigprocmask, 0, 0, (long)p, WORD);
}
