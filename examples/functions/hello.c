/* Greets who is named, by stdio: hello?name=you */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *name = "world";
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], "name=", 5))
			name = argv[i] + 5;
	printf("Hello, %s!\n", name);
	return 0;
}
