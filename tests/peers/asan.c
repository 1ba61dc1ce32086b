/* What a sanitizer must notice: asan MODE [LIBRARY], a library loaded first. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int depth;

__attribute__((noinline)) static int recurse(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	depth++;
	return recurse(n + 1) + room[0];
}

int main(int argc, char **argv)
{
	char *p = malloc(32);

	if (argc > 2 && !dlopen(argv[2], RTLD_NOW)) {
		fprintf(stderr, "%s\n", dlerror());
		return 99;
	}
	if (!strcmp(argv[1], "freed")) {
		free(p);
		return ((volatile char *)p)[3];
	}
	if (!strcmp(argv[1], "overflow"))
		return recurse(0);
	if (!strcmp(argv[1], "null"))
		return *(volatile int *)8;
	free(p);
	puts("alive");
	return 0;
}
