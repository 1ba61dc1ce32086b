/* A thread's signal calls, one after the other: each event, its numbers and its
   bytes, as the kernel had them.
	sequence */
#include "traced.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct sigpact__source_kind *const traced_by = &sigpact__source_bpf;

#define STACK ((char *)0x7000000000)
enum { SIZE = 65536, SIG = SIGUSR1 };
#define BIT(sig) (1ull << ((sig) - 1))

struct action {
	uint64_t handler, flags, restorer, mask;
};

static void handle(int sig, siginfo_t *info, void *context)
{
}

static void restore(void)
{
	__asm__ volatile("mov $15, %eax; syscall");
}

static long raw(long nr, long a, long b, long c, long d)
{
	return syscall(nr, a, b, c, d);
}
#define RAW(name, a, b, c, d) \
	raw(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d))

static void sequence(void)
{
	static struct action set = { .flags = SA_SIGINFO | SA_ONSTACK |
					      0x04000000,
				     .mask = BIT(SIGUSR2) }, old;
	uint64_t block = BIT(SIG) | BIT(SIGHUP), none = 0, old_mask;
	stack_t stack = { .ss_sp = STACK, .ss_size = SIZE };

	mmap(STACK, SIZE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	set.handler = (uintptr_t)handle;
	set.restorer = (uintptr_t)restore + 0;
#ifdef __x86_64__
	/* behind a prologue that there may be */
	while (*(unsigned char *)set.restorer != 0xb8)
		set.restorer++;
#endif
	RAW(rt_sigaction, SIG, &set, NULL, 8);
	RAW(rt_sigaction, SIG, NULL, &old, 8);
	RAW(rt_sigaction, 65, &set, NULL, 8);
	RAW(sigaltstack, &stack, NULL, 0, 0);
	RAW(rt_sigprocmask, SIG_BLOCK, &block, NULL, 8);
	RAW(tgkill, getpid(), gettid(), SIG, 0);
	RAW(rt_sigprocmask, SIG_SETMASK, &none, &old_mask, 8);
	RAW(rt_sigprocmask, SIG_SETMASK, &block, NULL, 8);
	RAW(tgkill, getpid(), gettid(), SIG, 0);
	RAW(rt_sigsuspend, &none, 8, 0, 0);
	RAW(prctl, PR_SET_PDEATHSIG, SIGHUP, 0, 0);
	RAW(prctl, PR_SET_NAME, "other", 0, 0);
	RAW(kill, getpid(), 0, 0, 0);
	_exit(7);
}

static const struct traced_part parts[] = { { "sequence", sequence }, { 0 } };

/* In this order, from the program's start. */
static const struct {
	int kind, row;
} wanted[] = {
	{ EVENT_ENTRY, CALLS_rt_sigaction }, { EVENT_EXIT, CALLS_rt_sigaction },
	{ EVENT_ENTRY, CALLS_rt_sigaction }, { EVENT_EXIT, CALLS_rt_sigaction },
	{ EVENT_ENTRY, CALLS_rt_sigaction }, { EVENT_EXIT, CALLS_rt_sigaction },
	{ EVENT_ENTRY, CALLS_sigaltstack }, { EVENT_EXIT, CALLS_sigaltstack },
	{ EVENT_ENTRY, CALLS_rt_sigprocmask },
	{ EVENT_EXIT, CALLS_rt_sigprocmask },
	{ EVENT_ENTRY, CALLS_tgkill }, { EVENT_GENERATED, -1 },
	{ EVENT_EXIT, CALLS_tgkill },
	{ EVENT_ENTRY, CALLS_rt_sigprocmask },
	{ EVENT_EXIT, CALLS_rt_sigprocmask },
	{ EVENT_DELIVERED, -1 }, { EVENT_ENTRY, CALLS_rt_sigreturn },
	{ EVENT_ENTRY, CALLS_rt_sigprocmask },
	{ EVENT_EXIT, CALLS_rt_sigprocmask },
	{ EVENT_ENTRY, CALLS_tgkill }, { EVENT_GENERATED, -1 },
	{ EVENT_EXIT, CALLS_tgkill },
	{ EVENT_ENTRY, CALLS_rt_sigsuspend },
	{ EVENT_EXIT, CALLS_rt_sigsuspend },
	{ EVENT_DELIVERED, -1 }, { EVENT_ENTRY, CALLS_rt_sigreturn },
	{ EVENT_ENTRY, CALLS_prctl }, { EVENT_EXIT, CALLS_prctl },
	{ EVENT_ENTRY, CALLS_kill }, { EVENT_EXIT, CALLS_kill },
	{ EVENT_END, -1 },
};
enum { WANTED = sizeof wanted / sizeof *wanted };

static int in_order(pid_t pid)
{
	const struct sigpact__event *e;
	size_t at = traced_count, i;

	for (i = 0; i < traced_count; i++)
		if (traced_event[i]->kind == EVENT_EXEC)
			at = i + 1;
	for (i = 0; i < WANTED && at + i < traced_count; i++) {
		e = traced_event[at + i];
		if (e->kind != wanted[i].kind || e->pid != pid ||
		    e->tid != pid ||
		    (wanted[i].row >= 0 && e->entry.row != wanted[i].row))
			return 0;
		if (i && e->time_ns < traced_event[at + i - 1]->time_ns)
			return 0;
	}
	return i == WANTED && at + i == traced_count;
}

static void actions(void)
{
	const struct sigpact__event *set = traced_nth(1, CALLS_rt_sigaction, 0,
						      0);
	const struct sigpact__event *get = traced_nth(2, CALLS_rt_sigaction, 0,
						      1);
	const struct sigpact__event *no = traced_nth(2, CALLS_rt_sigaction, 0,
						     2);
	const struct action *a = traced_bytes(set), *b = traced_bytes(get);
	const uint64_t *stack = (const void *)(a + 1);

	ok(set->seen == (SAW_FETCH_0 | SAW_CALLER | SAW_REGISTERS) &&
	   a->flags == (SA_SIGINFO | SA_ONSTACK | 0x04000000) &&
	   a->mask == BIT(SIGUSR2) && set->entry.arg[0] == SIG &&
	   set->entry.arg[3] == 8 && set->entry.nr == __NR_rt_sigaction,
	   "rt_sigaction: its arguments, and the action that it sets");
	ok(get->seen == SAW_FETCH_0 && !memcmp(a, b, sizeof *a) &&
	   get->exit.result == 0, "the one that it tells");
	ok(no->exit.result == -EINVAL && !no->seen, "one that is refused");
	/* the call instruction's return address lies at the stack's top */
	ok(set->entry.stack >= 64 && set->entry.stack % 8 == 0 &&
	   stack[0] > 4096 && set->entry.pc > 4096 &&
	   set->entry.sp > set->entry.arg[1] - (1 << 20),
	   "its caller's stack: %d bytes", set->entry.stack);
}

static void delivery(pid_t pid)
{
	const struct sigpact__event *set = traced_nth(1, CALLS_rt_sigaction, 0,
						      0);
	const struct sigpact__event *sent = traced_nth(EVENT_GENERATED, -1, 0,
						       0);
	const struct sigpact__event *e = traced_nth(EVENT_DELIVERED, -1, 0, 0);
	const struct sigpact__event *mask = traced_nth(1, CALLS_rt_sigprocmask,
						       0, 1);
	const struct sigpact__event *back = traced_nth(1, CALLS_rt_sigreturn,
						       0, 0);
	const struct action *a = traced_bytes(set);
	const struct sigpact__delivered *d = &e->delivered;
	const uint64_t *context = traced_bytes(back);
	const siginfo_t *info = (const void *)d->info;

	ok(sent->generated.sig == SIG && sent->generated.code == SI_TKILL &&
	   sent->generated.to_pid == pid && sent->generated.to_tid == pid &&
	   !sent->generated.group && !sent->generated.outcome,
	   "generated: by whom, to whom, as what");
	ok(d->sig == SIG && d->code == SI_TKILL && info->si_signo == SIG &&
	   info->si_pid == pid, "delivered: its siginfo");
	ok(e->seen == (SAW_REGISTERS | SAW_ACTION | SAW_ALTSTACK | SAW_MASK) &&
	   d->handler == a->handler && d->flags == a->flags &&
	   d->action_mask == a->mask && d->mask == 0,
	   "delivered: the action, and what was blocked");
	ok(d->alt_base == (uintptr_t)STACK && d->alt_size == SIZE &&
	   !d->alt_flags, "delivered: the alternate stack");
	ok(d->pc == mask->entry.pc && d->sp == mask->entry.sp,
	   "delivered: what it interrupted");
	/* uc_stack at 16; uc_mcontext's rsp at 160, rip at 168 */
	ok(back->seen == (SAW_FETCH_0 | SAW_REGISTERS) &&
	   context[160 / 8] == d->sp && context[168 / 8] == d->pc &&
	   context[16 / 8] == d->alt_base &&
	   back->entry.sp - d->alt_base < d->alt_size,
	   "rt_sigreturn: the context, on the alternate stack");
}

/* The handler runs with another mask than the one that it returns to. */
static void suspended(void)
{
	const struct sigpact__event *e = traced_nth(EVENT_DELIVERED, -1, 0, 1);
	const struct sigpact__event *back = traced_nth(1, CALLS_rt_sigreturn,
						       0, 1);
	const struct sigpact__event *end = traced_nth(2, CALLS_rt_sigsuspend,
						      0, 0);
	const uint64_t *context = traced_bytes(back);

	ok(end->exit.result == -514 && e->delivered.mask ==
	   (BIT(SIG) | BIT(SIGHUP)) && context[296 / 8] == e->delivered.mask,
	   "rt_sigsuspend: what the return restores, not what it set");
}

static void masks(void)
{
	const struct sigpact__event *set = traced_nth(1, CALLS_rt_sigprocmask,
						      0, 0);
	const struct sigpact__event *old = traced_nth(2, CALLS_rt_sigprocmask,
						      0, 1);
	const struct sigpact__event *stack = traced_nth(1, CALLS_sigaltstack,
							0, 0);
	const struct sigpact__event *p = traced_nth(1, CALLS_prctl, 0, 0);
	const stack_t *ss = traced_bytes(stack);

	ok(*(const uint64_t *)traced_bytes(set) == (BIT(SIG) | BIT(SIGHUP)) &&
	   *(const uint64_t *)traced_bytes(old) == (BIT(SIG) | BIT(SIGHUP)),
	   "rt_sigprocmask: the set, and what was blocked before");
	ok(ss->ss_sp == STACK && ss->ss_size == SIZE,
	   "sigaltstack: the stack");
	ok(p->entry.arg[0] == PR_SET_PDEATHSIG && p->entry.arg[1] == SIGHUP &&
	   !(p->seen & SAW_FETCH_0), "of prctl, what concerns signals");
}

int main(int argc, char **argv)
{
	const struct sigpact__event *first;
	pid_t pid;
	int e;

	traced_be(argc, argv, parts);
	e = traced_open(0, "sequence");
	if (e == -EPERM || e == -ENOSYS) {
		skip("a sequence of calls", "BPF cannot be had here");
		return done();
	}
	if (e)
		bail("it cannot be traced");
	ok(traced_read_all() == -ECHILD && traced.command_status == 7 << 8,
	   "it is followed to its end, and its status told");
	ok(!traced_by->lost(traced_source), "nothing is lost");
	traced_close();
	first = traced_event[0];
	pid = first->pid;
	ok(first->kind == EVENT_EXEC && first->exec.from_tid == pid &&
	   !strcmp(first->exec.name, "exe"), "it becomes its program");
	if (ok(in_order(pid), "each call begins and ends, in order")) {
		actions();
		masks();
		delivery(pid);
		suspended();
	} else {
		traced_show();
	}
	first = traced_event[traced_count - 1];
	ok(first->kind == EVENT_END && first->end.last &&
	   first->end.status == 7 << 8, "and its end");
	return done();
}
