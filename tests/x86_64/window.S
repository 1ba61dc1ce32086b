/* The window of window.h. */
	.section .note.GNU-stack,"",@progbits
	.globl window, window_called, window_end
	.text
	.type window,@function
window:	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp,resume(%rip)
	mov %rdi,%rsp
	mov %rsi,%rax
	mov %rdx,%rdi
	mov %rcx,%rsi
	mov %r8,%rdx
	mov $8,%r10d
	syscall
window_called:
	nop
window_end:
	mov resume(%rip),%rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
	.size window,.-window
	.local resume
	.comm resume,8,8
