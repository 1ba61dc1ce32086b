/* Threads and processes that come, become others and go, and those that were
   there already: a part of trace.bpf.c.  Runs in the kernel. */
#ifndef SIGPACT_KIN_BPF_H
#define SIGPACT_KIN_BPF_H

#include "ring.bpf.h"

#define EXITING 4		/* PF_EXITING */
#define GROUP_EXIT 4		/* SIGNAL_GROUP_EXIT */

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

SEC("tp_btf/sched_process_fork")
int fork(const __u64 *arg)
{
	struct task_struct *t = (void *)arg[1];
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 process, *w;

	if (!traced(ids >> 32))
		return 0;
	process = (__u32)t->tgid;
	w = word(process);
	if (!w) {
		lose(this_cpu());
		return 0;
	}
	if (!(*w & TRACED))
		__sync_fetch_and_or(w, TRACED);
	if (know(t, (__u32)t->pid, process))
		start(t, EVENT_START, process_of(current()),
		      thread_of(current()),
		      t->mm == current()->mm);
	return 0;
}

/* Another thread than the first takes the first one's number, whose END has
   been; its own is gone. */
SEC("tp_btf/sched_process_exec")
int exec(const __u64 *arg)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 from = (__u32)arg[1], told = from;
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

SEC("tp_btf/sched_process_exit")
int end(const __u64 *arg)
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
	if (!shared.is_child) /* a command begins with its EXEC */
		start(t, EVENT_ATTACHED, 0, 0, 0);
	return 0;
}

#endif
