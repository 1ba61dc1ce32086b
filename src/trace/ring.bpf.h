/* The ring that events are written into, and the table of who is traced: a part
   of trace.bpf.c.  Runs in the kernel. */
#ifndef SIGPACT_RING_BPF_H
#define SIGPACT_RING_BPF_H

#include "kernel.bpf.h"
#include "event.h"
#include "bpf.h"

#define READABLE 4096		/* nothing is mapped below */

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
	return shared.level ? number(t->group_leader, shared.level) : t->tgid;
}

static __always_inline int thread_of(struct task_struct *t)
{
	return shared.level ? number(t, shared.level) : t->pid;
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

#endif
