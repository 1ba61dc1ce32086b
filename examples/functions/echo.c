/* Answers with what it was sent. */
#include <unistd.h>

static char buffer[16384];

int main(void)
{
	ssize_t got, put, n;

	while ((got = read(0, buffer, sizeof buffer)) > 0)
		for (put = 0; put < got; put += n) {
			n = write(1, buffer + put, (size_t)(got - put));
			if (n <= 0)
				return 1;
		}
	return got < 0;
}
