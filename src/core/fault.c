/* What a fault was, told from its frame and where the domain's stack lies.
   Runs in a handler. */
#include "core.h"

#include <signal.h>

/* Below this no program maps anything (vm.mmap_min_addr). */
#define NULL_AREA 65536
#define SI_KERNEL_CODE 0x80

struct sigpact__arena *sigpact__arenas;

static int in_guard(uintptr_t address)
{
	const struct sigpact__arena *a;

	for (a = __atomic_load_n(&sigpact__arenas, __ATOMIC_ACQUIRE); a;
	     a = a->next)
		if (address - a->base < a->size &&
		    (address - a->base) % a->stride < a->guard)
			return 1;
	return 0;
}

/* Is sp where the next frame, the kernel's or a function's, meets the guard,
   or past it? */
static int near_end(const struct sigpact_domain *d, uintptr_t sp)
{
	return sp < d->low + FRAME_RED_ZONE + sigpact__frame_size;
}

/* A frame that did not fit comes as SI_KERNEL, without an address. */
static enum sigpact_fault_kind memory(const struct sigpact_domain *d, int code,
				      uintptr_t address, uintptr_t sp)
{
	if (code == SI_KERNEL_CODE)
		return near_end(d, sp) ? SIGPACT_FAULT_OVERFLOW
				       : SIGPACT_FAULT_GENERAL;
	if (address - d->map < d->low - d->map)
		return near_end(d, sp) ? SIGPACT_FAULT_OVERFLOW
				       : SIGPACT_FAULT_GUARD;
	if (address < NULL_AREA)
		return SIGPACT_FAULT_NULL;
	if (code == SEGV_MAPERR)
		return SIGPACT_FAULT_UNMAPPED;
	return in_guard(address) ? SIGPACT_FAULT_GUARD
				 : SIGPACT_FAULT_PROTECTED;
}

static enum sigpact_fault_kind kind(const struct sigpact_domain *d, int sig,
				    int code, uintptr_t address, uintptr_t sp)
{
	switch (sig) {
	case SIGSEGV:
		return memory(d, code, address, sp);
	case SIGBUS:
		return SIGPACT_FAULT_BUS;
	case SIGFPE:
		return code == FPE_INTDIV ? SIGPACT_FAULT_DIVIDE
					  : SIGPACT_FAULT_ARITHMETIC;
	case SIGILL:
		return SIGPACT_FAULT_ILLEGAL;
	}
	return SIGPACT_FAULT_TRAP;
}

void sigpact__fault_describe(struct sigpact_fault *f,
			     const struct sigpact_domain *d, int sig,
			     uintptr_t info, uintptr_t uc)
{
	uintptr_t sp = sigpact__get8(uc + UC_RSP);

	f->signal = sig;
	f->code = (int)sigpact__get4(info + INFO_CODE);
	f->address = f->code == SI_KERNEL_CODE
			 ? 0
			 : sigpact__get8(info + INFO_ADDR);
	f->pc = sigpact__get8(uc + UC_RIP);
	f->depth = d->high - sp;
	f->kind = kind(d, sig, f->code, f->address, sp);
}

const char *sigpact_fault_name(int kind)
{
	switch (kind) {
	case SIGPACT_FAULT_OVERFLOW:
		return "stack overflow";
	case SIGPACT_FAULT_GUARD:
		return "stack guard hit";
	case SIGPACT_FAULT_NULL:
		return "null page";
	case SIGPACT_FAULT_UNMAPPED:
		return "unmapped memory";
	case SIGPACT_FAULT_PROTECTED:
		return "protected memory";
	case SIGPACT_FAULT_GENERAL:
		return "general protection";
	case SIGPACT_FAULT_BUS:
		return "bus error";
	case SIGPACT_FAULT_DIVIDE:
		return "division";
	case SIGPACT_FAULT_ARITHMETIC:
		return "arithmetic";
	case SIGPACT_FAULT_ILLEGAL:
		return "illegal instruction";
	case SIGPACT_FAULT_TRAP:
		return "trap";
	}
	return "no fault";
}
