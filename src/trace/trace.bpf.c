/* Runs in the kernel, at each traced call's begin and end and where signals and
   threads come and go: writes events of traced threads into the ring.  What is
   not traced leaves after one look at a table.

   The system calls are perf's tracepoints, one each, so that other calls pay
   nothing. */
#include "ring.bpf.h"
#include "calls.h"
#include "kin.bpf.h"
#include "signals.bpf.h"

char terms[] SEC("license") = "Dual MIT/GPL";

#define ROUND(size) (((size) + 7u) & ~7u)

/* Returns bit, when it was to be had. */
static __always_inline __u16 fetch(void *to, __u32 size, __u64 from, __u16 bit)
{
	if (from < READABLE || bpf_probe_read_user(to, size, (void *)from))
		return 0;
	return bit;
}

/* Near its end there is less. */
static __always_inline void fetch_stack(struct sigpact__event *e, void *to)
{
	__u32 size = 4096 - ((__u32)e->entry.sp & 4095);

	e->entry.stack = 0;
	if (!bpf_probe_read_user(to, EVENT_STACK, (void *)e->entry.sp))
		size = EVENT_STACK;
	else if (size >= EVENT_STACK ||
		 bpf_probe_read_user(to, size, (void *)e->entry.sp))
		return;
	e->entry.stack = (__u16)size;
	e->seen |= SAW_CALLER;
}

struct row {
	__u16 row;
	__u32 nr;
	int args, from[2], exit_from, marks;
	__u32 size[2], exit_size;
};

struct enter_context {
	__u64 unused, nr, arg[6];
};

static __always_inline void fetch_all(struct sigpact__event *e,
				      const __u64 *arg, const struct row r)
{
	void *to = (void *)e + EVENT_HEAD(entry);

	if (r.from[0] == FROM_SP)
		e->seen |= fetch(to, r.size[0], e->entry.sp, SAW_FETCH_0);
	else if (r.from[0] != NO_FETCH)
		e->seen |= fetch(to, r.size[0], arg[r.from[0]], SAW_FETCH_0);
	to += ROUND(r.size[0]);
	if (r.from[1] != NO_FETCH)
		e->seen |= fetch(to, r.size[1], arg[r.from[1]], SAW_FETCH_1);
	to += ROUND(r.size[1]);
	if (r.marks & CALLS_CALLER)
		fetch_stack(e, to);
}

static __always_inline int enter_as(const struct enter_context *c,
				    const struct row r)
{
	__u64 ids = bpf_get_current_pid_tgid();
	struct sigpact__event *e;
	struct pt_regs *regs;
	int i;

	if (!traced(ids >> 32))
		return 0;
	if (r.marks & CALLS_SOME && !calls_wants_prctl(c->arg[0]))
		return 0;
	e = begin_current(EVENT_HEAD(entry) + ROUND(r.size[0]) +
			  ROUND(r.size[1]) +
			  (r.marks & CALLS_CALLER ? EVENT_STACK : 0),
			  EVENT_ENTRY, ids);
	if (!e)
		return 0;
	regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	e->seen = SAW_REGISTERS;
	e->entry.row = r.row;
	e->entry.stack = 0;
	e->entry.nr = r.nr;
	e->entry.pc = regs->ip;
	e->entry.sp = regs->sp;
	e->entry.fp = regs->bp;
#pragma unroll
	for (i = 0; i < 6; i++)
		e->entry.arg[i] = i < r.args ? c->arg[i < r.args ? i : 0] : 0;
	fetch_all(e, c->arg, r);
	submit(e);
	return 0;
}

/* One that only asks takes a smaller record, of another constant size. */
static __always_inline int enter(const struct enter_context *c, struct row r)
{
	if (r.marks & CALLS_CALLER && !c->arg[r.from[0]]) {
		r.marks &= ~CALLS_CALLER;
		return enter_as(c, r);
	}
	return enter_as(c, r);
}

struct exit_context {
	__u64 unused, nr;
	__s64 result;
};

/* The registers still hold the arguments. */
static __always_inline int leave(const struct exit_context *c,
				 const struct row r)
{
	__u64 ids = bpf_get_current_pid_tgid();
	struct sigpact__event *e;
	struct pt_regs *regs;

	if (!traced(ids >> 32))
		return 0;
	regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (r.marks & CALLS_SOME && !calls_wants_prctl(regs->di))
		return 0;
	e = begin_current(EVENT_HEAD(exit) + ROUND(r.exit_size), EVENT_EXIT,
			  ids);
	if (!e)
		return 0;
	e->exit.row = r.row;
	e->exit.unused = 0;
	e->exit.nr = r.nr;
	e->exit.result = c->result;
	if (r.exit_from != NO_FETCH && c->result >= 0)
		e->seen = fetch((void *)e + EVENT_HEAD(exit), r.exit_size,
				r.exit_from == 0   ? regs->di
				: r.exit_from == 1 ? regs->si
				: r.exit_from == 2 ? regs->dx
						   : regs->r10, SAW_FETCH_0);
	submit(e);
	return 0;
}

#define ROW(name, args, from0, size0, from1, size1, from, size, marks)       \
	((struct row){ CALLS_##name, __NR_##name, args, { from0, from1 },    \
		       from, marks, { size0, size1 }, size })
#define PROGRAMS(name, ...)                                                  \
	SEC("tp/syscalls/sys_enter_" #name)                                  \
	int enter_##name(const struct enter_context *c)                      \
	{                                                                    \
		return enter(c, ROW_(name, __VA_ARGS__));                    \
	}                                                                    \
	SEC("tp/syscalls/sys_exit_" #name)                                   \
	int exit_##name(const struct exit_context *c)                        \
	{                                                                    \
		return leave(c, ROW_(name, __VA_ARGS__));                    \
	}
#define ROW_(...) ROW(__VA_ARGS__)
SIGPACT_CALLS(PROGRAMS)
