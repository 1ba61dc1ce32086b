/* Runs in the kernel, at each traced call's begin and end and where signals and
   threads come and go: writes events of traced threads into the ring.  What is
   not traced leaves after one look at a table.

   The system calls are perf's tracepoints, one each, so that other calls pay
   nothing; the rest are raw ones: those run inside interrupts, too, and tell all
   of siginfo. */
#include "kernel.bpf.h"
#include "calls.h"
#include "event.h"
#include "bpf.h"

char terms[] SEC("license") = "Dual MIT/GPL";

#define READABLE 4096		/* nothing is mapped below */
#define EXITING 4		/* PF_EXITING */
#define GROUP_EXIT 4		/* SIGNAL_GROUP_EXIT */
enum { CHLD = 17, CONT = 18, STOP = 19, TSTP, TTIN, TTOU };
enum { USER = 0, QUEUE = -1, TKILL = -6, KERNEL = 0x80 };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, BPF_RING_SIZE);
} ring SEC(".maps");

/* A word for each number that a thread or process can have: of a thread, is it
   known (TOLD); of a process, is it traced, is it stopped, and how many of its
   threads are known. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);	/* the loader knows how many */
	__type(key, __u32);
	__type(value, __u32);
} words SEC(".maps");
#define TOLD (1u << 31)
#define TRACED (1u << 30)
#define STOPPED (1u << 29)
#define THREADS 0xffffffu

/* Of a thread, its number in the loader's pid namespace, where that is not the
   first: when a thread executes a program, its own is gone before we hear. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} numbers SEC(".maps");

struct bpf_shared shared;

static __always_inline __u32 *word(__u32 number)
{
	return bpf_map_lookup_elem(&words, &number);
}

static __always_inline int traced(__u32 process)
{
	__u32 *w = word(process);

	return w && *w & TRACED && !shared.closed;
}

static __always_inline struct bpf_cpu *this_cpu(void)
{
	return &shared.cpu[bpf_get_smp_processor_id() & (BPF_CPUS - 1)];
}

static __always_inline void lose(struct bpf_cpu *cpu)
{
	__sync_fetch_and_add(&cpu->lost, 1);
	__sync_fetch_and_add(&cpu->untold, 1);
}

/* How full the ring is costs 20 ns to ask: one event in 8 does. */
static __always_inline void submit(struct sigpact__event *e)
{
	__u64 how = BPF_RB_NO_WAKEUP;

	if (shared.asleep && !(e->time_ns & 7) &&
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= BPF_WAKE_AT) {
		shared.asleep = 0;
		how = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(e, how);
}

/* Before the first event that has room again. */
static __noinline int tell_lost(struct bpf_cpu *cpu)
{
	enum { SIZE = EVENT_HEAD(lost) };
	struct sigpact__event *e;
	__u64 count;

	if (!cpu)
		return 0;
	e = bpf_ringbuf_reserve(&ring, SIZE, 0);
	if (!e)
		return 0;
	count = __sync_lock_test_and_set(&cpu->untold, 0);
	if (!count) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return 0;
	}
	e->size = SIZE;
	e->kind = EVENT_LOST;
	e->seen = 0;
	e->time_ns = bpf_ktime_get_ns();
	e->pid = e->tid = 0;
	e->lost.count = count;
	submit(e);
	return 0;
}

/* size is a constant. */
static __always_inline struct sigpact__event *begin(__u32 size, __u16 kind)
{
	struct bpf_cpu *cpu = this_cpu();
	struct sigpact__event *e;

	if (cpu->untold)
		tell_lost(cpu);
	e = bpf_ringbuf_reserve(&ring, size, 0);
	if (!e) {
		lose(cpu);
		return e;
	}
	e->size = size;
	e->kind = kind;
	e->seen = 0;
	e->time_ns = bpf_ktime_get_ns();
	return e;
}

static __always_inline struct task_struct *current(void)
{
	return (void *)bpf_get_current_task_btf();
}

