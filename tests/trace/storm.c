/* Storms: found when they are, and not when they are not. */
#include "scene.h"

/* n deliveries, a tenth of a millisecond apart, whose handler waits or not. */
static void rain(int n, int answers)
{
	while (n--) {
		send_to(PID, SIGPWR);
		deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, 0);
		if (answers) {
			event(build_entry(CALLS_rt_sigsuspend, PID, PID, 0, 8,
					  0, 0));
			event(build_exit(CALLS_rt_sigsuspend, PID, PID, -514));
		}
		give_back(STACK + 0x8008);
		built_ns += 96000;
	}
}

static void test_storm(void)
{
	begin(0);
	kinds = 1u << TELL_FINDING | 1u << TELL_STORM;
	rain(900, 0);
	ok(was_told(""), "90 ms of it are no storm");
	rain(20000, 0);
	ok(count("SP013") == 1 && count("never acknowledged") >= 3 &&
	   count("from thread 101") >= 3, "two seconds of it: a finding, and "
	   "a line a second, with both threads");
	ok(count(" storm: SIGPWR from thread 101 (victim): 10000 a second, never") >= 1,
	   "with its rate");
	*told = 0;
	built_ns += 5000000000;
	event(build(EVENT_STOP, 0, PID, PID));
	ok(count("and no more") == 1, "its end");
	*told = 0;
	begin(0);
	kinds = 1u << TELL_FINDING | 1u << TELL_STORM;
	rain(3000, 1);
	ok(was_told(""), "handlers that wait have acknowledged");
}

static void test_slow(void)
{
	int i;

	begin(0);
	kinds = 1u << TELL_FINDING | 1u << TELL_STORM;
	for (i = 0; i < 3000; i++) {
		send_to(PID, SIGPWR);
		deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, 0);
		give_back(STACK + 0x8008);
		built_ns += 1100000;
	}
	ok(was_told(""), "900 a second are no storm");
}

/* Many that are quiet do not hide one that is not. */
static void test_many(void)
{
	struct sigpact__event *e;
	int i;

	begin(0);
	kinds = 1u << TELL_FINDING;
	for (i = 0; i < 3000; i++) {
		e = build_entry(CALLS_tgkill, PID, 1000 + i % 500, PID, PID,
				SIGPWR, 0);
		event(e);
		deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, 0);
		give_back(STACK + 0x8008);
		built_ns += 5000000;
		if (i % 500 == 499)
			rain(1200, 0);
	}
	ok(count("SP013") == 6 && count("from thread 101") == 6,
	   "a storm amid 500 other senders");
	*told = 0;
}

int main(void)
{
	test_storm();
	test_slow();
	test_many();
	sigpact__story_close(story);
	return done();
}
