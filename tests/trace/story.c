/* What follows from events that are built here: changes of actions and whose
   code made them, stacks, latencies, kin; and that nothing is told of what did
   not happen. */
#include "scene.h"

#include <errno.h>

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

static void test_no_handler(void)
{
	begin(0);
	kinds = 1u << TELL_ACTION;
	set_action(SIGTERM, (struct sigpact__act){ 0, 0x10000000, 0, ~0ull },
		   NULL, GO);
	ok(was_told(""), "flags and mask of no handler are no change");
	set_action(SIGCHLD, (struct sigpact__act){ 0, 2, 0, 0 }, NULL, GO);
	ok(was_told("100/100 action: SIGCHLD flags +SA_NOCLDWAIT, handler "
		    "unchanged (default) by libgo.so+0x0\n"),
	   "but for SIGCHLD's");
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

/* As a file has it: what was learned for an event comes before it. */
static void test_exec(void)
{
	struct sigpact__fact f = { .kind = FACT_MAPS, .pid = PID, .tid = PID };
	struct sigpact__event *e;

	begin(0);
	story->ends.learn = NULL;
	kinds = 1u << TELL_ACTION;
	f.maps.map = maps;
	f.maps.count = MAPS;
	sigpact__story_fact(story, &f);
	e = build(EVENT_EXEC, 0, PID, PID);
	strcpy(e->exec.name, "new");
	event(e);
	set_action(SIGPWR, jsc, NULL, JSC + 0x10);
	ok(was_told("100/100 action: SIGPWR default -> libjsc.so+0x100 "
		    "+SA_SIGINFO by libjsc.so+0x10\n"),
	   "a program's mappings, learned with its start");
	event(build(EVENT_EXEC, 0, PID, PID));
	set_action(SIGPWR, jsc, NULL, JSC + 0x10);
	ok(was_told("100/100 action: SIGPWR default -> 0x10000100 "
		    "+SA_SIGINFO\n"), "the next one's are not these");
}

int main(void)
{
	test_actions();
	test_no_handler();
	test_failed();
	test_maps();
	test_wrong_stack();
	test_delivery();
	test_generated();
	test_kin();
	test_exec();
	sigpact__story_close(story);
	return done();
}
