/* Signals that are sent and delivered, processes that stop: a part of
   trace.bpf.c.  Raw tracepoints: those run inside interrupts, too, and tell all
   of siginfo.  Runs in the kernel. */
#ifndef SIGPACT_SIGNALS_BPF_H
#define SIGPACT_SIGNALS_BPF_H

#include "ring.bpf.h"

enum { CONT = 18, STOP = 19, TTOU = 22 };
enum { USER = 0, QUEUE = -1, TKILL = -6, KERNEL = 0x80 };

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
SEC("tp_btf/signal_generate")
int generated(const __u64 *arg)
{
	struct kernel_siginfo *info = (void *)arg[1];
	struct task_struct *t = (void *)arg[2];
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 process = (__u32)t->tgid;
	int by = traced(ids >> 32), to = traced(process), code;
	struct sigpact__event *e;

	if (!to && !by)
		return 0;
	code = code_of(info);
	if (!to && code != USER && code != QUEUE && code != TKILL)
		return 0;
	e = begin_current(EVENT_HEAD(generated), EVENT_GENERATED, ids);
	if (e) {
		e->generated.sig = (__s32)arg[0];
		e->generated.code = code;
		e->generated.to_pid = process_of(t);
		e->generated.to_tid = thread_of(t);
		e->generated.group = !!arg[3];
		e->generated.outcome = (__u32)arg[4];
		submit(e);
	}
	if (to && (__s32)arg[0] == CONT)
		goes_on(t, process);
	return 0;
}

/* What the return from the handler restores: not the mask of rt_sigsuspend and
   its like. */
static __always_inline __u64 mask(struct task_struct *t)
{
	if (bpf_core_field_exists(t->restore_sigmask) &&
	    BPF_CORE_READ_BITFIELD(t, restore_sigmask))
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

SEC("tp_btf/signal_deliver")
int delivered(const __u64 *arg)
{
	struct k_sigaction *k = (void *)arg[2];
	__u64 ids = bpf_get_current_pid_tgid();
	struct sigpact__delivered *d;
	struct task_struct *t;
	struct sigpact__event *e;
	struct pt_regs *regs;
	__u64 handler;
	int sig = (int)arg[0];

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
	d->code = code_of((void *)arg[1]);
	read_info(d, (void *)arg[1]);
	handler = (__u64)k->sa.sa_handler;
	d->handler = handler;
	d->flags = k->sa.sa_flags;
	d->action_mask = k->sa.sa_mask.sig[0];
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

#endif
