/* About a millisecond of work, by floating point: work?units=10 for ten.  The
   answer is always the same for as many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	double x = 0.5, sum = 0;
	long i, units = 1;

	if (argc > 1 && !strncmp(argv[1], "units=", 6))
		units = atol(argv[1] + 6);
	for (i = 0; i < units * 110000; i++) {
		x = 3.7 * x * (1 - x);
		sum += x;
	}
	printf("%.12g\n", sum);
	return 0;
}
