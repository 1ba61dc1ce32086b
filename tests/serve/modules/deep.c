/* Overflows that are not plain: deep host, by recursion through calls of the host;
   deep shadow, of the module's own stack in linear memory. */
#include <string.h>
#include <wasi/api.h>

static volatile unsigned long long sum;
static __wasi_timestamp_t now;

__attribute__((noinline)) static unsigned long long host(unsigned long long n)
{
	if (__wasi_clock_time_get(1, 0, &now))
		return 0;
	return host(n + now % 7) * 31 + n;
}

__attribute__((noinline)) static int shadow(int n)
{
	volatile char block[1024];

	block[n & 1023] = (char)n;
	return n < 0 ? 0 : shadow(n + 1) + block[n & 1023];
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "shadow"))
		return shadow(0);
	sum = host(1);
	return (int)sum;
}
