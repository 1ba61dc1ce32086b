/* The entry routine: what the kernel calls in place of a handler.

   At entry, as the kernel leaves it:

     higher   interrupted code's stack          <- its rsp, in the ucontext
              red zone 128, extended state
     alt or   siginfo        F + 312            <- rsi
     native   ucontext       F + 8              <- rdx
              restorer       F                  <- rsp        edi = signal

   Every register is free: the frame holds the interrupted ones.

     r11  the slot: handler, the program's flags, rules
     r9   the counter to bump
     rdx  F + 8, until the commit

   The routine is a pure copy until its commit, the one instruction that moves
   rsp to the new frame.  A signal may arrive at any instruction; its own
   delivery then finds the interrupted pc in this section, and the frame by
   where that pc lies:

     thunks                    frame = rsp, slot by the thunk's number
     [slow_start, slow_end)    frame = xmm15, slot = xmm14
     rest of this file         frame = rsp, slot = r11
     the section's C code      frame = xmm15, slot = xmm14

   and finishes this delivery itself (core/relocate.c).  xmm14 and xmm15 serve
   because the C code is built without vector registers, and every compiler
   has that option. */
#include "frame.h"
#include "tls.h"

	.section .note.GNU-stack,"",@progbits
	.section sigpact_text,"ax",@progbits

	.hidden sigpact__slots, sigpact__counts, sigpact__fast, sigpact__xslow
	.hidden sigpact__xoffset, sigpact__xend, sigpact__settle
	.hidden __start_sigpact_text, __stop_sigpact_text

	.macro LABEL name
	.globl \name
	.hidden \name
\name:
	.endm

	.macro FUNCTION name
	.type \name,@function
	LABEL \name
	.cfi_startproc
	.endm

	.macro END name
	.cfi_endproc
	.size \name,.-\name
	.endm

/* One entry address for each slot. */
	.balign 64
	FUNCTION sigpact__thunks
	.set n,0
	.rept SLOT_COUNT
	.balign THUNK_SIZE
	lea sigpact__slots+(n<<SLOT_SHIFT)(%rip),%r11
	jmp *sigpact__fast(%rip)
	.set n,n+1
	.endr
	.balign THUNK_SIZE
	LABEL sigpact__thunks_end
	END sigpact__thunks

	LABEL sigpact__asm_start


	.macro MOVE width,from,fbase,to,tbase,size
	.set o,0
	.rept \size/64
	MOVE64_\width \from+o,\fbase,\to+o,\tbase
	.set o,o+64
	.endr
	.endm
	.macro MOVE64_xmm from,fbase,to,tbase
	movups \from(\fbase),%xmm0
	movups \from+16(\fbase),%xmm1
	movups \from+32(\fbase),%xmm2
	movups \from+48(\fbase),%xmm3
	movups %xmm0,\to(\tbase)
	movups %xmm1,\to+16(\tbase)
	movups %xmm2,\to+32(\tbase)
	movups %xmm3,\to+48(\tbase)
	.endm
	.macro MOVE64_ymm from,fbase,to,tbase
	vmovdqu \from(\fbase),%ymm0
	vmovdqu \from+32(\fbase),%ymm1
	vmovdqu %ymm0,\to(\tbase)
	vmovdqu %ymm1,\to+32(\tbase)
	.endm
	.macro MOVE64_zmm from,fbase,to,tbase
	vmovdqu64 \from(\fbase),%zmm0
	vmovdqu64 %zmm0,\to(\tbase)
	.endm
/* The handler's vector registers are clean, as the kernel hands them over. */
	.macro CLEAN_xmm
	pxor %xmm0,%xmm0
	pxor %xmm1,%xmm1
	pxor %xmm2,%xmm2
	pxor %xmm3,%xmm3
	.endm
	.macro CLEAN_ymm
	vzeroupper
	pxor %xmm0,%xmm0
	pxor %xmm1,%xmm1
	.endm
	.macro CLEAN_zmm
	vzeroupper
	pxor %xmm0,%xmm0
	.endm

/* A live component of the extended state, by its bit in esi: rdi to r10. */
	.macro COMPONENT width,bit,size
	test $1<<\bit,%esi
	jz 1f
	mov sigpact__xoffset+4*\bit(%rip),%ecx
	lea (%rdi,%rcx),%r8
	add %r10,%rcx
	MOVE \width,0,%r8,0,%rcx,\size
1:
	.endm

	.macro FAST width
	.balign 64
	FUNCTION sigpact__fast_\width
	/* did this signal interrupt the routine? */
	mov UC_RIP(%rdx),%rax
	lea __start_sigpact_text(%rip),%rcx
	lea __stop_sigpact_text(%rip),%r8
	sub %rcx,%rax
	sub %rcx,%r8
	cmp %r8,%rax
	jb slow
	/* r9 = this thread's row for this signal */
	THREAD %r10
	movslq %edi,%rax
	lea -1(%rax),%ecx
	shl $ROW_SHIFT,%rax
	mov sigpact__counts(%rip),%r9
	add THREAD_SHARD(%r10),%r9
	add %rax,%r9
	/* excluded, by the thread or by a rule? */
	mov THREAD_EXCLUDE(%r10),%rax
	bt %rcx,%rax
	jc 2f
	testb $SLOT_RULE_EXCLUDE,SLOT_RULES(%r11)
	jz settled
