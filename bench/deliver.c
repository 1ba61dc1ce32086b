/* What a delivery costs: relocated, and through the entry routine, over the
   same without sigpact. */
#include "bench.h"
#include "state.h"
#include "ways.h"

#include <signal.h>
#include <stdio.h>

enum { QUADS = 400, INFO = SA_SIGINFO, ON_ALT = SA_SIGINFO | SA_ONSTACK };

static void pair(const char *name, enum bench_aim how, double aim,
		 struct way a, struct way b, uint64_t live)
{
	struct bench_figure f = {
		.name = name, .how = how, .aim = aim,
		.quads = QUADS, .of = WAY_DELIVERIES,
		.block = ways_block, .a = &a, .b = &b, .prepare = ways_move,
	};

	a.live = b.live = live;
	bench_figure(&f);
}

static const struct way native = { .flags = INFO };
static const struct way on_alt = { .flags = ON_ALT };
static const struct way relocated = { .flags = ON_ALT, .entry = 1,
				      .exclude = 1 };

static void relocate(uint64_t live, const char *state)
{
	char name[64];

	snprintf(name, sizeof name, "a relocated / native, %s", state);
	pair(name, AIM_AT_MOST, 1.03, native, relocated, live);
}

/* The copies that this CPU can do and does not take. */
static void narrower(uint64_t live)
{
	struct way w = relocated;
	char name[64];
	unsigned i;

	for (i = 0; i + 1 < state_copies_count(); i++) {
		w.copy = state_copies[i].routine;
		snprintf(name, sizeof name, "  with the %s copy",
			 state_copies[i].name);
		pair(name, AIM_NONE, 0, native, w, live);
	}
}

int main(void)
{
	struct way through = { .flags = ON_ALT, .entry = 1 };
	struct way plain = { .flags = 0 }, moved = relocated;

	ways_start();
	pair("  native / native: how far to trust the rest", AIM_NONE, 0,
	     native, native, ways_usual);
	relocate(ways_usual, "libc's state");
	narrower(ways_usual);
	relocate(STATE_BASE, "x87 and SSE live");
	relocate(state_enabled(), "all live");
	moved.flags = SA_ONSTACK;
	pair("  relocated / native, without SA_SIGINFO", AIM_NONE, 0, plain,
	     moved, ways_usual);
	pair("b entry routine / bare, on the alternate stack", AIM_AT_MOST,
	     1.01, on_alt, through, ways_usual);
	through.flags = INFO;
	pair("b   without SA_ONSTACK", AIM_AT_MOST, 1.01, native, through,
	     ways_usual);
	through.exclude = 1;
	pair("b   without SA_ONSTACK, excluded", AIM_AT_MOST, 1.01, native,
	     through, ways_usual);
	return 0;
}
