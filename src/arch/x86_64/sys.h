/* Raw system calls, x86-64: -errno in the result, errno untouched.
   Any context: a handler, a vfork child, a thread with no libc state. */
#ifndef SIGPACT_SYS_H
#define SIGPACT_SYS_H

#include <sys/syscall.h>

static inline long sigpact__sys4(long n, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long sigpact__sys6(long n, long a, long b, long c, long d,
				 long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define sigpact__sys3(n, a, b, c) sigpact__sys4(n, a, b, c, 0)
#define sigpact__sys2(n, a, b) sigpact__sys4(n, a, b, 0, 0)
#define sigpact__sys1(n, a) sigpact__sys4(n, a, 0, 0, 0)
#define sigpact__sys0(n) sigpact__sys4(n, 0, 0, 0, 0)

/* A child by clone(2) that runs `run`, which does not return, on a stack of its
   own; its number, *tid too with CLONE_PARENT_SETTID. */
static inline long sigpact__spawn(long flags, void *top, int *tid,
				  void (*run)(void))
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = (long)run;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax,%%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp,%%ebp\n\t"
			 "call *%%r9\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(ret)
			 : "a"(SYS_clone), "D"(flags), "S"(top), "d"(tid),
			   "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory", "cc");
	return ret;
}

/* memcpy without a symbol, so that no code outside the routine is entered. */
static inline void sigpact__copy(void *to, const void *from, unsigned long size)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(size)
			 :
			 : "memory");
}

/* The shadow stack pointer; 0 where none is on (RDSSPQ is then a no-op). */
static inline unsigned long sigpact__shadow_stack(void)
{
	unsigned long ssp = 0;

	__asm__ volatile(".byte 0xf3,0x48,0x0f,0x1e,0xc8" : "+a"(ssp));
	return ssp;
}

#endif
