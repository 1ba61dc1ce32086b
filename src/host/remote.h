/* System calls and short functions run by a thread of another process, by
   ptrace.  A thread that is let go finds its registers, mask, memory and the
   system call it was in as they were: signals that came meanwhile are
   delivered afterwards, an interrupted call restarts.  Normal context. */
#ifndef SIGPACT_REMOTE_H
#define SIGPACT_REMOTE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct sigpact__remote {
	pid_t pid, tid;
	struct user_regs_struct regs;	/* as it was stopped */
	uint64_t mask;			/* as it was stopped */
	int group_stopped;		/* SIGSTOP, job control: left so */
	uint64_t held_since;		/* CLOCK_MONOTONIC, ns */
	uintptr_t syscall;		/* address of a syscall instruction */
	int calls;			/* made so far: registers are changed */
};

/* Holds a thread.  0; -ESRCH: gone; -EPERM: not allowed, or someone else
   traces it; -EBUSY: it did not stop within timeout_ms (uninterruptible
   sleep); -ENOEXEC: a 32-bit process.  Nothing is held on failure. */
int sigpact__remote_hold(struct sigpact__remote *, pid_t pid, pid_t tid,
			 unsigned timeout_ms);
/* One system call by the held thread; its result, -errno as the kernel gave
   it, in *result.  0; -ESRCH: it died meanwhile; -EACCES: a seccomp filter
   stands before it; -ENOEXEC: no syscall instruction was found. */
int sigpact__remote_call(struct sigpact__remote *, long number,
			 const long arguments[6], long *result);
/* A function of the target, on the held thread's stack below the red zone,
   all signals blocked: up to three arguments.  -EFAULT: it faulted and was
   left again; -ETIMEDOUT: it did not return within timeout_ms, and was left
   again. */
int sigpact__remote_function(struct sigpact__remote *, uintptr_t function,
			     const long arguments[3], unsigned timeout_ms,
			     long *result);
/* The 64 actions, in one stop of the thread (a blob that loops over
   rt_sigaction), struct sigpact__act [0] not used. */
struct sigpact__act;
int sigpact__remote_actions(struct sigpact__remote *,
			    struct sigpact__act actions[65]);
/* Memory that a held thread's calls may use: below the red zone of its stack,
   saved and put back by release. */
uintptr_t sigpact__remote_scratch(struct sigpact__remote *, size_t size);
/* Lets it go as it was. */
void sigpact__remote_release(struct sigpact__remote *);

/* Without holding anything: bytes copied, or -errno. */
long sigpact__remote_read(pid_t, uintptr_t from, void *to, size_t size);
long sigpact__remote_write(pid_t, uintptr_t to, const void *from, size_t size);

#endif
