/* What a function can ask of its host: the first argument says what to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

extern char **environ;

static int arguments(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		printf("[%s]", argv[i]);
	return 0;
}

static int environment(void)
{
	char **e;

	for (e = environ; *e; e++)
		printf("[%s]", *e);
	return 0;
}

/* Lines whole, in parts, long, and one without an end. */
static int logs(void)
{
	static char longer[3000];

	memset(longer, 'x', sizeof longer - 1);
	write(2, "one\ntw", 6);
	write(2, "o\n\nthree\n", 9);
	write(2, longer, sizeof longer - 1);
	write(2, "\nlast", 5);
	return 0;
}

static int clocks(void)
{
	struct timespec a, b, c;

	clock_gettime(CLOCK_REALTIME, &a);
	clock_gettime(CLOCK_MONOTONIC, &b);
	clock_getres(CLOCK_MONOTONIC, &c);
	printf("%lld %d %d", (long long)a.tv_sec,
	       b.tv_sec > 0 || b.tv_nsec > 0, c.tv_sec == 0 && c.tv_nsec > 0);
	return 0;
}

static int random_bytes(void)
{
	static unsigned char bytes[300000];
	unsigned long zeros = 0, i;

	if (__wasi_random_get(bytes, sizeof bytes))
		return 1;
	for (i = 0; i < sizeof bytes; i++)
		zeros += !bytes[i];
	printf("%d", zeros > 500 && zeros < 2500);
	return 0;
}

/* Each call with an address that is not ours, or is so only in part: an errno,
   and nothing written. */
static int pointers(void)
{
	uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) * 65536;
	uint32_t bad[] = { end - 1, end, 0xffffffff, 0x80000000 };
	__wasi_ciovec_t from = { (uint8_t *)end - 4, 16 };
	__wasi_iovec_t to = { (uint8_t *)end - 4, 16 };
	__wasi_size_t n, wrong = 0;
	unsigned i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		void *p = (void *)bad[i];

		wrong += __wasi_fd_write(1, p, 1, &n) != __WASI_ERRNO_FAULT;
		wrong += __wasi_fd_read(0, p, 1, &n) != __WASI_ERRNO_FAULT;
		wrong += __wasi_fd_write(1, NULL, 0, p) != __WASI_ERRNO_FAULT;
		wrong += __wasi_random_get(p, 8) != __WASI_ERRNO_FAULT;
		wrong += __wasi_clock_time_get(0, 0, p) != __WASI_ERRNO_FAULT;
		wrong += __wasi_args_get(p, p) != __WASI_ERRNO_FAULT;
		wrong += __wasi_args_sizes_get(p, &n) != __WASI_ERRNO_FAULT;
		wrong += __wasi_environ_sizes_get(p, &n) != __WASI_ERRNO_FAULT;
		wrong += __wasi_fd_fdstat_get(0, p) != __WASI_ERRNO_FAULT;
		wrong += __wasi_fd_filestat_get(0, p) != __WASI_ERRNO_FAULT;
	}
	wrong += __wasi_fd_write(1, &from, 1, &n) != __WASI_ERRNO_FAULT;
	wrong += __wasi_fd_read(0, &to, 1, &n) != __WASI_ERRNO_FAULT;
	wrong += __wasi_fd_write(1, (void *)0, 0xffffffff, &n) !=
		 __WASI_ERRNO_INVAL;
	wrong += __wasi_fd_write(3, &from, 1, &n) != __WASI_ERRNO_BADF;
	wrong += __wasi_clock_time_get(77, 0, (void *)end) !=
		 __WASI_ERRNO_INVAL;
	printf("%u", (unsigned)wrong);
	return 0;
}

static int floods(void)
{
	static char block[65536];

	for (;;)
		write(1, block, sizeof block);
}

static int log_floods(void)
{
	int i;

	for (i = 0; i < 100000; i++)
		write(2, "0123456789abcde\n", 16);
	return 0;
}

/* All that it may have, a page at a time, written to. */
static int grows(void)
{
	int pages = 0, i;
	char *p;

	for (; (i = (int)__builtin_wasm_memory_grow(0, 1)) != -1; pages++)
		memset((char *)(i * 65536), 0x55, 65536);
	p = (char *)(__builtin_wasm_memory_size(0) * 65536);
	printf("%d", pages);
	fflush(stdout);
	*(volatile char *)p = 1; /* the first that is not ours */
	return 0;
}

/* The first byte that is not its own. */
static int past(void)
{
	return *(volatile char *)(__builtin_wasm_memory_size(0) * 65536);
}

static int files(void)
{
	FILE *f = fopen("/etc/passwd", "r");

	printf("%d %d", f != NULL, isatty(1));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "environ"))
		return environment();
	if (!strcmp(what, "log"))
		return logs();
	if (!strcmp(what, "clock"))
		return clocks();
	if (!strcmp(what, "random"))
		return random_bytes();
	if (!strcmp(what, "pointers"))
		return pointers();
	if (!strcmp(what, "flood"))
		return floods();
	if (!strcmp(what, "log-flood"))
		return log_floods();
	if (!strcmp(what, "grow"))
		return grows();
	if (!strcmp(what, "past"))
		return past();
	if (!strcmp(what, "files"))
		return files();
	return arguments(argc, argv);
}
