/* An architecture whose vector registers are not known here: vector.h says 0
   levels, and callers say that they cannot tell.  Normal context. */
#include "vector.h"

#include <errno.h>

unsigned sigpact__vector_levels(void)
{
	return 0;
}

const char *sigpact__vector_level_name(unsigned bit)
{
	return NULL;
}

void sigpact__vector_fill(struct sigpact__vector *v, uint32_t seed)
{
}

void sigpact__vector_hold(const struct sigpact__vector *in,
			  struct sigpact__vector *out, unsigned levels,
			  const volatile uint32_t *until, unsigned long spins)
{
}

int sigpact__vector_differ(const struct sigpact__vector *in,
			   const struct sigpact__vector *out, unsigned levels,
			   char *what, size_t size)
{
	return 0;
}

void sigpact__vector_clear(void)
{
}

int sigpact__vector_area(const void *ucontext, struct sigpact__vector_area *a)
{
	return 0;
}

long sigpact__vector_trim(void *ucontext)
{
	return -ENOTSUP;
}

int sigpact__vector_red_zone(long sig, long tid)
{
	return -1;
}
