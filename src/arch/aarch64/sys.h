/* Raw system calls, AArch64: -errno in the result, errno untouched.
   Any context: a handler, a vfork child, a thread with no libc state. */
#ifndef SIGPACT_SYS_H
#define SIGPACT_SYS_H

#include <sys/syscall.h>

static inline long sigpact__sys6(long n, long a, long b, long c, long d,
				 long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4),
			   "r"(x5)
			 : "memory");
	return x0;
}

#define sigpact__sys4(n, a, b, c, d) sigpact__sys6(n, a, b, c, d, 0, 0)
#define sigpact__sys3(n, a, b, c) sigpact__sys4(n, a, b, c, 0)
#define sigpact__sys2(n, a, b) sigpact__sys4(n, a, b, 0, 0)
#define sigpact__sys1(n, a) sigpact__sys4(n, a, 0, 0, 0)
#define sigpact__sys0(n) sigpact__sys4(n, 0, 0, 0, 0)

/* The guarded control stack is not asked for: nothing is relocated here. */
static inline unsigned long sigpact__shadow_stack(void)
{
	return 0;
}

#endif
