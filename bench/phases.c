/* Where the time of a delivery goes: the kernel's part, and the entry routine
   alone, on a frame that the kernel wrote, with all it touches in the caches.
   Normal context. */
#include "bench.h"
#include "core.h"
#include "state.h"
#include "sys.h"
#include "ways.h"

#include <signal.h>
#include <sigpact.h>
#include <stdio.h>
#include <string.h>

enum { CALLS = 2000, ALT_SIZE = 65536 };

static char alt[ALT_SIZE] __attribute__((aligned(4096)));
static volatile uintptr_t frame;

static void take_frame(int sig, siginfo_t *info, void *uc)
{
	frame = (uintptr_t)uc - FRAME_UC;
}

static uint64_t getppid_block(const void *unused)
{
	uint64_t start = bench_thread_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		sigpact__sys0(SYS_getppid);
	return bench_thread_ns() - start;
}

static uint64_t send_block(const void *unused)
{
	long pid = sigpact__sys0(SYS_getpid), tid = sigpact__sys0(SYS_gettid);
	uint64_t start = bench_thread_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		sigpact__sys3(SYS_tgkill, pid, tid, SIGUSR2);
	return bench_thread_ns() - start;
}

/* entry: the address that the kernel would call. */
static uint64_t routine_block(const void *entry)
{
	uint64_t start = bench_thread_ns();
	int i;

	for (i = 0; i < CALLS; i++)
		routine_call((uintptr_t)entry, frame, WAY_SIGNAL);
	return bench_thread_ns() - start;
}

/* Leaves a frame on the alternate stack; nothing else runs there. */
static void have_frame(uint64_t live)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_sigaction = take_frame;
	a.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigaltstack(&ss, NULL);
	sigaction(WAY_SIGNAL, &a, NULL);
	state_set(live);
	sigpact__sys3(SYS_tgkill, sigpact__sys0(SYS_getpid),
		      sigpact__sys0(SYS_gettid), WAY_SIGNAL);
	routine_aim(frame, (uintptr_t)__builtin_frame_address(0) - 4096);
}

static void routine(const char *name, uint64_t live, int exclude, void *copy)
{
	uintptr_t entry = sigpact__action_wrap((uintptr_t)routine_return,
					       SA_SIGINFO | SA_ONSTACK, 0);
	struct sigpact_counts before, now;

	sigpact__fast = copy;
	sigpact_exclude_clear(WAY_SIGNAL);
	have_frame(live);
	if (exclude && sigpact_exclude_set(WAY_SIGNAL))
		bench_bail("no exclusion");
	sigpact_counts_get(WAY_SIGNAL, &before);
	bench_phase(name, routine_block, (const void *)entry, CALLS);
	sigpact_counts_get(WAY_SIGNAL, &now);
	if (now.delivered == before.delivered ||
	    (now.relocated == before.relocated) == exclude)
		bench_bail("the entry routine did something else");
}

static void copies(const char *state, uint64_t live)
{
	char name[64];
	unsigned i;

	for (i = 0; i < state_copies_count(); i++) {
		snprintf(name, sizeof name, "  and relocates, %s, %s copy",
			 state, state_copies[i].name);
		routine(name, live, 1, state_copies[i].routine);
	}
}

int main(void)
{
	static const struct way native = { .flags = SA_SIGINFO };
	struct way usual = native;

	ways_start();
	usual.live = ways_usual;
	signal(SIGUSR2, SIG_IGN);
	bench_phase("a system call (getppid)", getppid_block, NULL, CALLS);
	bench_phase("tgkill of an ignored signal", send_block, NULL, CALLS);
	bench_phase("tgkill, delivery, return, native", ways_block, &usual,
		    WAY_DELIVERIES);
	routine("entry routine alone, leaves the frame", ways_usual, 0,
		sigpact__fast);
	copies("libc's state", ways_usual);
	copies("x87 and SSE", STATE_BASE);
	copies("all", state_enabled());
	return 0;
}
