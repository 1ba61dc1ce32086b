/* What a held thread runs from a page of ours: data, never called here.
   rbx: the memory after it (offsets below, known to src/host/page.c).  Each
   entry ends in `stop`: a signal to itself that does nothing by default, which
   its tracer sees. */
#include <sys/syscall.h>

#define DATA_ALTSTACK 0
#define DATA_RESULT 24

	.section .note.GNU-stack,"",@progbits
	.section .rodata
	.balign 16
	.globl sigpact__blob, sigpact__blob_look
	.globl sigpact__blob_function, sigpact__blob_stopped, sigpact__blob_end
	.hidden sigpact__blob, sigpact__blob_look
	.hidden sigpact__blob_function, sigpact__blob_stopped
	.hidden sigpact__blob_end
sigpact__blob:

/* rt_sigaction(ebp … r13d-1), 32 bytes each, at rbx+32 for signal 1 */
sigpact__blob_look:
	mov %ebp,%r12d
	shl $5,%r12d
	add %rbx,%r12
1:	cmp %r13d,%ebp
	jae 2f
	mov %ebp,%edi
	xor %esi,%esi
	mov %r12,%rdx
	mov $8,%r10d
	mov $SYS_rt_sigaction,%eax
	syscall
	add $32,%r12
	inc %ebp
	jmp 1b

/* and sigaltstack(NULL, …) on the thread's own stack pointer */
2:	xor %edi,%edi
	lea DATA_ALTSTACK(%rbx),%rsi
	mov $SYS_sigaltstack,%eax
	syscall
	jmp stop

/* rax(rdi, rsi, rdx), by call: a shadow stack agrees */
sigpact__blob_function:
	call *%rax
	mov %rax,DATA_RESULT(%rbx)

/* r14d, r15d: its numbers, where the tracer knows them in its namespace; above
   r14d: the signal */
stop:	mov %r14,%rdx
	shr $32,%rdx
	test %r14d,%r14d
	jnz 3f
	mov $SYS_getpid,%eax
	syscall
	mov %eax,%r14d
	mov $SYS_gettid,%eax
	syscall
	mov %eax,%r15d
3:	mov %r14d,%edi
	mov %r15d,%esi
	mov $SYS_tgkill,%eax
	syscall
sigpact__blob_stopped:
	mov $SYS_pause,%eax	/* its tracer is dead */
	syscall
	jmp sigpact__blob_stopped
sigpact__blob_end:
