/* The control: on a kernel without the series the four prctl calls say EINVAL.
   A guest's program, static. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>

int main(void)
{
	static const char *const name[] = { "SET", "CLEAR", "SET_MASK",
					    "GET_MASK" };
	uint64_t mask = 0;
	int i, failed = 0;

	printf("1..4\n");
	for (i = 0; i < 4; i++) {
		unsigned long arg = i < 2 ? SIGUSR1 : (unsigned long)&mask;
		int r, good;

		errno = 0;
		r = prctl(0x53415801 + i, arg, i < 2 ? 0 : sizeof mask, 0, 0);
		good = r == -1 && errno == EINVAL;
		printf("%sok %d - %s is EINVAL\n", good ? "" : "not ", i + 1,
		       name[i]);
		failed += !good;
	}
	return failed != 0;
}
