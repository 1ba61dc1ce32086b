/* The names of traps, as an answer's header and the metrics have them.  Any
   context. */
#include "sandbox.h"

const char *sigpact__trap_name(enum trap trap)
{
	static const char *const names[TRAPS] = {
		[TRAP_NONE] = "none",
		[TRAP_STACK_OVERFLOW] = "stack-overflow",
		[TRAP_OUT_OF_BOUNDS] = "out-of-bounds",
		[TRAP_DIVIDE] = "divide",
		[TRAP_INTEGER_OVERFLOW] = "integer-overflow",
		[TRAP_CONVERSION] = "conversion",
		[TRAP_UNREACHABLE] = "unreachable",
		[TRAP_INDIRECT_CALL] = "indirect-call",
		[TRAP_OUTPUT_LIMIT] = "output-limit",
		[TRAP_FAULT] = "fault",
	};

	return (unsigned)trap < TRAPS ? names[trap] : "unknown";
}
