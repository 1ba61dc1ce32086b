/* secret?WAY puts the body wherever it can, all of its memory and what it answers,
   and ends in this way; secret?look tells how often a body whose bytes are this
   one's, inverted, is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 32 };

extern unsigned char __heap_base;
static unsigned char body[SIZE], global[SIZE] = "not a secret";
static volatile int zero;

static unsigned char *memory_end(void)
{
	return (unsigned char *)(__builtin_wasm_memory_size(0) * 65536);
}

static int is_here(const unsigned char *p)
{
	int i;

	for (i = 0; i < SIZE; i++)
		if ((p[i] ^ 0xff) != body[i])
			return 0;
	return 1;
}

static void look(void)
{
	unsigned char *p;
	int found = 0;

	__builtin_wasm_memory_grow(0, 4);
	for (p = NULL; p + SIZE <= memory_end(); p++)
		found += is_here(p);
	printf("%d %s\n", found, global);
}

static void fill(unsigned char *p, unsigned char *end)
{
	for (; p + SIZE <= end; p += SIZE)
		memcpy(p, body, SIZE);
}

static void keep(void)
{
	unsigned char here, *p;

	__builtin_wasm_memory_grow(0, 4);
	fill((unsigned char *)16, &here - 1024);
	fill(&__heap_base, memory_end());
	memcpy(global, body, SIZE);
	for (p = &__heap_base; p + 4096 < memory_end(); p += 4096)
		write(1, p, 4096);
	write(2, &__heap_base, 300);
}

/* The last letter of a way: what main was given is written over. */
int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "?";
	char last = way[strlen(way) - 1];

	read(0, body, SIZE);
	if (last == 'k') {
		look();
		return 0;
	}
	keep();
	switch (last) {
	case 'e': /* divide */
		return 10 / zero;
	case 't': /* exit */
		exit(3);
	case 'd': /* flood */
		for (;;)
			write(1, &__heap_base, 4096);
	case 's': /* loops */
		for (;;)
			zero = 0;
	}
	return 0;
}
