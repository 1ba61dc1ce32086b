/* The kernel's structs, for programs that run in it: only the fields that are
   read are declared; the loader finds where they lie (CO-RE).  Runs in the
   kernel. */
#ifndef SIGPACT_KERNEL_BPF_H
#define SIGPACT_KERNEL_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)
typedef struct {
	unsigned long sig[1];
} sigset_t;
struct sigaction {
	void *sa_handler;
	unsigned long sa_flags;
	void *sa_restorer;
	sigset_t sa_mask;
};
struct k_sigaction {
	struct sigaction sa;
};
struct sighand_struct {
	struct k_sigaction action[64];
};
struct sigpending {
	sigset_t signal;
};
struct signal_struct {
	struct sigpending shared_pending;
	unsigned int flags;
	int group_exit_code;
};
struct upid {
	int nr;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};
struct thread_struct {
	unsigned long fsbase;
};
struct pt_regs {
	unsigned long r10, bp, dx, si, di, ip, sp;
};
struct task_struct {
	int on_cpu;
	unsigned int flags;
	int pid, tgid;
	int exit_code;
	struct mm_struct *mm;
	struct pid *thread_pid;
	struct task_struct *group_leader;
	struct sighand_struct *sighand;
	struct signal_struct *signal;
	sigset_t blocked, saved_sigmask;
	unsigned int restore_sigmask : 1;
	struct sigpending pending;
	unsigned long sas_ss_sp, sas_ss_size;
	unsigned int sas_ss_flags;
	char comm[16];
	struct thread_struct thread;
};
struct kernel_siginfo {
	int si_signo, si_errno, si_code;
};
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
#pragma clang attribute pop

/* 0: it has no number there. */
static __always_inline int number(struct task_struct *t, unsigned level)
{
	struct pid *pid = BPF_CORE_READ(t, thread_pid);
	struct upid *at;
	int nr = 0;

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	at = __builtin_preserve_access_index(&pid->numbers[0]);
	at = (void *)at + level * bpf_core_type_size(struct upid);
	bpf_core_read(&nr, sizeof nr, &at->nr);
	return nr;
}

#endif
