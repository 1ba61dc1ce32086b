/* What an alternate stack needs on this CPU.  Any context. */
#include "core.h"

#include <errno.h>
#include <sigpact.h>

uint32_t sigpact__frame_size = FRAME_SIZE; /* or AT_MINSIGSTKSZ, if told */

long sigpact_altstack_size(int nesting)
{
	if (nesting < 1 || nesting > 64)
		return -EINVAL;
	return ((long)nesting * sigpact__frame_size + 16384 + 4095) & ~4095l;
}
