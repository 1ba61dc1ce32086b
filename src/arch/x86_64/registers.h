/* The registers of a thread of another process, as ptrace has them, set up to
   make it do something.  Normal context; for the commands. */
#ifndef SIGPACT_REGISTERS_H
#define SIGPACT_REGISTERS_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>

/* The kernel's own: restart, or EINTR when a handler runs. */
enum { ERESTARTNOHAND_ = 514 };
enum { REMOTE_AUDIT = 0xc000003e }; /* seccomp's name for this architecture */
enum { REMOTE_RESULT = 80 }; /* rax, where PTRACE_PEEKUSER finds it */
enum { USER32_CS = 0x23, FLAG_TRAP = 0x100, FLAG_DIRECTION = 0x400 };
enum { RED_ZONE = 128 };

static const unsigned char remote_insn[2] = { 0x0f, 0x05 }; /* syscall */

/* remote.S: position-independent; what its labels are for stands there. */
extern const char sigpact__blob[], sigpact__blob_look[],
    sigpact__blob_function[], sigpact__blob_stopped[], sigpact__blob_end[];

static inline int remote_is_32(const struct user_regs_struct *r)
{
	return r->cs == USER32_CS;
}

static inline uintptr_t remote_pc(const struct user_regs_struct *r)
{
	return r->rip;
}

static inline uintptr_t remote_sp(const struct user_regs_struct *r)
{
	return r->rsp;
}

static inline uintptr_t remote_fp(const struct user_regs_struct *r)
{
	return r->rbp;
}

static inline long remote_number(const struct user_regs_struct *r)
{
	return r->orig_rax;
}

static inline uint64_t remote_argument(const struct user_regs_struct *r,
				       unsigned i)
{
	const uint64_t all[6] = { r->rdi, r->rsi, r->rdx,
				  r->r10, r->r8,  r->r9 };

	return all[i];
}

/* At the first instruction of the handler of this signal?  Its context is at
   sp + FRAME_UC. */
static inline int remote_at_handler(const struct user_regs_struct *r, int sig)
{
	return r->rdi == (uint64_t)sig && r->rdx == r->rsp + 8;
}

static inline void remote_set_pc(struct user_regs_struct *r, uintptr_t pc)
{
	r->rip = pc;
}

static inline int remote_in_call(const struct user_regs_struct *r)
{
	return (long)r->orig_rax >= 0;
}

/* Where a syscall instruction is when the thread is in a call. */
static inline uintptr_t remote_insn_guess(const struct user_regs_struct *r)
{
	return remote_in_call(r) ? r->rip - sizeof remote_insn : 0;
}

static inline void remote_set_call(struct user_regs_struct *r, uintptr_t insn,
				   long number, const long a[6])
{
	r->orig_rax = -1; /* not in a call: nothing to restart */
	r->eflags &= ~(FLAG_TRAP | FLAG_DIRECTION);
	r->rip = insn;
	r->rax = number;
	r->rdi = a[0];
	r->rsi = a[1];
	r->rdx = a[2];
	r->r10 = a[3];
	r->r8 = a[4];
	r->r9 = a[5];
}

/* pid and tid as it knows itself, or 0; the signal that it ends by. */
static inline void remote_set_blob(struct user_regs_struct *r, uintptr_t entry,
				   uintptr_t data, pid_t pid, pid_t tid,
				   int sig)
{
	r->orig_rax = -1;
	r->eflags &= ~(FLAG_TRAP | FLAG_DIRECTION);
	r->rip = entry;
	r->rbx = data;
	r->r14 = (uint64_t)sig << 32 | (uint32_t)pid;
	r->r15 = tid;
}

/* After it, for the entry `look`: signals first to end - 1. */
static inline void remote_set_range(struct user_regs_struct *r, unsigned first,
				    unsigned end)
{
	r->rbp = first;
	r->r13 = end;
}

/* After it, for the entry `function`. */
static inline void remote_set_function(struct user_regs_struct *r,
				       uintptr_t function, const long a[3])
{
	r->rsp = (r->rsp - RED_ZONE) & ~15ul;
	r->rax = function;
	r->rdi = a[0];
	r->rsi = a[1];
	r->rdx = a[2];
}

static inline long remote_result(const struct user_regs_struct *r)
{
	return r->rax;
}

/* Calls that fail with EINTR whenever something wakes them, where others say
   that they are to be restarted.  None has done anything by then. */
static inline int remote_fails_awake(long number)
{
	switch (number) {
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_rt_sigtimedwait:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_io_getevents:
	case SYS_io_pgetevents:
	case SYS_io_uring_enter:
	/* sockets with a time limit */
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_write:
	case SYS_writev:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_accept:
	case SYS_accept4:
	case SYS_connect:
		return 1;
	}
	return 0;
}

/* Makes such a call one that is restarted, unless a handler runs.  1: it was
   one. */
static inline int remote_restart(struct user_regs_struct *r)
{
	if (!remote_in_call(r) || (long)r->rax != -EINTR ||
	    !remote_fails_awake(r->orig_rax))
		return 0;
	r->rax = -ERESTARTNOHAND_;
	return 1;
}

#endif
