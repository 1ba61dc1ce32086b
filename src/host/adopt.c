/* What `sigpact inspect` and `heal` find by the library's note, and what heal
   makes a thread do that it stopped anywhere.  adopt: any context. */
#include "core.h"
#include "host.h"
#include "reach.h"

#include <errno.h>
#include <sigpact.h>

__attribute__((used)) struct sigpact__reach sigpact__reach;

__asm__(".pushsection .note.sigpact,\"a\",@note\n"
	"	.balign 4\n"
	"	.long 8, 8, 1\n"
	"	.asciz \"sigpact\"\n"
	"1:	.quad sigpact__reach - 1b\n"
	"	.popsection\n");

/* Makes mask what the calling thread excludes, whose native stack is
   [low, high).  0 or -errno. */
__attribute__((used)) static long adopt(uint64_t mask, uintptr_t low,
					uintptr_t high)
{
	if (sigpact_backend_get() < 0)
		return sigpact_backend_get();
	if (!sigpact__self()->high)
		sigpact__stack_set(low, high);
	return sigpact__exclude_only(mask & SIGPACT_EXCLUDABLE);
}

void sigpact__adopt_start(void)
{
	struct sigpact__reach *r = &sigpact__reach;

	r->counts = (uintptr_t)&sigpact__counts;
	r->slots = (uintptr_t)sigpact__slots;
	r->thunks = sigpact__action_first();
	sigpact__tls_place(&r->tls_slot, &r->tls_offset);
	r->adopt = (uintptr_t)adopt;
	r->crash = sigpact__crash_address();
	__atomic_store_n(&r->version, SIGPACT_REACH_VERSION, __ATOMIC_RELEASE);
}
