/* The signal frame the kernel writes, x86-64 (arch/x86/kernel/signal_64.c and
   fpu/signal.c, Linux 6.1; unchanged since XSAVE).  Shared by C and entry.S.

   F = stack pointer at the handler's first instruction, F % 16 == 8:

       F + 0     return address (the restorer)
       F + 8     ucontext, 304 bytes        rdx at entry
       F + 312   siginfo, 128 bytes         rsi at entry
       F + 440   end of the head
         ...     0 to 15 bytes, then to the next multiple of 64
       uc_mcontext.fpregs                   extended state, XSAVE standard format
         + 464   software bytes: magic1, extended_size, xfeatures, xstate_size
         + 512   XSTATE_BV: what is live
         + xstate_size   magic2
       red zone, 128 bytes, then the interrupted stack pointer

   siginfo is written only for SA_SIGINFO; the entry routine is always
   installed with it, so a frame tells its own signal. */
#ifndef SIGPACT_FRAME_H
#define SIGPACT_FRAME_H

#include "offsets.h"

#define FRAME_UC 8
#define FRAME_INFO 312
#define FRAME_HEAD 440
#define FRAME_LAST 376 /* the last 64 bytes of the head */
#define FRAME_RED_ZONE 128
#define FRAME_SIZE 3632 /* a whole frame, with AVX-512 */
#define FRAME_LEAST_STACK 2048 /* MINSIGSTKSZ: sigaltstack(2) takes no less */

/* from the ucontext */
#define UC_SS_SP 16
#define UC_SS_SIZE 32
#define UC_R11 64
#define UC_RDI 104
#define UC_RSI 112
#define UC_RDX 136
#define UC_RAX 144
#define UC_RSP 160
#define UC_RIP 168
#define UC_RFLAGS 176
#define UC_FPREGS 224
#define UC_SIGMASK 296

#define RFLAGS_DF 0x400
#define RFLAGS_AC 0x40000

/* from the siginfo */
#define INFO_SIGNO 0
#define INFO_CODE 8
#define INFO_ADDR 16
#define INFO_SIZE 128

/* from uc_mcontext.fpregs */
#define XS_MXCSR 24
#define XS_XMM14 384
#define XS_XMM15 400
#define XS_MAGIC1 464
#define XS_EXTENDED_SIZE 468
#define XS_XFEATURES 472
#define XS_XSTATE_SIZE 480
#define XS_BV 512
#define XS_LEGACY 576 /* FXSAVE image and XSAVE header */

#define XS_MAGIC1_VALUE 0x46505853
#define XS_MAGIC2_VALUE 0x46505845
#define XS_MXCSR_VALUE 0x1f80

#define XFEATURE_YMM 2
#define XFEATURE_OPMASK 5
#define XFEATURE_ZMM_HI256 6
#define XFEATURE_HI16_ZMM 7
#define XFEATURE_PKRU 9
/* x87 and SSE, whose place every frame has */
#define XFEATURES_LEGACY 3
/* x87, SSE and those five: what entry.S copies.  Anything else (AMX) is
   live so rarely that the slow path copies the whole area. */
#define XFEATURES_FAST 0x2e7

#endif
