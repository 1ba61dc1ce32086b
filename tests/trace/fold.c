/* What a person is shown, and what filters leave out. */
#include "scene.h"

#include <errno.h>

static void say(void *context, const struct sigpact__said *s)
{
	size_t size = strlen(told);

	snprintf(told + size, sizeof told - size, "%s: %s\n",
		 sigpact__tell_name(s->kind), s->text);
}

static struct sigpact__fold *fold;

static void tell_fold(void *context, const struct sigpact__telling *t)
{
	sigpact__fold_tell(fold, t);
}

static void test_fold(void)
{
	int sig;

	begin(0);
	fold = sigpact__fold_open(say, NULL);
	story->ends.tell = tell_fold;
	for (sig = 1; sig < 4; sig++)
		set_action(sig, jsc, &none, JSC + (uint64_t)sig);
	for (sig = 1; sig < 4; sig++)
		set_action(sig, with_flag, &jsc, GO + (uint64_t)sig);
	set_action(SIGPWR, jsc, &none, GO);
	ok(was_told(""), "changes of actions are held back");
	built_ns += 200000000;
	event(build_entry(CALLS_pause, PID, PID, 0, 0, 0, 0));
	event(build_exit(CALLS_pause, PID, PID, -514));
	ok(was_told("action: SIGHUP,SIGINT,SIGQUIT default -> libjsc.so "
		    "+SA_SIGINFO by libjsc.so\n"
		    "action: SIGHUP,SIGINT,SIGQUIT flags +SA_ONSTACK, handler "
		    "unchanged (libjsc.so) by libgo.so\n"
		    "action: SIGPWR default -> libjsc.so+0x100 +SA_SIGINFO by "
		    "libgo.so+0x0\n"),
	   "those that are alike are one line, and no call is told");
	deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, 0);
	deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, 0);
	ok(count("delivered") == 1, "a delivery is told the first time");
	deliver(SIGPWR, JSC + 0x100, ALT + 0x8000, ALT);
	ok(count("delivered") == 2, "and on another stack");
	sigpact__fold_close(fold);
	*told = 0;
}

/* A shell does this for each of its children. */
static void test_again(void)
{
	int i;

	begin(0);
	fold = sigpact__fold_open(say, NULL);
	story->ends.tell = tell_fold;
	for (i = 0; i < 10; i++) {
		set_action(SIGINT, jsc, &none, JSC);
		set_action(SIGINT, none, &jsc, JSC);
		built_ns += 200000000;
	}
	sigpact__fold_close(fold);
	ok(count("action: ") == 2, "a change that comes again and again");
	*told = 0;
}

static void test_filter(void)
{
	struct sigpact__filter f = { 0 };
	struct sigpact__telling t = { .kind = TELL_SENT, .sig = SIGPWR,
				      .time_ns = 1000, .pid = 7, .tid = 8 };
	char why[256];

	ok(sigpact__filter_takes(&f, &t), "without a filter, all");
	ok(!sigpact__filter_signals(&f, "USR1,SIGTERM", why) &&
	   !sigpact__filter_takes(&f, &t), "another signal");
	ok(!sigpact__filter_signals(&f, "30", why) &&
	   sigpact__filter_takes(&f, &t), "this signal");
	ok(!sigpact__filter_events(&f, "rt_sigaction,delivered", why) &&
	   !sigpact__filter_takes(&f, &t), "another event");
	t.kind = TELL_LOST;
	ok(sigpact__filter_takes(&f, &t), "losses are always told");
	t.kind = TELL_DELIVERED;
	ok(!sigpact__filter_threads(&f, "9", why) &&
	   !sigpact__filter_takes(&f, &t), "another thread");
	t.peer.tid = 9;
	ok(sigpact__filter_takes(&f, &t), "sent by this thread");
	f.since_ns = 500;
	ok(!sigpact__filter_takes(&f, &t) && (t.time_ns += 500) &&
	   sigpact__filter_takes(&f, &t), "not before that time");
	ok(sigpact__filter_events(&f, "rt_sigactoin", why) == -EINVAL &&
	   strstr(why, "'rt_sigactoin' is no event; expected"), "no event");
	ok(sigpact__filter_signals(&f, "PWR,", why) == -EINVAL, "no list");
	ok(sigpact__filter_signals(&f, "USR3", why) == -EINVAL &&
	   strstr(why, "did you mean"), "no signal, but nearly");
	ok(sigpact__filter_threads(&f, "x", why) == -EINVAL &&
	   sigpact__filter_threads(&f, "-1", why) == -EINVAL, "no thread");
}

/* Children by the thousand. */
static void test_crowd(void)
{
	struct sigpact__event *e;
	int i;

	begin(0);
	fold = sigpact__fold_open(say, NULL);
	story->ends.tell = tell_fold;
	for (i = 0; i < 1000; i++) {
		e = build(EVENT_START, 0, 1000 + i, 1000 + i);
		e->start.by_pid = e->start.by_tid = PID;
		event(e);
		e = build(EVENT_END, 0, 1000 + i, 1000 + i);
		e->end.last = 1;
		event(e);
	}
	ok(count("started by") == 8 && count("exited") == 8,
	   "a thousand children: the first of a second are told of");
	built_ns += 1000000000;
	e = build(EVENT_START, 0, 1999, 1999);
	e->start.by_pid = e->start.by_tid = PID;
	event(e);
	ok(count("process: 992 more were started") == 1 &&
	   count("started by") == 9, "then how many there were");
	sigpact__fold_close(fold);
	*told = 0;
}

int main(void)
{
	test_fold();
	test_again();
	test_crowd();
	test_filter();
	sigpact__story_close(story);
	return done();
}
