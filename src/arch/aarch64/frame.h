/* The signal frame the kernel writes, AArch64: its size; the rest is for the
   entry routine to come. */
#ifndef SIGPACT_FRAME_H
#define SIGPACT_FRAME_H

#include "offsets.h"

#define FRAME_RED_ZONE 0
/* MINSIGSTKSZ, less than which sigaltstack(2) refuses; without SVE a
   frame is smaller.  Kernels since 4.18 tell by AT_MINSIGSTKSZ. */
#define FRAME_SIZE 5120
#define FRAME_LEAST_STACK 5120

#endif
