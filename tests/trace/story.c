/* What follows from events that are built here: changes of actions and whose
   code made them, stacks, latencies, storms; and that nothing is told of what
   did not happen. */
#include "built.h"
#include "print.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>

enum { PID = 100, OTHER = 101, CHILD = 200 };
#define JSC 0x10000000ull
#define GO 0x20000000ull
#define LIBC 0x30000000ull
#define ALT 0x40000000ull
#define STACK 0x50000000ull
#define ONSTACK 0x08000000ull

/* The texts of what was told since the last look, a line each. */
static char told[1 << 20];
static unsigned kinds = ~0u;	/* of interest */
static struct sigpact__story *story;
static int maps_learned, stale;

static void tell(void *context, const struct sigpact__telling *t)
{
	struct sigpact__line line;
	size_t size = strlen(told);

	if (!(kinds >> t->kind & 1) || t->kind == TELL_TIME)
		return;
	sigpact__telling_text(t, &line);
	snprintf(told + size, sizeof told - size, "%d/%d %s: %s\n", t->pid,
		 t->tid, sigpact__tell_name(t->kind), line.text);
}

static struct sigpact__map maps[] = {
	{ .start = JSC, .end = JSC + 0x10000, .rights = "r-xp",
	  .path = (char *)(uintptr_t)"/opt/libjsc.so" },
	{ .start = GO, .end = GO + 0x10000, .rights = "r-xp",
	  .path = (char *)(uintptr_t)"/opt/libgo.so" },
	{ .start = LIBC, .end = LIBC + 0x10000, .rights = "r-xp",
	  .path = (char *)(uintptr_t)"/lib/libc.so.6" },
	{ .start = ALT, .end = ALT + 0x10000, .rights = "rw-p",
	  .path = (char *)(uintptr_t)"" },
	{ .start = STACK, .end = STACK + 0x10000, .rights = "rw-p",
	  .path = (char *)(uintptr_t)"" },
};
enum { MAPS = sizeof maps / sizeof *maps };

static void learn(void *context, enum sigpact__fact_kind kind, pid_t pid,
		  pid_t tid)
{
	static struct sigpact__act act[RECORD_SIGNALS];
	struct sigpact__fact f = { .kind = kind, .pid = pid, .tid = tid };

	if (kind == FACT_MAPS) {
		maps_learned++;
		f.maps.map = maps;
		f.maps.count = MAPS;
		sigpact__story_fact(story, &f);
	}
	if (kind != FACT_ACTIONS)
		return;
	f.kind = FACT_MAPS;
	f.maps.map = maps;
	f.maps.count = stale ? 1 : MAPS;
	sigpact__story_fact(story, &f);
	f.kind = FACT_ACTIONS;
	f.actions.known = ~0ull;
	f.actions.action = act;
	f.actions.name = "victim";
	sigpact__story_fact(story, &f);
}

static void event(struct sigpact__event *e)
{
	sigpact__story_event(story, e);
}

static void begin(int sees_generated)
{
	struct sigpact__story_ends ends = {
		.tell = tell, .learn = learn, .frame_size = 3000,
		.sees_generated = sees_generated,
	};

	if (story)
		sigpact__story_close(story);
	story = sigpact__story_open(&ends);
	*told = 0;
	kinds = ~0u;
	event(build(EVENT_ATTACHED, 0, PID, PID));
	event(build(EVENT_ATTACHED, 0, PID, OTHER));
	*told = 0;
}

/* Was exactly this told, since the last time? */
static int was_told(const char *expected)
{
	int same = !strcmp(told, expected);

	if (!same)
		printf("# told:\n# %s# expected:\n# %s", told, expected);
	*told = 0;
	return same;
}

/* rt_sigaction through libc, called from an address in `by`; libc's copy of the
   action lies on the stack below the return address. */