static __always_inline int process_of(struct task_struct *t)
{
	return shared.level ? number(BPF_CORE_READ(t, group_leader),
				     shared.level)
			    : BPF_CORE_READ(t, tgid);
}

static __always_inline int thread_of(struct task_struct *t)
{
	return shared.level ? number(t, shared.level) : BPF_CORE_READ(t, pid);
}

static __always_inline struct sigpact__event *
begin_current(__u32 size, __u16 kind, __u64 ids)
{
	struct sigpact__event *e = begin(size, kind);

	if (!e)
		return e;
	e->pid = (__s32)(ids >> 32);
	e->tid = (__s32)ids;
	if (shared.level) {
		e->pid = process_of(current());
		e->tid = thread_of(current());
	}
	return e;
}

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

static __always_inline int enter(const struct enter_context *c,
				 const struct row r)
{
	__u64 ids = bpf_get_current_pid_tgid();
	struct sigpact__event *e;
	struct pt_regs *regs;
	void *to;
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
	to = (void *)e + EVENT_HEAD(entry);
	if (r.from[0] == FROM_SP)
		e->seen |= fetch(to, r.size[0], e->entry.sp, SAW_FETCH_0);
	else if (r.from[0] != NO_FETCH)
		e->seen |= fetch(to, r.size[0], c->arg[r.from[0]], SAW_FETCH_0);
	to += ROUND(r.size[0]);
	if (r.from[1] != NO_FETCH)
		e->seen |= fetch(to, r.size[1], c->arg[r.from[1]], SAW_FETCH_1);
	to += ROUND(r.size[1]);
	if (r.marks & CALLS_CALLER)
		fetch_stack(e, to);
	submit(e);
	return 0;
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

/* Without a siginfo, the kernel passes a small number. */
static __always_inline int code_of(struct kernel_siginfo *info)
{
	if ((__u64)info < READABLE)
		return info ? KERNEL : USER;
	return BPF_CORE_READ(info, si_code);
}

/* A stopped process is woken, whatever it does about the signal. */
static __always_inline void goes_on(struct task_struct *t, __u32 process)
{
	__u32 *w = word(process);
	struct sigpact__event *e;

	if (!w || !(__sync_fetch_and_and(w, ~STOPPED) & STOPPED))
		return;
	e = begin(EVENT_HEAD(stop), EVENT_STOP);
	if (!e)
		return;
	e->pid = process_of(t);
	e->tid = thread_of(t);
	e->stop.sig = 0;
	e->stop.unused = 0;
	submit(e);
}

/* To whom is traced; or by whom, and it is from there, not from an
   interrupt. */
SEC("raw_tp/signal_generate")
int generated(const struct bpf_raw_tracepoint_args *c)
{
	struct kernel_siginfo *info = (void *)c->args[1];
	struct task_struct *t = (void *)c->args[2];
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 process = BPF_CORE_READ(t, tgid);
	int by = traced(ids >> 32), to = traced(process), code;
	struct sigpact__event *e;

	if (!to && !by)
		return 0;
	code = code_of(info);
	if (!to && code != USER && code != QUEUE && code != TKILL)
		return 0;
	e = begin_current(EVENT_HEAD(generated), EVENT_GENERATED, ids);
	if (e) {
		e->generated.sig = (__s32)c->args[0];
		e->generated.code = code;
		e->generated.to_pid = process_of(t);
		e->generated.to_tid = thread_of(t);
		e->generated.group = !!c->args[3];
		e->generated.outcome = (__u32)c->args[4];
		submit(e);
	}
	if (to && (__s32)c->args[0] == CONT)
		goes_on(t, process);
	return 0;
}

/* What the return from the handler restores: not the mask of rt_sigsuspend and
   its like. */
static __always_inline __u64 mask(struct task_struct *t)
{
	if (bpf_core_field_exists(t->restore_sigmask) &&
	    BPF_CORE_READ_BITFIELD_PROBED(t, restore_sigmask))
		return t->saved_sigmask.sig[0];
	return t->blocked.sig[0];
}

static __always_inline void stops(int sig, __u64 ids)
{
	__u32 *w = word(ids >> 32);
	struct sigpact__event *e;

	e = begin_current(EVENT_HEAD(stop), EVENT_STOP, ids);
	if (!e)
		return;
	if (w)
		__sync_fetch_and_or(w, STOPPED);
	e->stop.sig = sig;
	e->stop.unused = 0;
	submit(e);
}

static __always_inline void read_info(struct sigpact__delivered *d,
				      struct kernel_siginfo *info)
{
	if ((__u64)info < READABLE ||
	    bpf_probe_read_kernel(d->info, sizeof d->info, info)) {
		__builtin_memset(d->info, 0, sizeof d->info);
		d->info[0] = (__u32)d->sig;
	}
}

SEC("raw_tp/signal_deliver")
int delivered(const struct bpf_raw_tracepoint_args *c)
{
	struct k_sigaction *k = (void *)c->args[2];
	__u64 ids = bpf_get_current_pid_tgid();
	struct sigpact__delivered *d;
	struct task_struct *t;
	struct sigpact__event *e;
	struct pt_regs *regs;
	__u64 handler;
	int sig = (int)c->args[0];

	if (!traced(ids >> 32))
		return 0;
	e = begin_current(EVENT_HEAD(delivered), EVENT_DELIVERED, ids);
	if (!e)
		return 0;
	t = current();
	regs = (void *)bpf_task_pt_regs((void *)t);
	e->seen = SAW_REGISTERS | SAW_ACTION | SAW_ALTSTACK | SAW_MASK;
	d = &e->delivered;
	d->sig = sig;
	d->code = code_of((void *)c->args[1]);
	read_info(d, (void *)c->args[1]);
	handler = (__u64)BPF_CORE_READ(k, sa.sa_handler);
	d->handler = handler;
	d->flags = BPF_CORE_READ(k, sa.sa_flags);
	d->action_mask = BPF_CORE_READ(k, sa.sa_mask.sig[0]);
	d->mask = mask(t);
	d->pc = regs->ip;
	d->sp = regs->sp;
	d->frame = 0;
	d->alt_base = t->sas_ss_sp;
	d->alt_size = t->sas_ss_size;
	d->alt_flags = t->sas_ss_flags;
	d->unused = 0;
	submit(e);
	if (!handler && sig >= STOP && sig <= TTOU)
		stops(sig, ids);
	return 0;
}

/* A thread is known from here on.  1: it was not before. */
static __always_inline int know(struct task_struct *t, __u32 thread,
				__u32 process)
{
	__u32 *w = word(thread);

	if (!w || __sync_fetch_and_or(w, TOLD) & TOLD)
		return 0;
	if (shared.level) {
		w = bpf_map_lookup_elem(&numbers, &thread);
		if (w)
			*w = (__u32)number(t, shared.level);
	}
	w = word(process);
	if (w)
		__sync_fetch_and_add(w, 1);
	__sync_fetch_and_add(&shared.alive, 1);
	return 1;
}

/* 1: it was known; *last: no other of its process is. */
static __always_inline int forget(__u32 thread, __u32 process, __u32 *last)
{
	__u32 *w = word(thread);

	*last = 0;
	if (!w || !(__sync_fetch_and_and(w, ~TOLD) & TOLD))
		return 0;
	w = word(process);
	if (w && (__sync_fetch_and_sub(w, 1) & THREADS) == 1) {
		__sync_fetch_and_and(w, ~(TRACED | STOPPED));
		*last = 1;
	}
	return 1;
}

static __always_inline void start(struct task_struct *t, __u16 kind, int by_pid,
				  int by_tid, __u32 same_memory)
{
	struct sigpact__event *e = begin(EVENT_HEAD(start), kind);

	if (!e)
		return;
	e->pid = process_of(t);
	e->tid = thread_of(t);
	e->start.by_pid = by_pid;
	e->start.by_tid = by_tid;
	e->start.same_memory = same_memory;
	e->start.unused = 0;
	submit(e);
}

SEC("raw_tp/sched_process_fork")
int fork(const struct bpf_raw_tracepoint_args *c)
{
	struct task_struct *t = (void *)c->args[1];
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 process, *w;

	if (!traced(ids >> 32))
		return 0;
	process = BPF_CORE_READ(t, tgid);
	w = word(process);
	if (!w) {
		lose(this_cpu());
		return 0;
	}
	if (!(*w & TRACED))
		__sync_fetch_and_or(w, TRACED);
	if (know(t, BPF_CORE_READ(t, pid), process))
		start(t, EVENT_START, process_of(current()),
		      thread_of(current()),
		      BPF_CORE_READ(t, mm) == BPF_CORE_READ(current(), mm));
	return 0;
}

/* Another thread than the first takes the first one's number, whose END has
   been; its own is gone. */
SEC("raw_tp/sched_process_exec")
int exec(const struct bpf_raw_tracepoint_args *c)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 from = (__u32)c->args[1], told = from;
	__u32 leader = (__u32)ids, *w;
	struct sigpact__event *e;

	if (!traced(ids >> 32))
		return 0;
	if (from != leader) {
		w = word(from);
		if (w)
			__sync_fetch_and_and(w, ~TOLD);
		w = word(leader);
		if (w)
			__sync_fetch_and_or(w, TOLD);
	}
	if (shared.level) {
		w = bpf_map_lookup_elem(&numbers, &from);
		told = w ? *w : 0;
		w = bpf_map_lookup_elem(&numbers, &leader);
		if (w)
			*w = (__u32)process_of(current());
	}
	e = begin_current(EVENT_HEAD(exec), EVENT_EXEC, ids);
	if (!e)
		return 0;
	e->exec.from_tid = (__s32)told;
	e->exec.unused = 0;
	bpf_get_current_comm(e->exec.name, sizeof e->exec.name);
	submit(e);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int end(const struct bpf_raw_tracepoint_args *c)
{
	__u64 ids = bpf_get_current_pid_tgid();
	struct task_struct *t = current();
	struct sigpact__event *e;
	__u32 last;

	if (shared.closed || !forget((__u32)ids, ids >> 32, &last))
		return 0;
	e = begin_current(EVENT_HEAD(end), EVENT_END, ids);
	if (e) {
		e->end.status = t->exit_code;
		if (last && t->signal->flags & GROUP_EXIT)
			e->end.status = t->signal->group_exit_code;
		e->end.last = last;
		submit(e);
	}
	__sync_fetch_and_sub(&shared.alive, 1);
	return 0;
}

/* Run once, by the loader: the process of that number where the loader lives,
   with all its threads, becomes traced.  One that is about to end is let go, when
   its end has not been seen yet. */
SEC("iter/task")
int found(const struct bpf_iter__task *c)
{
	struct task_struct *t = c->task, *leader;
	struct task_struct *loader = current();
	__u32 last, *w;

	if (!t)
		return 0;
	shared.level = loader->thread_pid->level;
	leader = t->group_leader;
	if (number(leader, shared.level) != shared.target)
		return 0;
	w = word(t->tgid);
	if (!w)
		return 0;
	shared.found = 1;
	__sync_fetch_and_or(w, TRACED);
	if (t->flags & EXITING || !know(t, t->pid, t->tgid))
		return 0;
	if (t->flags & EXITING) {
		if (forget(t->pid, t->tgid, &last))
			__sync_fetch_and_sub(&shared.alive, 1);
		return 0;
	}
	if (shared.is_child)
		start(t, EVENT_START, process_of(loader), thread_of(loader), 0);
	else
		start(t, EVENT_ATTACHED, 0, 0, 0);
	return 0;
}
