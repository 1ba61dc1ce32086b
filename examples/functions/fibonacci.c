/* The Fibonacci number of what it is sent, the slow way: fibonacci?n=30, or a
   number as the body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long fibonacci(unsigned n)
{
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int main(int argc, char **argv)
{
	char body[32] = "";
	const char *n = body;
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], "n=", 2))
			n = argv[i] + 2;
	if (n == body)
		body[fread(body, 1, sizeof body - 1, stdin)] = 0;
	printf("%llu\n", fibonacci((unsigned)atoi(n)));
	return 0;
}