static void set_action(int sig, struct sigpact__act act,
		       const struct sigpact__act *old, uint64_t by)
{
	struct sigpact__event *e;
	uint64_t *stack;

	e = build_entry(CALLS_rt_sigaction, PID, PID, (uint64_t)sig, STACK,
			old ? STACK + 152 : 0, 8);
	build_fetch(e, 0, &act, sizeof act);
	e->seen |= SAW_CALLER | SAW_REGISTERS;
	e->entry.stack = EVENT_STACK;
	e->entry.pc = LIBC + 0x100;
	e->entry.sp = STACK;
	stack = (uint64_t *)((char *)e + e->size - EVENT_STACK);
	memset(stack, 0, EVENT_STACK);
	stack[0] = act.handler;
	stack[19] = JSC + 0x666;	/* in libc's second copy: left over */
	stack[38] = 0xd1ce5eed12345678;	/* its canary */
	stack[40] = LIBC + 0x200;
	stack[41] = by;
	stack[42] = JSC + 0x999;
	event(e);
	e = build_exit(CALLS_rt_sigaction, PID, PID, 0);
	if (old)
		build_fetch(e, 0, old, sizeof *old);
	event(e);
}

static const struct sigpact__act none, jsc = { JSC + 0x100, 4, 0, 0 },
	with_flag = { JSC + 0x100, 4 | ONSTACK, 0, 0 };

static void test_actions(void)
{
	begin(0);
	kinds = 1u << TELL_ACTION;
	set_action(SIGPWR, jsc, NULL, JSC + 0x10);
	ok(was_told("100/100 action: SIGPWR default -> libjsc.so+0x100 "
		    "+SA_SIGINFO by libjsc.so+0x10\n"), "a handler is set");
	set_action(SIGPWR, with_flag, &jsc, GO + 0x123);
	ok(was_told("100/100 action: SIGPWR flags +SA_ONSTACK, handler "
		    "unchanged (libjsc.so+0x100) by libgo.so+0x123\n"),
	   "a flag is added, by the module that called libc");
	set_action(SIGPWR, with_flag, &with_flag, GO + 0x123);
	ok(was_told(""), "the same again is no change");
	set_action(SIGPWR, none, NULL, JSC + 0x20);
	ok(was_told("100/100 action: SIGPWR libjsc.so+0x100 -> default by "
		    "libjsc.so+0x20\n"), "back to the default");
	set_action(SIGPIPE, (struct sigpact__act){ 1, 0, 0, 0 }, NULL,
		   JSC + 0x20);
	ok(was_told("100/100 action: SIGPIPE default -> ignored by "
		    "libjsc.so+0x20\n"), "ignored");
	set_action(SIGUSR1, (struct sigpact__act){ GO, 0, 0, 2 },
		   &(struct sigpact__act){ GO, 0x10000000, 0, 1 }, GO + 0x1);
	ok(was_told("100/100 action: SIGUSR1 flags -SA_RESTART, mask +[INT], "
		    "mask -[HUP], handler unchanged (libgo.so+0x0) by "
		    "libgo.so+0x1\n"), "what was there is as the kernel said");
}

static void test_failed(void)
{
	begin(0);
	event(build_entry(CALLS_rt_sigaction, PID, PID, SIGKILL, STACK, 0, 8));
	event(build_exit(CALLS_rt_sigaction, PID, PID, -EINVAL));
	ok(was_told("100/100 call: rt_sigaction(SIGKILL, 0x50000000, NULL, 8) "
		    "= -1 EINVAL (Invalid argument)\n"),
	   "a call that failed changes nothing");
	event(build_exit(CALLS_kill, PID, OTHER, 0));
	ok(was_told(""), "the end of a call that began before says nothing");
}

static void test_maps(void)
{
	stale = 1;
	begin(0);
	stale = 0;
	maps_learned = 0;
	kinds = 1u << TELL_ACTION;
	set_action(SIGPWR, jsc, NULL, GO + 0x10);
	ok(was_told("100/100 action: SIGPWR default -> libjsc.so+0x100 "
		    "+SA_SIGINFO by libgo.so+0x10\n") && maps_learned,
	   "a module that was mapped since is found");
	maps_learned = 0;
	set_action(SIGPWR, with_flag, NULL, GO + 0x10);
	ok(!maps_learned, "mappings that are known are not read again");
	*told = 0;
}

