/* dlopen(3), interposed: notes where its return address lies and jumps on, so
   that the loader still sees the caller (it searches by the caller's path).
   While that word stands above the stack pointer, the thread is loading. */
#include "frame.h"
#include "tls.h"

	.section .note.GNU-stack,"",@progbits
	.text
	.hidden sigpact__next, sigpact__next_find
	.globl dlopen
	.type dlopen,@function
dlopen:
	.cfi_startproc
	mov NEXT_DLOPEN+sigpact__next(%rip),%rax
	test %rax,%rax
	jz 2f
1:	THREAD %rcx
	mov (%rsp),%rdx
	mov %rsp,THREAD_LOAD_SLOT(%rcx)
	mov %rdx,THREAD_LOAD_RETURN(%rcx)
	jmp *%rax
2:	push %rdi	/* a constructor before ours */
	.cfi_adjust_cfa_offset 8
	push %rsi
	.cfi_adjust_cfa_offset 8
	sub $8,%rsp
	.cfi_adjust_cfa_offset 8
	call sigpact__next_find
	add $8,%rsp
	.cfi_adjust_cfa_offset -8
	pop %rsi
	.cfi_adjust_cfa_offset -8
	pop %rdi
	.cfi_adjust_cfa_offset -8
	mov NEXT_DLOPEN+sigpact__next(%rip),%rax
	jmp 1b
	.cfi_endproc
	.size dlopen,.-dlopen
