/* What the workload of `sigpact exercise` asks of an architecture, AArch64: a
   thread without libc, the return from a handler (the kernel's own), and which
   calls there are not.  Any context. */
#ifndef SIGPACT_WORKLOAD_H
#define SIGPACT_WORKLOAD_H

#include <sys/syscall.h>

enum {
	WORKLOAD_PAUSE = -1,
	WORKLOAD_ALARM = -1,
	WORKLOAD_SIGNALFD = -1,
	WORKLOAD_RESTORER = 0
};
#define workload_return 0

/* clone(2) to body(arg) on a stack that ends at top (16-byte aligned), and to
   exit.  *tid is the new thread's number, and 0 again when it has ended, with
   CLONE_PARENT_SETTID and CLONE_CHILD_CLEARTID.  The number or -errno. */
static inline long workload_spawn(unsigned long flags, void *top, int *tid,
				  void (*body)(void *), void *arg)
{
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = (long)flags;
	register long x1 __asm__("x1") = (long)top;
	register long x2 __asm__("x2") = (long)tid;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = (long)tid;
	register long x20 __asm__("x20") = (long)body;
	register long x21 __asm__("x21") = (long)arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x21\n\t"
			 "blr x20\n\t"
			 "mov x0, xzr\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4),
			   "r"(x20), "r"(x21), [exit] "i"(SYS_exit)
			 : "memory", "cc");
	return x0;
}

#endif
