/* What a delivery costs: ticks of the time stamp counter, the least of many
   blocks, for each way.  Where the counter counts instructions (cost), the same
   number each time.  A guest's program, static. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXCLUDE = 0x53415801, CLEAR = 0x53415802, DELIVERIES = 200 };
static volatile unsigned long calls;

static void handler(int sig)
{
	(void)sig;
	calls++;
}

static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

static uint64_t block(void)
{
	long pid = getpid(), tid = syscall(SYS_gettid);
	uint64_t start = ticks();
	int i;

	for (i = 0; i < DELIVERIES; i++)
		syscall(SYS_tgkill, pid, tid, SIGUSR1);
	return ticks() - start;
}

static void measure(const char *way, int flags, int blocks)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = flags };
	uint64_t least = UINT64_MAX, now;
	int i;

	sigaction(SIGUSR1, &a, NULL);
	for (i = 0; i < blocks; i++) {
		now = block();
		if (now < least)
			least = now;
	}
	printf("cost %s %.3f\n", way, (double)least / DELIVERIES);
}

int main(int argc, char **argv)
{
	static char alt[65536];
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };
	int blocks = argc > 1 ? atoi(argv[1]) : 100;

	sigaltstack(&ss, NULL);
	measure("normal", 0, blocks);
	measure("alternate", SA_ONSTACK, blocks);
	if (prctl(EXCLUDE, SIGUSR1, 0, 0, 0) == 0) {
		measure("excluded", SA_ONSTACK, blocks);
		prctl(CLEAR, SIGUSR1, 0, 0, 0);
		measure("cleared", SA_ONSTACK, blocks);
	}
	return calls == 0;
}