2:	/* delivered on the alternate stack?  (sp - ss_sp - 1 < ss_size) */
	mov UC_SS_SP(%rdx),%rsi
	mov UC_SS_SIZE(%rdx),%rcx
	lea -1(%rsp),%rax
	sub %rsi,%rax
	cmp %rcx,%rax
	jae settled
	/* … from code that was not on it, on the native stack, with room below,
	   and above for what XRSTOR touches past a trimmed area (frame.c)? */
	mov UC_RSP(%rdx),%r8
	lea -1(%r8),%rax
	sub %rsi,%rax
	cmp %rcx,%rax
	jb slow
	mov %r8,%rax
	sub THREAD_FLOOR(%r10),%rax
	cmp THREAD_SPAN(%r10),%rax
	jae slow
	/* rsi = what is live, eax = size of the trimmed area */
	mov UC_FPREGS(%rdx),%rdi
	mov XS_BV(%rdi),%rsi
	test %rsi,sigpact__xslow(%rip)
	jnz slow
	mov %esi,%eax
	or $1,%eax
	bsr %eax,%eax
	lea sigpact__xend(%rip),%rcx
	mov (%rcx,%rax,4),%eax
	/* r10 = new extended state, rsp - … = new F: as the kernel aligns */
	lea -(FRAME_RED_ZONE+4)(%r8),%r10
	sub %rax,%r10
	and $-64,%r10
	movl $XS_MAGIC2_VALUE,(%r10,%rax)
	MOVE \width,0,%rdi,0,%r10,XS_LEGACY
	mov %eax,XS_XSTATE_SIZE(%r10)
	add $4,%eax
	mov %eax,XS_EXTENDED_SIZE(%r10)
	lea -FRAME_HEAD(%r10),%rax
	and $-16,%rax
	sub $8,%rax
	MOVE \width,0,%rsp,0,%rax,384
	MOVE \width,FRAME_LAST,%rsp,FRAME_LAST,%rax,64
	mov %r10,FRAME_UC+UC_FPREGS(%rax)
	COMPONENT \width,XFEATURE_YMM,256
	COMPONENT \width,XFEATURE_OPMASK,64
	COMPONENT \width,XFEATURE_ZMM_HI256,512
	COMPONENT \width,XFEATURE_HI16_ZMM,1024
	test $1<<XFEATURE_PKRU,%esi
	jz 1f
	mov sigpact__xoffset+4*XFEATURE_PKRU(%rip),%ecx
	mov (%rdi,%rcx),%rdi
	mov %rdi,(%r10,%rcx)
1:	CLEAN_\width
	add $ROW_RELOCATED,%r9
	mov %rax,%rsp	/* commit */
	jmp settled
	END sigpact__fast_\width
	.endm

	FAST xmm
	FAST ymm
	FAST zmm

/* Anything else: the C code decides, on the alternate stack below F.

     F           <- xmm15
     F - 32      struct sigpact__place: frame, slot, count, mask
     F - 40      <- rsp, 16-aligned: F % 16 == 8 */
	FUNCTION sigpact__slow
slow:	movq %rsp,%xmm15
	movq %r11,%xmm14
	LABEL sigpact__slow_start
	mov %rsp,%rdi
	mov %r11,%rsi
	sub $PLACE_SIZE+8,%rsp
	.cfi_adjust_cfa_offset PLACE_SIZE+8
	lea 8(%rsp),%rdx
	call sigpact__settle
	mov 8+PLACE_FRAME(%rsp),%rax
	mov 8+PLACE_SLOT(%rsp),%r11
	mov 8+PLACE_COUNT(%rsp),%r9
	mov %rax,%rsp	/* commit */
	.cfi_adjust_cfa_offset -(PLACE_SIZE+8)
	LABEL sigpact__slow_end
	pxor %xmm14,%xmm14
	pxor %xmm15,%xmm15
	END sigpact__slow

/* rsp = the frame to run on: enter the handler as the kernel would. */
	FUNCTION sigpact__settled
settled:
	lea FRAME_UC(%rsp),%rdx
	lea FRAME_INFO(%rsp),%rsi
	mov FRAME_INFO(%rsp),%edi
	xor %eax,%eax
	lock incq (%r9)
	jmp *(%r11)
	END sigpact__settled
	LABEL sigpact__asm_end

/* Out of the routine and back: the log may use any vector register.  A signal
   that arrives there finds code on the alternate stack, and stays with it. */
	.text
	.hidden sigpact__kept
	FUNCTION sigpact__kept_call
	sub $24,%rsp
	.cfi_adjust_cfa_offset 24
	movq %xmm14,(%rsp)
	movq %xmm15,8(%rsp)
	call *sigpact__kept(%rip)
	movq (%rsp),%xmm14
	movq 8(%rsp),%xmm15
	add $24,%rsp
	.cfi_adjust_cfa_offset -24
	ret
	END sigpact__kept_call
