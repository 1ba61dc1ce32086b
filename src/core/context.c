/* A context: the stack of code that does not run now.  Any context. */
#include "core.h"
#include "sys.h"

#include <errno.h>

/* As switch.S takes it up. */
void sigpact__context_lay(struct sigpact_context *c, uintptr_t top,
			  const char *start, void (*function)(void *),
			  void *argument)
{
	uintptr_t sp = (top & ~(uintptr_t)63) - 64;
	uint32_t mxcsr;
	uint16_t word;

	__asm__("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(word));
	sigpact__set8(sp, mxcsr | (uint64_t)word << 32);
	sigpact__set8(sp + 8, 0);
	sigpact__set8(sp + 16, 0);
	sigpact__set8(sp + 24, 0);
	sigpact__set8(sp + 32, (uintptr_t)argument);
	sigpact__set8(sp + 40, (uintptr_t)function);
	sigpact__set8(sp + 48, 0);
	sigpact__set8(sp + 56, (uintptr_t)start);
	c->stack_pointer = (void *)sp;
}

int sigpact_context_make(struct sigpact_context *context, void *stack,
			 size_t size, void (*function)(void *), void *argument)
{
	if (!context || !stack || !function)
		return -EFAULT;
	if (size < 1024)
		return -EINVAL;
	if (sigpact__shadow_stack())
		return -ENOSYS;
	sigpact__context_lay(context, (uintptr_t)stack + size,
			     sigpact__context_start, function, argument);
	return 0;
}
