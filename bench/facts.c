/* What a figure depends on.  Normal context. */
#include "state.h"
#include "ways.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of file that starts with key, without it. */
static void line(const char *name, const char *file, const char *key)
{
	size_t size = strlen(key);
	char text[512];
	FILE *f = fopen(file, "re");

	while (f && fgets(text, sizeof text, f)) {
		if (strncmp(text, key, size))
			continue;
		printf("%-10s %s", name, text + size);
		break;
	}
	if (f)
		fclose(f);
}

int main(void)
{
	struct utsname u;

	uname(&u);
	line("cpu", "/proc/cpuinfo", "model name\t: ");
	printf("%-10s %ld, %s\n", "cores", sysconf(_SC_NPROCESSORS_ONLN),
	       u.machine);
	printf("%-10s %s %s %s\n", "kernel", u.sysname, u.release, u.version);
	line("meltdown", "/sys/devices/system/cpu/vulnerabilities/meltdown",
	     "");
	printf("%-10s glibc %s\n%-10s %s\n", "libc", gnu_get_libc_version(),
	       "compiler", BENCH_COMPILER);
	ways_start();
	printf("%-10s %u bytes, AT_MINSIGSTKSZ %lu; enabled %#lx, libc's "
	       "functions leave %#lx live; %s copy\n",
	       "xstate", state_size(), getauxval(AT_MINSIGSTKSZ),
	       state_enabled(), ways_usual,
	       state_copies[state_copies_count() - 1].name);
	line("load", "/proc/loadavg", "");
	return 0;
}
