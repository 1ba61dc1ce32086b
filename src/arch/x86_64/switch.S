/* The context switch, where contexts start, and where ticks and faults come in.

   A context that does not run, by its stack pointer:

     + 64   the caller's stack            for one that never ran:
     + 56   return address                  sigpact__…_start
     + 48   rbp                             0
     + 40   rbx                             the function
     + 32   r12                             its argument
     + 24   r13
     + 16   r14
     +  8   r15
     +  4   x87 control word
     +  0   MXCSR                         <- struct sigpact_context

   What the caller of a function expects to find again is all that is kept.
   Normal context; the code between the labels of a park is never ticked
   (core/domain.c). */
#include "frame.h"
#include "tls.h"

	.section .note.GNU-stack,"",@progbits
	.text

	.macro LABEL name
	.globl \name
	.hidden \name
\name:
	.endm

	.macro SAVE reg
	push %\reg
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %\reg,0
	.endm

	.macro LOAD reg
	pop %\reg
	.cfi_adjust_cfa_offset -8
	.cfi_restore %\reg
	.endm

/* sigpact_context_switch(rdi from, rsi to) */
	.balign 64
	.globl sigpact_context_switch
	.type sigpact_context_switch,@function
sigpact_context_switch:
	.cfi_startproc
	.irp reg,rbp,rbx,r12,r13,r14,r15
	SAVE \reg
	.endr
	sub $8,%rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr (%rsp)
	fnstcw 4(%rsp)
	mov %rsp,(%rdi)
	mov (%rsi),%rsp
/* A fault comes in here: rsp = the caller of the domain. */
	LABEL sigpact__context_landing
	ldmxcsr (%rsp)
	fldcw 4(%rsp)
	add $8,%rsp
	.cfi_adjust_cfa_offset -8
	.irp reg,r15,r14,r13,r12,rbx,rbp
	LOAD \reg
	.endr
	pop %rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip,%rcx
	jmp *%rcx
	.cfi_endproc
	.size sigpact_context_switch,.-sigpact_context_switch

/* The outermost frame of a context: rbx(r12), which does not return. */
	.type sigpact__context_start,@function
	LABEL sigpact__context_start
	.cfi_startproc
	.cfi_undefined %rip
	mov %r12,%rdi
	call *%rbx
	ud2
	.cfi_endproc
	.size sigpact__context_start,.-sigpact__context_start

/* The same for a domain, r12: as if called by who called or resumed it.
   CFA = its caller's stack pointer + 64. */
	.type sigpact__domain_start,@function
	LABEL sigpact__domain_start
	.cfi_startproc
	/* DW_CFA_def_cfa_expression: DW_OP_breg12 DOMAIN_CALLER, DW_OP_deref,
	   DW_OP_plus_uconst 64 */
	.cfi_escape 0x0f,5,0x7c,DOMAIN_CALLER,0x06,0x23,64
	.cfi_offset %rip,-8
	.cfi_offset %rbp,-16
	.cfi_offset %rbx,-24
	.cfi_offset %r12,-32
	.cfi_offset %r13,-40
	.cfi_offset %r14,-48
	.cfi_offset %r15,-56
	mov %r12,%rdi
	call *%rbx
	ud2
	.cfi_endproc
	.size sigpact__domain_start,.-sigpact__domain_start

/* A tick comes in here, from any instruction, as if that one had called:

     + 136  interrupted stack pointer     <- CFA, rsp at entry
            red zone, 128 bytes
     +   0  interrupted pc
     -   8  flags
     - 128  rax to r15, rbp               <- rbp
            extended state, 64-byte aligned
                                          <- rsp for the call

   Registers are those that were interrupted, and all are kept.  The handler
   could not store the pc: its frame may reach up to the red zone, and the
   kernel still needs it then.  The pc is gone to by `ret`, since a signal may
   overwrite whatever lies below the red zone. */
	.hidden sigpact__ticked, sigpact__xwhole, sigpact__xcompact
	.type sigpact__tick_landing,@function
	LABEL sigpact__tick_landing
	.cfi_startproc
	.cfi_signal_frame
	.cfi_def_cfa_offset 0
	.cfi_undefined %rip
	lea -FRAME_RED_ZONE-8(%rsp),%rsp
	.cfi_adjust_cfa_offset FRAME_RED_ZONE+8
	pushfq
	.cfi_adjust_cfa_offset 8
	.irp reg,rax,rbx,rcx,rdx,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15,rbp
	SAVE \reg
	.endr
	THREAD %rax
	mov THREAD_DOMAIN(%rax),%rax
	mov DOMAIN_TICK_PC(%rax),%rax
	mov %rax,128(%rsp)
	.cfi_offset %rip,-FRAME_RED_ZONE-8
	cld
	mov %rsp,%rbp
	.cfi_def_cfa_register %rbp
	mov sigpact__xwhole(%rip),%eax
	sub %rax,%rsp
	and $-64,%rsp
	/* what XRSTOR wants to be zero, and XSAVE does not write */
	xor %eax,%eax
	.irp at,0,8,16,24,32,40,48,56
	mov %rax,512+\at(%rsp)
	.endr
	dec %rax
	mov %rax,%rdx
	cmpl $0,sigpact__xcompact(%rip)
	je 1f
	xsavec64 (%rsp)
	jmp 2f
1:	xsave64 (%rsp)
2:	fninit	/* XSAVE leaves the x87 stack as it is: a call wants it empty */
	call *sigpact__ticked(%rip)
	mov $-1,%rax
	mov %rax,%rdx
	xrstor64 (%rsp)
	mov %rbp,%rsp
	.cfi_def_cfa_register %rsp
	.irp reg,rbp,r15,r14,r13,r12,r11,r10,r9,r8,rdi,rsi,rdx,rcx,rbx,rax
	LOAD \reg
	.endr
	popfq
	.cfi_adjust_cfa_offset -8
	ret $FRAME_RED_ZONE
	.cfi_endproc
	.size sigpact__tick_landing,.-sigpact__tick_landing

/* The domains' handler, once for each action that it stands before: called by
   the kernel, or by another handler that forwards.  ecx = which. */
	.hidden sigpact__domain_handle
	.balign 16
	.type sigpact__fault_entries,@function
	LABEL sigpact__fault_entries
	.cfi_startproc
	.set n,0
	.rept FAULT_ENTRIES
	.balign 16
	mov $n,%ecx
	jmp sigpact__domain_handle
	.set n,n+1
	.endr
	.cfi_endproc
	.size sigpact__fault_entries,.-sigpact__fault_entries
