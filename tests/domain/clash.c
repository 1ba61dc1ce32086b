/* A recursion with frames of 24 KiB that is compiled with
   -fstack-clash-protection: it touches each page on its way. */
#include "clash.h"

volatile long clash_deepest = -1;

__attribute__((noinline)) static long large(long n)
{
	volatile char frame[24 << 10];

	frame[n & 7] = (char)n;
	return n == clash_deepest ? 0 : large(n + 1) + frame[n & 7];
}

void clash_protected(void *unused)
{
	(void)unused;
	large(0);
}
