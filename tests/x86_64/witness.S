/* The window of witness.h.

     rsp + 0    out
     rsp + 8    turns left
     rsp + 16   rax, while the others are stored
     rsp + 24   the system call: number and three arguments
     rsp + 56   alignment
     rsp + 64   callee-saved registers, MXCSR and x87 control of the caller */
	.section .note.GNU-stack,"",@progbits
	.text

	.set ZMM,0
	.set K,2048
	.set GPR,2112
	.set RED,2240
	.set X87,2368
	.set MXCSR,2432
	.set CONTROL,2436

	.macro EACH_ZMM op
	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op \n
	.endr
	.endm
	.macro EACH_YMM op
	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\op \n
	.endr
	.endm
	.macro EACH_8 op
	.irp n,0,1,2,3,4,5,6,7
	\op \n
	.endr
	.endm
	.macro LOAD_ZMM n
	vmovdqu64 ZMM+64*\n(%rdi),%zmm\n
	.endm
	.macro LOAD_YMM n
	vmovdqu ZMM+64*\n(%rdi),%ymm\n
	.endm
	.macro LOAD_XMM n
	movups ZMM+64*\n(%rdi),%xmm\n
	.endm
	.macro LOAD_K n
	kmovq K+8*\n(%rdi),%k\n
	.endm
	.macro LOAD_X87 n
	fldl X87+8*(7-\n)(%rdi)
	.endm
	.macro STORE_ZMM n
	vmovdqu64 %zmm\n,ZMM+64*\n(%rax)
	.endm
	.macro STORE_YMM n
	vmovdqu %ymm\n,ZMM+64*\n(%rax)
	.endm
	.macro STORE_XMM n
	movups %xmm\n,ZMM+64*\n(%rax)
	.endm
	.macro STORE_K n
	kmovq %k\n,K+8*\n(%rax)
	.endm
	.macro STORE_X87 n
	fstpl X87+8*\n(%rax)
	.endm

	.globl witness_hold
	.type witness_hold,@function
witness_hold:
	.cfi_startproc
	push %rbx
	.cfi_adjust_cfa_offset 8
	push %rbp
	.cfi_adjust_cfa_offset 8
	push %r12
	.cfi_adjust_cfa_offset 8
	push %r13
	.cfi_adjust_cfa_offset 8
	push %r14
	.cfi_adjust_cfa_offset 8
	push %r15
	.cfi_adjust_cfa_offset 8
	sub $88,%rsp
	.cfi_adjust_cfa_offset 88
	stmxcsr 64(%rsp)
	fnstcw 68(%rsp)
	mov %rdx,72(%rsp)
	mov %rsi,(%rsp)
	mov %rcx,8(%rsp)
	.irp o,0,8,16,24
	mov \o(%r8),%rax
	mov %rax,24+\o(%rsp)
	.endr
	fninit
	fldcw CONTROL(%rdi)
	EACH_8 LOAD_X87
	ldmxcsr MXCSR(%rdi)
	cmp $1,%edx
	jb 1f
	je 2f
	EACH_ZMM LOAD_ZMM
	EACH_8 LOAD_K
	jmp 3f
1:	EACH_YMM LOAD_XMM
	jmp 3f
2:	EACH_YMM LOAD_YMM
3:	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	mov RED+8*\n(%rdi),%rax
	mov %rax,-8*(\n+1)(%rsp)
	.endr
	mov GPR(%rdi),%rax
	mov GPR+8(%rdi),%rcx
	mov GPR+16(%rdi),%rdx
	mov GPR+24(%rdi),%rbx
	mov GPR+40(%rdi),%rbp
	mov GPR+48(%rdi),%rsi
	.irp n,8,9,10,11,12,13,14,15
	mov GPR+8*\n(%rdi),%r\n
	.endr
	mov GPR+56(%rdi),%rdi
	cmpq $0,8(%rsp)
	jne 5f
	mov 24(%rsp),%rax
	mov 32(%rsp),%rdi
	mov 40(%rsp),%rsi
	mov 48(%rsp),%rdx
	syscall
	jmp 6f
5:	decq 8(%rsp)
	jnz 5b
6:	mov %rax,16(%rsp)
	mov (%rsp),%rax
	mov %rcx,GPR+8(%rax)
	mov %rdx,GPR+16(%rax)
	mov %rbx,GPR+24(%rax)
	mov %rbp,GPR+40(%rax)
	mov %rsi,GPR+48(%rax)
	mov %rdi,GPR+56(%rax)
	.irp n,8,9,10,11,12,13,14,15
	mov %r\n,GPR+8*\n(%rax)
	.endr
	mov 16(%rsp),%rcx
	mov %rcx,GPR(%rax)
	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	mov -8*(\n+1)(%rsp),%rcx
	mov %rcx,RED+8*\n(%rax)
	.endr
	cmpl $1,72(%rsp)
	jb 1f
	je 2f
	EACH_ZMM STORE_ZMM
	EACH_8 STORE_K
	vzeroupper
	jmp 3f
1:	EACH_YMM STORE_XMM
	jmp 3f
2:	EACH_YMM STORE_YMM
	vzeroupper
3:	stmxcsr MXCSR(%rax)
	movl $0,CONTROL(%rax)
	fnstcw CONTROL(%rax)
	EACH_8 STORE_X87
	ldmxcsr 64(%rsp)
	fldcw 68(%rsp)
	add $88,%rsp
	.cfi_adjust_cfa_offset -88
	pop %r15
	.cfi_adjust_cfa_offset -8
	pop %r14
	.cfi_adjust_cfa_offset -8
	pop %r13
	.cfi_adjust_cfa_offset -8
	pop %r12
	.cfi_adjust_cfa_offset -8
	pop %rbp
	.cfi_adjust_cfa_offset -8
	pop %rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size witness_hold,.-witness_hold

	.macro SPOIL_ZMM n
	vpternlogd $0xff,%zmm\n,%zmm\n,%zmm\n
	.endm
	.macro SPOIL_YMM n
	vxorps %ymm\n,%ymm\n,%ymm\n
	.endm
	.macro SPOIL_XMM n
	xorps %xmm\n,%xmm\n
	.endm
	.macro SPOIL_K n
	kxnorq %k\n,%k\n,%k\n
	.endm
	.globl witness_spoil
	.type witness_spoil,@function
witness_spoil:
	.cfi_startproc
	fninit
	fldpi
	cmp $1,%edi
	jb 1f
	je 2f
	EACH_ZMM SPOIL_ZMM
	EACH_8 SPOIL_K
	ret
1:	EACH_YMM SPOIL_XMM
	ret
2:	EACH_YMM SPOIL_YMM
	ret
	.cfi_endproc
	.size witness_spoil,.-witness_spoil
