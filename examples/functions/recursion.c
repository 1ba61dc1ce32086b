/* Recursion as deep as it is told, recursion?depth=1000: without a number, deeper
   than any stack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What it has of its own is alive over the call. */
__attribute__((noinline)) static unsigned long long
deeper(unsigned long long n, unsigned a, unsigned b)
{
	unsigned long long x = n * 0x9e3779b97f4a7c15ull;

	if (!n)
		return a ^ b;
	return deeper(n - 1, (unsigned)(x >> 7) + a, (unsigned)(x >> 33) ^ b) *
		       31 +
	       x + a + b;
}

int main(int argc, char **argv)
{
	unsigned long long depth = 100000000;

	if (argc > 1 && !strncmp(argv[1], "depth=", 6))
		depth = strtoull(argv[1] + 6, NULL, 10);
	printf("%llx\n", deeper(depth, 1, 2));
	return 0;
}
