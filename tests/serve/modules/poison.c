/* Leaves its mark wherever it can, and looks for one that is left from before:
   in all of its memory, and in what it gets when that grows. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MARK 0xa55a96693cc3ull

extern unsigned char __heap_base;
static volatile uint64_t initialised = 77, zero;
static char large[200000];

static uint64_t mark(void)
{
	volatile uint64_t half = MARK >> 24;

	return half << 24 | (MARK & 0xffffff);
}

static long look(uint64_t wanted)
{
	uint64_t end = (uint64_t)__builtin_wasm_memory_size(0) * 65536, at, *p;
	long found = 0;

	for (at = 0; at < end; at += 8) {
		p = (uint64_t *)(uintptr_t)at;
		found += *(volatile uint64_t *)p == wanted;
	}
	return found;
}

static void fill(uint64_t with, uintptr_t from, uintptr_t to)
{
	uintptr_t at;

	for (at = (from + 7) & ~(uintptr_t)7; at + 8 <= to; at += 8)
		*(volatile uint64_t *)at = with;
}

int main(void)
{
	uint64_t with = mark();
	volatile char here = 0;
	int grown;
	long found;

	grown = (int)__builtin_wasm_memory_grow(0, 3);
	found = look(with);
	if (grown == -1 || initialised != 77 || zero)
		found += 1000000;
	initialised = zero = with;
	fill(with, 0, (uintptr_t)&here - 512);
	fill(with, (uintptr_t)large, (uintptr_t)large + sizeof large);
	fill(with, (uintptr_t)&__heap_base + 65536,
	     (uintptr_t)__builtin_wasm_memory_size(0) * 65536);
	printf("%ld %d", found, (int)__builtin_wasm_memory_size(0));
	return 0;
}
