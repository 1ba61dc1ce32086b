/* Vector and floating-point registers, loaded, held and stored (vector.h).
   Under emulators that take interrupts between blocks of code alone there is a
   jump in each turn of the wait.  Normal context. */
#include "vector_layout.h"

	.text

/* sigpact__vector_hold(rdi in, rsi out, edx levels, rcx until, r8 spins)
     0(%rsp)  the caller's MXCSR
     4(%rsp)  the caller's x87 control word
   rax, r9: scratch */
	.globl	sigpact__vector_hold
	.hidden	sigpact__vector_hold
	.type	sigpact__vector_hold, @function
sigpact__vector_hold:
	.cfi_startproc
	sub	$24, %rsp
	.cfi_adjust_cfa_offset 24
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	fninit
	.irp	n, 7, 6, 5, 4, 3, 2, 1, 0
	fldt	VECTOR_ST + 16 * \n(%rdi)
	.endr
	fldcw	VECTOR_FCW(%rdi)
	ldmxcsr	VECTOR_MXCSR(%rdi)
	mov	$64, %eax
	test	$LEVEL_AMX, %edx
	jz	1f
	ldtilecfg VECTOR_TILECFG(%rdi)
	lea	VECTOR_TILE(%rdi), %r9
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	tileloadd 1024 * \n(%r9, %rax), %tmm\n
	.endr
1:	test	$LEVEL_AVX512, %edx
	jnz	3f
	test	$LEVEL_AVX, %edx
	jnz	2f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	VECTOR_ZMM + 64 * \n(%rdi), %xmm\n
	.endr
	jmp	4f
2:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovups	VECTOR_ZMM + 64 * \n(%rdi), %ymm\n
	.endr
	jmp	4f
3:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vmovups	VECTOR_ZMM + 64 * \n(%rdi), %zmm\n
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	kmovq	VECTOR_K + 8 * \n(%rdi), %k\n
	.endr

	.globl	sigpact__vector_wait, sigpact__vector_waited
	.hidden	sigpact__vector_wait, sigpact__vector_waited
sigpact__vector_wait:
4:	cmpl	$0, (%rcx)
	jne	5f
	dec	%r8
	jg	4b

sigpact__vector_waited:
5:	test	$LEVEL_AVX512, %edx
	jnz	7f
	test	$LEVEL_AVX, %edx
	jnz	6f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	%xmm\n, VECTOR_ZMM + 64 * \n(%rsi)
	.endr
	jmp	8f
6:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovups	%ymm\n, VECTOR_ZMM + 64 * \n(%rsi)
	.endr
	vzeroupper
	jmp	8f
7:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vmovups	%zmm\n, VECTOR_ZMM + 64 * \n(%rsi)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	kmovq	%k\n, VECTOR_K + 8 * \n(%rsi)
	.endr
	vzeroupper
8:	test	$LEVEL_AMX, %edx
	jz	9f
	lea	VECTOR_TILE(%rsi), %r9
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	tilestored %tmm\n, 1024 * \n(%r9, %rax)
	.endr
	sttilecfg VECTOR_TILECFG(%rsi)
	tilerelease
9:	stmxcsr	VECTOR_MXCSR(%rsi)
	fnstcw	VECTOR_FCW(%rsi)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	fstpt	VECTOR_ST + 16 * \n(%rsi)
	.endr
	fninit
	fldcw	4(%rsp)
	ldmxcsr	(%rsp)
	add	$24, %rsp
	.cfi_adjust_cfa_offset -24
	ret
	.cfi_endproc
	.size	sigpact__vector_hold, . - sigpact__vector_hold

/* sigpact__vector_red(rdi nr, rsi pid, rdx tid, rcx sig): tgkill, with a value
   in each byte of the red zone; rax = how many bytes were changed.
     -128(%rsp) to -1(%rsp)  the red zone; nothing is pushed */
	.globl	sigpact__vector_red
	.hidden	sigpact__vector_red
	.type	sigpact__vector_red, @function
sigpact__vector_red:
	.cfi_startproc
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	$-128, %rcx
1:	mov	%cl, (%rsp, %rcx)
	inc	%rcx
	jnz	1b
	syscall
	xor	%eax, %eax
	mov	$-128, %rcx
2:	cmp	%cl, (%rsp, %rcx)
	je	3f
	inc	%eax
3:	inc	%rcx
	jnz	2b
	ret
	.cfi_endproc
	.size	sigpact__vector_red, . - sigpact__vector_red

	.section .note.GNU-stack, "", @progbits