static void deliver(int sig, uint64_t handler, uint64_t frame, uint64_t alt)
{
	struct sigpact__event *e = build(EVENT_DELIVERED, 0, PID, PID);

	e->delivered.sig = sig;
	e->delivered.code = SI_TKILL;
	e->delivered.info[0] = (uint64_t)sig;
	e->delivered.info[1] = (uint32_t)SI_TKILL;
	e->delivered.info[2] = PID;
	e->delivered.handler = handler;
	e->delivered.frame = frame;
	e->delivered.alt_base = alt;
	e->delivered.alt_size = alt ? 0x10000 : 0;
	e->seen = SAW_FRAME | SAW_ALTSTACK;
	event(e);
}

static void give_back(uint64_t sp)
{
	struct sigpact__event *e = build_entry(CALLS_rt_sigreturn, PID, PID, 0,
					       0, 0, 0);

	e->seen |= SAW_REGISTERS;
	e->entry.sp = sp;
	event(e);
}

static void send_to(pid_t tid, int sig)
{
	event(build_entry(CALLS_tgkill, PID, OTHER, PID, (uint64_t)tid,
			  (uint64_t)sig, 0));
	event(build_exit(CALLS_tgkill, PID, OTHER, 0));
}

static void test_wrong_stack(void)
{
	begin(0);
	kinds = 1u << TELL_FINDING;
	set_action(SIGPWR, jsc, NULL, JSC + 0x10);
	deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, ALT);
	set_action(SIGPWR, with_flag, NULL, GO + 0x123);
	deliver(SIGPWR, JSC + 0x100, STACK + 0x8000, ALT);
	ok(was_told(""), "a delivery on the native stack is none");
	deliver(SIGPWR, JSC + 0x100, ALT + 0xf000, ALT);
	ok(was_told("100/100 finding: SP001 wrong-stack-delivery, SIGPWR: "
		    "handler libjsc.so+0x100 runs on the alternate stack of "
		    "thread 100 (victim), for libgo.so+0x123 added SA_ONSTACK to "
		    "it; cure: sigpact heal 100\n"), "wrong-stack delivery");
	deliver(SIGPWR, JSC + 0x100, ALT + 0xf000, ALT);
	ok(was_told(""), "it is found once");
	set_action(SIGUSR1, jsc, NULL, JSC + 0x10);
	set_action(SIGUSR1, with_flag, NULL, JSC + 0x20);
	deliver(SIGUSR1, JSC + 0x100, ALT + 0xf000, ALT);
	ok(was_told(""), "the owner may add the flag to its own");
	set_action(SIGUSR2, with_flag, NULL, GO + 0x20);
	deliver(SIGUSR2, JSC + 0x100, ALT + 0xf000, ALT);
	ok(was_told(""), "and whoever installs a handler may ask for it");
	set_action(SIGSEGV, jsc, NULL, JSC + 0x10);
	set_action(SIGSEGV, with_flag, NULL, GO + 0x20);
	deliver(SIGSEGV, JSC + 0x100, ALT + 0xf000, ALT);
	ok(was_told(""), "faults want an alternate stack");
}

static void test_delivery(void)
{
	struct sigpact__event *e;

	begin(0);
	send_to(PID, SIGPWR);
	*told = 0;
	deliver(SIGPWR, JSC + 0x100, ALT + 0xf000, ALT);
	ok(was_told("100/100 delivered: SIGPWR {si_signo=SIGPWR, "
		    "si_code=SI_TKILL, si_pid=100, si_uid=0} to "
		    "libjsc.so+0x100 on the alternate stack, 61440 of 65536 "
		    "bytes left, 2.0 us after thread 101 (victim) sent it\n"),
	   "a delivery: stack, bytes left, sender, latency");
	give_back(ALT + 0xf008);
	ok(was_told("100/100 call: rt_sigreturn()\n"
		    "100/100 returned: SIGPWR from libjsc.so+0x100 on the "
		    "alternate stack, 61440 of 65536 bytes left, after 1.0 us\n"),
	   "the return");
	kinds = 1u << TELL_RELOCATED | 1u << TELL_RETURNED;
	e = build_entry(CALLS_rt_sigprocmask, PID, PID, 0, 0, 0, 8);
	e->seen = SAW_REGISTERS;
	e->entry.sp = STACK + 0x9000;
	event(e);
	event(build_exit(CALLS_rt_sigprocmask, PID, PID, 0));
	deliver(SIGPWR, JSC + 0x100, ALT + 0xf000, ALT);
	give_back(STACK + 0x8008);
	ok(was_told("100/100 relocated: SIGPWR from the alternate stack: its "
		    "handler ran on its native stack\n"
		    "100/100 returned: SIGPWR from libjsc.so+0x100 on its "
		    "native stack, after 1.0 us\n"), "a relocation");
}

