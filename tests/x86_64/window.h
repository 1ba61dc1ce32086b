/* A system call made with the stack pointer elsewhere. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdint.h>

/* Its result; the fourth argument is 8, a sigset's size.  A handler finds the
   context at window_called, and may leave by window_end. */
long window(uintptr_t sp, long number, long a, long b, long c);
extern char window_called[], window_end[];

#endif
