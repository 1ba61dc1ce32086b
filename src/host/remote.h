/* System calls and short functions run by a thread of another process, by
   ptrace.  A thread that is let go finds its registers, mask, memory and the
   system call it was in as they were: signals that came meanwhile are
   delivered afterwards, an interrupted call restarts.  Normal context. */
#ifndef SIGPACT_REMOTE_H
#define SIGPACT_REMOTE_H

#include "record.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct sigpact__remote {
	pid_t pid, tid;
	struct user_regs_struct regs;	/* as it was stopped */
	uint64_t mask;			/* as it was stopped */
	int group_stopped;		/* SIGSTOP, job control: left so */
	uint64_t held_since;		/* CLOCK_MONOTONIC, ns: asked to stop */
	uint64_t held_ns;		/* from then until it was let go */
	uintptr_t syscall;		/* address of a syscall instruction; 0:
					   not looked for yet */
	int calls;			/* made so far */

	/* hold.c's, remote.c's and page.c's own */
	int held, prepared, suspended, allowed;
	int named;			/* pid and tid are what it knows too */
	int changed;			/* regs is not what it has */
	int stop;			/* that our code ends by */
	int next_signal;		/* that it gets when it goes on */
	uintptr_t page, memory, free;	/* our code and memory in it, or 0 */
	size_t size;			/* of both */
	int page_kept;
};

/* Holds a thread.  0; -ESRCH: gone; -EPERM: not allowed, or someone else
   traces it; -EBUSY: it did not stop within timeout_ms (uninterruptible
   sleep), ten times that for one that waits for a CPU; -ENOEXEC: a 32-bit
   process.  Nothing is held on failure.  One thread of ours does all this. */
int sigpact__remote_hold(struct sigpact__remote *, pid_t pid, pid_t tid,
			 unsigned timeout_ms);
/* The same in two steps: it is made ours, and runs on; then it is stopped, after
   which it is held, or no longer ours. */
int sigpact__remote_seize(struct sigpact__remote *, pid_t pid, pid_t tid,
			  unsigned timeout_ms);
int sigpact__remote_stop(struct sigpact__remote *, unsigned timeout_ms);
/* One system call by the held thread, which must not wait; its result, -errno
   as the kernel gave it, in *result.  0; -ESRCH: it died meanwhile (or another
   thread called exec); -EACCES: a seccomp filter stands before it; -ENOEXEC: no
   syscall instruction was found. */
int sigpact__remote_call(struct sigpact__remote *, long number,
			 const long arguments[6], long *result);
/* A function of the target, on the held thread's stack below the red zone,
   all signals blocked: up to three arguments.  -EFAULT: it faulted and was
   left again; -ETIMEDOUT: it did not return within timeout_ms, and was left
   again.  When the function waits with a time limit, a timed wait that the
   thread was in fails with EINTR. */
int sigpact__remote_function(struct sigpact__remote *, uintptr_t function,
			     const long arguments[3], unsigned timeout_ms,
			     long *result);
/* Makes it ask for its alternate stack, and for the actions of signals first to
   end - 1, all in one stop; answer reads what it was told, as sigaltstack(2) and
   rt_sigaction tell it ([0] is not used), now or, of a page that is kept, when
   it was released. */
int sigpact__remote_ask(struct sigpact__remote *, unsigned first, unsigned end);
int sigpact__remote_answer(const struct sigpact__remote *, stack_t *,
			   unsigned first, unsigned end,
			   struct sigpact__act actions[65]);
/* Memory that a held thread's calls may use, mapped for it and unmapped by
   release: what lies below a coroutine's stack is other threads'.  0: none; what
   is large is to be asked for first. */
uintptr_t sigpact__remote_scratch(struct sigpact__remote *, size_t size);
/* Lets it go as it was. */
void sigpact__remote_release(struct sigpact__remote *);

/* One mapping for many threads of a process, each ours in its turn: it is kept
   by release and lent to the next one, before that is stopped; who is not told
   to keep it unmaps it.  keep: what to lend, 0 when there is none.  lend: 0, or
   -EFAULT: the process has called exec, and it is no more; when that happens
   between lend and stop, page is 0 from then on. */
int sigpact__remote_map(struct sigpact__remote *);
void sigpact__remote_unmap(struct sigpact__remote *);
uintptr_t sigpact__remote_keep(struct sigpact__remote *);
int sigpact__remote_lend(struct sigpact__remote *, uintptr_t page);

/* Between hold.c, remote.c and page.c.  enter: all signals but those in `open`
   blocked, and these registers; go: on, by this request of ptrace, until a stop
   that is a signal's or a call's, -EBUSY when that takes longer (0: no limit);
   wait: the next one of any kind; leave: as it was. */
int sigpact__remote_enter(struct sigpact__remote *,
			  const struct user_regs_struct *, uint64_t open);
int sigpact__remote_go(struct sigpact__remote *, int request,
		       unsigned timeout_ms, int *status);
int sigpact__remote_wait(struct sigpact__remote *, uint64_t timeout_ns,
			 int *status);
void sigpact__remote_leave(struct sigpact__remote *);
void sigpact__remote_find(struct sigpact__remote *);
int sigpact__remote_gone(struct sigpact__remote *);
int sigpact__remote_status(const struct sigpact__remote *, const char *name);
/* By its file; 0 also when that cannot be read. */
int sigpact__remote_program_is_32(pid_t);

/* Without holding anything: bytes copied, or -errno. */
long sigpact__remote_read(pid_t, uintptr_t from, void *to, size_t size);
long sigpact__remote_write(pid_t, uintptr_t to, const void *from, size_t size);

#endif
