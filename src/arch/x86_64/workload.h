/* What the workload of `sigpact exercise` asks of an architecture, x86-64: a
   thread without libc, the return from a handler, and the numbers of calls that
   newer architectures do not have (-1 there).  Any context. */
#ifndef SIGPACT_WORKLOAD_H
#define SIGPACT_WORKLOAD_H

#include <sys/syscall.h>

enum {
	WORKLOAD_PAUSE = SYS_pause,
	WORKLOAD_ALARM = SYS_alarm,
	WORKLOAD_SIGNALFD = SYS_signalfd,
	WORKLOAD_RESTORER = 0x04000000	/* SA_RESTORER: it must be given */
};

/* In the words by which unwinders know it. */
__attribute__((naked, used)) static void workload_return(void)
{
	__asm__("mov $15,%rax\n\t"
		"syscall");
}

/* clone(2) to body(arg) on a stack that ends at top (16-byte aligned), and to
   exit.  *tid is the new thread's number, and 0 again when it has ended, with
   CLONE_PARENT_SETTID and CLONE_CHILD_CLEARTID.  The number or -errno. */
static inline long workload_spawn(unsigned long flags, void *top, int *tid,
				  void (*body)(void *), void *arg)
{
	register long r10 __asm__("r10") = (long)tid;
	register long r8 __asm__("r8") = 0;
	register long r12 __asm__("r12") = (long)body;
	register long r13 __asm__("r13") = (long)arg;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax,%%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp,%%ebp\n\t"
			 "mov %%r13,%%rdi\n\t"
			 "call *%%r12\n\t"
			 "xor %%edi,%%edi\n\t"
			 "mov %[exit],%%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(ret)
			 : "a"((long)SYS_clone), "D"(flags), "S"(top), "d"(tid),
			   "r"(r10), "r"(r8), "r"(r12), "r"(r13),
			   [exit] "i"(SYS_exit)
			 : "rcx", "r11", "memory", "cc");
	return ret;
}

#endif
