/* Runs in the kernel, once for each thread of one process, under RCU: what the
   kernel keeps of its signals, without stopping it. */
#include "kernel.bpf.h"
#include "iterator.h"

char terms[] SEC("license") = "Dual MIT/GPL";

int target;	/* process, in the reader's pid namespace */

/* What lies at the top of the kernel stack is this moment's only while the
   thread does not run. */
static void registers(struct task_struct *t, struct iterator_thread *to)
{
	struct pt_regs *regs;

	if (!bpf_core_enum_value_exists(enum bpf_func_id,
					BPF_FUNC_task_pt_regs) ||
	    !bpf_core_field_exists(t->on_cpu) || BPF_CORE_READ(t, on_cpu))
		return;
	regs = (void *)bpf_task_pt_regs(t);
	to->sp = BPF_CORE_READ(regs, sp);
	to->pc = BPF_CORE_READ(regs, ip);
	if (to->sp && !BPF_CORE_READ(t, on_cpu))
		to->has |= ITERATOR_REGISTERS;
}

static void action(struct k_sigaction *k, struct iterator_action *to)
{
	to->handler = (__u64)BPF_CORE_READ(k, sa.sa_handler);
	to->flags = BPF_CORE_READ(k, sa.sa_flags);
	to->restorer = (__u64)BPF_CORE_READ(k, sa.sa_restorer);
	to->mask = BPF_CORE_READ(k, sa.sa_mask.sig[0]);
}

static int same(const struct iterator_action *a,
		const struct iterator_action *b)
{
	return a->handler == b->handler && a->flags == b->flags &&
	       a->restorer == b->restorer && a->mask == b->mask;
}

/* The lock is not to be had here: an action is read until it stays the same,
   lest half of it be old. */
static void process(struct seq_file *seq, struct task_struct *t)
{
	__u64 pending = BPF_CORE_READ(t, signal, shared_pending.signal.sig[0]);
	struct sighand_struct *h = BPF_CORE_READ(t, sighand);
	struct iterator_action one = {}, again = {};
	void *at = __builtin_preserve_access_index(&h->action[0]);
	int i, tries;

	bpf_seq_write(seq, &pending, sizeof pending);
	for (i = 0; i < 64; i++) {
		action(at, &one);
		for (tries = 0; tries < 3; tries++) {
			action(at, &again);
			if (same(&one, &again))
				break;
			one = again;
		}
		bpf_seq_write(seq, &one, sizeof one);
		at += bpf_core_type_size(struct k_sigaction);
	}
}

SEC("iter/task")
int thread(struct bpf_iter__task *context)
{
	struct seq_file *seq = context->meta->seq;
	struct task_struct *t = context->task, *leader, *reader;
	struct iterator_thread to = {};
	unsigned level;

	if (!t)
		return 0;
	reader = (void *)bpf_get_current_task();
	level = BPF_CORE_READ(reader, thread_pid, level);
	leader = BPF_CORE_READ(t, group_leader);
	if (number(leader, level) != target)
		return 0;
	to.tid = number(t, level);
	if (!to.tid)
		return 0; /* it has ended */
	to.blocked = t->blocked.sig[0];
	to.pending = t->pending.signal.sig[0];
	to.alt_base = t->sas_ss_sp;
	to.alt_size = t->sas_ss_size;
	to.alt_flags = t->sas_ss_flags;
	bpf_core_read(to.name, sizeof to.name, &t->comm);
	if (bpf_core_field_exists(t->thread.fsbase))
		to.tls = BPF_CORE_READ(t, thread.fsbase);
	registers(t, &to);
	if (t == leader && BPF_CORE_READ(t, sighand))
		to.has |= ITERATOR_PROCESS;
	bpf_seq_write(seq, &to, sizeof to);
	if (to.has & ITERATOR_PROCESS)
		process(seq, t);
	return 0;
}
