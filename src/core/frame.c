/* A signal frame in a view: checks, measures, copies and rebases it.
   Runs in a handler, inside the entry routine; also over frames of another
   process, or made up, where bytes and address differ. */
#include "core.h"
#include "sys.h"

#include <errno.h>

/* From F to the extended state of a frame laid out here, since
   F = ((state - FRAME_HEAD) & -16) - 8 and state % 64 == 0. */
enum { TO_STATE = 456 };

SIGPACT_ROUTINE static uint64_t get8(const struct sigpact__view *v, uint64_t at)
{
	return sigpact__get8((uintptr_t)v->bytes + at);
}

SIGPACT_ROUTINE static uint32_t get4(const struct sigpact__view *v, uint64_t at)
{
	return sigpact__get4((uintptr_t)v->bytes + at);
}

/* 0; -EINVAL: not a frame that this kernel writes; -ENOSYS: one without
   XSAVE; -EMSGSIZE: the view ends before the frame does. */
SIGPACT_ROUTINE int sigpact__frame_check(const struct sigpact__view *v)
{
	uint64_t state, size, left;

	if (v->size < FRAME_HEAD)
		return -EMSGSIZE;
	if (v->address % 16 != 8)
		return -EINVAL;
	state = get8(v, FRAME_UC + UC_FPREGS) - v->address;
	if (state < FRAME_HEAD || (state + v->address) % 64)
		return -EINVAL;
	if (state > v->size || v->size - state < XS_LEGACY)
		return -EMSGSIZE;
	left = v->size - state;
	if (get4(v, state + XS_MAGIC1) != XS_MAGIC1_VALUE)
		return -ENOSYS;
	size = get4(v, state + XS_XSTATE_SIZE);
	if (size < XS_LEGACY || get4(v, state + XS_EXTENDED_SIZE) < size + 4)
		return -EINVAL;
	if (size > left || left - size < 4)
		return -EMSGSIZE;
	if (get4(v, state + size) != XS_MAGIC2_VALUE)
		return -EINVAL;
	return 0;
}

/* What entry.S copies and no more is live. */
SIGPACT_ROUTINE static int trims(uint64_t xstate_bv)
{
	return !(xstate_bv & ~(uint64_t)XFEATURES_FAST);
}

/* Bytes of the extended state up to the end of its last live component. */
SIGPACT_ROUTINE uint32_t sigpact__frame_live(uint64_t xstate_bv,
					     uint32_t xstate_size)
{
	uint32_t live;

	if (!trims(xstate_bv))
		return xstate_size;
	xstate_bv |= sigpact__xkeep;
	live = sigpact__xend[31 - __builtin_clz((uint32_t)xstate_bv)];
	return live < xstate_size ? live : xstate_size;
}

/* Where the kernel would put a frame below sp (get_sigframe). */
SIGPACT_ROUTINE uintptr_t sigpact__frame_below(uintptr_t sp, uint32_t live)
{
	return ((sp - FRAME_RED_ZONE - live - 4) & ~(uintptr_t)63) - TO_STATE;
}

/* Copies a checked frame so that it is valid at to_address, which is one that
   frame_below gave; only the first live bytes of its extended state, which the
   kernel takes on return (fpu/signal.c, check_xstate_in_sigframe).

   XRSTOR touches the place of each component that it is asked for, live or
   not.  Where the whole area would reach past the end of the stack, which the
   kernel could not fault in, it is asked for what was copied alone; elsewhere
   not, since that costs the kernel a second XRSTOR (3 % of a delivery). */
SIGPACT_ROUTINE void sigpact__frame_copy(const struct sigpact__view *v,
					 unsigned char *to, uint64_t to_address,
					 uint32_t live, uint64_t end)
{
	uintptr_t state = (uintptr_t)to + TO_STATE;
	uint64_t from = get8(v, FRAME_UC + UC_FPREGS) - v->address;
	uint64_t xstate_bv = get8(v, from + XS_BV);

	/* downwards, so that a full stack is met before anything is written
	   that a second attempt would read */
	sigpact__copy((void *)state, v->bytes + from, live);
	sigpact__set4(state + live, XS_MAGIC2_VALUE);
	sigpact__set4(state + XS_XSTATE_SIZE, live);
	sigpact__set4(state + XS_EXTENDED_SIZE, live + 4);
	if (trims(xstate_bv) &&
	    end - to_address - TO_STATE < get4(v, from + XS_XSTATE_SIZE))
		sigpact__set8(state + XS_XFEATURES,
			      get8(v, from + XS_XFEATURES) &
				  (xstate_bv | sigpact__xkeep));
	sigpact__copy(to, v->bytes, FRAME_HEAD);
	sigpact__set8((uintptr_t)to + FRAME_UC + UC_FPREGS,
		      to_address + TO_STATE);
}