static void test_generated(void)
{
	struct sigpact__event *e;

	begin(1);
	kinds = 1u << TELL_SENT | 1u << TELL_DELIVERED;
	event(build_entry(CALLS_tgkill, PID, OTHER, PID, PID, SIGPWR, 0));
	e = build(EVENT_GENERATED, 0, PID, OTHER);
	e->generated.sig = SIGPWR;
	e->generated.code = SI_TKILL;
	e->generated.to_pid = e->generated.to_tid = PID;
	event(e);
	event(build_exit(CALLS_tgkill, PID, OTHER, 0));
	ok(was_told("100/101 sent: SIGPWR to thread 100 (victim) {SI_TKILL}\n"),
	   "sent once, by the kernel's word");
	deliver(SIGPWR, 0, 0, 0);
	ok(strstr(told, "default action, 2.0 us after thread 101 (victim) sent it\n") !=
	   NULL, "and its latency");
	*told = 0;
}

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

static int count(const char *word)
{
	const char *at = told;
	int n = 0;

	while ((at = strstr(at, word))) {
		at += strlen(word);
		n++;
	}
	return n;
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

static void test_kin(void)
{
	struct sigpact__event *e;

	begin(0);
	kinds = 1u << TELL_ACTION | 1u << TELL_PROCESS;
	set_action(SIGPWR, jsc, NULL, JSC);
	set_action(SIGPIPE, (struct sigpact__act){ 1, 0, 0, 0 }, NULL, JSC);
	*told = 0;
	e = build(EVENT_START, 0, CHILD, CHILD);
	e->start.by_pid = e->start.by_tid = PID;
	event(e);
	event(build_entry(CALLS_rt_sigaction, CHILD, CHILD, SIGPWR, STACK, 0,
			  8));
	e = build_entry(CALLS_rt_sigaction, CHILD, CHILD, SIGPWR, STACK, 0, 8);
	build_fetch(e, 0, &none, sizeof none);
	event(e);
	event(build_exit(CALLS_rt_sigaction, CHILD, CHILD, 0));
	ok(was_told("200/200 process: started by thread 100 (victim)\n"
		    "200/200 action: SIGPWR libjsc.so+0x100 -> default\n"),
	   "a child has its parent's actions");
	e = build(EVENT_EXEC, 0, PID, PID);
	strcpy(e->exec.name, "other");
	event(e);
	e = build_entry(CALLS_rt_sigaction, PID, PID, SIGPWR, STACK, 0, 8);
	build_fetch(e, 0, &jsc, sizeof jsc);
	event(e);
	event(build_exit(CALLS_rt_sigaction, PID, PID, 0));
	e = build_entry(CALLS_rt_sigaction, PID, PID, SIGPIPE, STACK, 0, 8);
	build_fetch(e, 0, &jsc, sizeof jsc);
	event(e);
	event(build_exit(CALLS_rt_sigaction, PID, PID, 0));
	ok(count("100/100 process: runs other\n") &&
	   count("SIGPWR default -> ") && count("SIGPIPE ignored -> "),
	   "a program starts with what is ignored alone");
	*told = 0;
}

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

int main(void)
{
	test_actions();
	test_failed();
	test_maps();
	test_wrong_stack();
	test_delivery();
	test_generated();
	test_storm();
	test_slow();
	test_kin();
	test_fold();
	test_filter();
	sigpact__story_close(story);
	return done();
}
