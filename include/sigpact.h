/* sigpact: several runtimes, one process's signals.

   SA_ONSTACK is a flag of the process; an alternate signal stack belongs to a
   thread.  This library lets a thread say "this signal, but not on my
   alternate stack".  Where the kernel can (prctl PR_SET_SIGALTSTACK_EXCLUDE)
   it is asked; elsewhere an entry routine moves the signal's frame to the
   stack that was interrupted, and the handler runs as if SA_ONSTACK had not
   been set.  No flag is taken from anyone.

   Functions return 0 or a positive value, or a negative errno value; errno
   itself is never set and results are untouched on failure.  The last line of
   each comment is in the words of attributes(7).  See sigpact(3). */
#ifndef SIGPACT_H
#define SIGPACT_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h> /* sigset_t, which <signal.h> hides under -std=c11 */

#ifdef __cplusplus
extern "C" {
#endif
#if defined __GNUC__
#pragma GCC visibility push(default)
#endif

/* The prctl(2) options, until upstream assigns some: outside the sequence,
   like PR_SET_PTRACER.  Under `sigpact run` they work on any kernel. */
#define SIGPACT_PR_SET_EXCLUDE 0x53415801	/* prctl(…, sig) */
#define SIGPACT_PR_CLEAR_EXCLUDE 0x53415802	/* prctl(…, sig) */
#define SIGPACT_PR_SET_EXCLUDE_MASK 0x53415803	/* prctl(…, &set, size) */
#define SIGPACT_PR_GET_EXCLUDE_MASK 0x53415804	/* prctl(…, &set, size) */

/* The version of the library, "MAJOR.MINOR.PATCH"; static storage.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
const char *sigpact_version(void);

/* How exclusion is done here. */
enum sigpact_backend {
	SIGPACT_BACKEND_KERNEL = 1,	/* prctl: the kernel delivers so */
	SIGPACT_BACKEND_RELOCATE = 2	/* frames are relocated */
};

/* Returns one of enum sigpact_backend.  The kernel is probed once.
   -ENOSYS: neither is to be had on this architecture or CPU.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_backend_get(void);

/* Excludes signal sig, 1 to 64, from this thread's alternate stack: its
   handler runs on the stack that is interrupted, whether or not SA_ONSTACK is
   set.  Inherited by fork, empty in a new thread, gone after exec.  A signal
   that arrives on the alternate stack stays there.  A thread without an
   alternate stack may call this; it takes effect once it has one.

   The action that is installed for sig is taken over now, and those for
   SIGSEGV and SIGBUS; a later one when libsigpact is linked or preloaded.
   With SIGPACT_BACKEND_RELOCATE a thread that runs code on a stack other
   than its own (a coroutine's) keeps the alternate stack while it does.

   -EINVAL: no such signal, SIGKILL or SIGSTOP.  -ENOSYS: no backend.
   -ENOMEM: this thread's stack could not be learned.  -EBUSY: in a vfork
   child, whose memory is its parent's (SIGPACT_BACKEND_RELOCATE).

   Safety: MT-Safe, AS-Unsafe heap (first call of a thread), AC-Unsafe mem. */
int sigpact_exclude_set(int sig);

/* Takes back sigpact_exclude_set for this thread.  -EINVAL, -EBUSY as
   there.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_exclude_clear(int sig);

/* 1 when this thread excludes sig, 0 when not.  -EINVAL: no such signal.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_exclude_test(int sig);

/* Makes *set the signals that this thread excludes; SIGKILL and SIGSTOP in it
   are ignored.  -EFAULT: set is NULL.  -ENOSYS, -ENOMEM, -EBUSY
   as for sigpact_exclude_set.

   Safety: MT-Safe, AS-Unsafe heap (first call of a thread), AC-Unsafe mem. */
int sigpact_exclude_mask_set(const sigset_t *set);

/* Stores the signals that this thread excludes.  -EFAULT: set is NULL.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_exclude_mask_get(sigset_t *set);

/* Bytes that an alternate stack needs on this CPU for `nesting` frames, 1 to
   64, on top of each other (AT_MINSIGSTKSZ each: 3.3 KiB with AVX-512, 11 KiB
   with AMX) and 16 KiB for their handlers together; whole pages.  -EINVAL:
   nesting is out of range.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
long sigpact_altstack_size(int nesting);

/* Arms an alternate stack of at least size bytes for this thread, 0: what
   four nested frames need, with an inaccessible guard of 64 KiB below it, and
   remembers the one that was armed.  It is given back when the thread exits.

   -EBUSY: this thread has one from this call already.  -EPERM: on the
   alternate stack now.  -ENOMEM: no memory, or size is below what the kernel
   takes.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact_altstack_arm(size_t size);

/* flags of sigpact_altstack_arm_flags */
#define SIGPACT_STACK_LOCKED 1u	/* mlock(2): its pages stay in memory */

/* The same, with flags; 0: as sigpact_altstack_arm.  SIGPACT_STACK_LOCKED: no
   signal frame on it has to wait for a page, which some kernels get wrong
   (sigpact check).  A child of fork has it unlocked.

   -EAGAIN: RLIMIT_MEMLOCK does not allow to lock it.  -EINVAL: flags that there
   are not.  -EBUSY, -EPERM, -ENOMEM as for sigpact_altstack_arm.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact_altstack_arm_flags(size_t size, unsigned flags);

/* Gives back the stack of sigpact_altstack_arm or _arm_flags and arms the one that was
   there before, if any.  -ENOENT: there is none to give back.  -EPERM: on the
   alternate stack now.  When another party armed its own since, that one
   stays.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact_altstack_disarm(void);

/* How deliveries through the entry routine ended, in this process since it
   started.  delivered is the sum of the others and of those left as the
   kernel delivered them. */
struct sigpact_counts {
	uint64_t delivered;
	uint64_t relocated;		/* moved to the native stack */
	uint64_t kept_nested;		/* interrupted the alternate stack */
	uint64_t kept_foreign;		/* … a stack not the thread's own */
	uint64_t kept_room;		/* too little room on the native one */
	uint64_t kept_unknown;		/* this thread's stack is not known */
	uint64_t kept_shadow_stack;	/* a shadow stack is on */
};

/* Stores the counts of sig, 1 to 64; zero for one that is not delivered
   through the entry routine.  A signal that interrupts the routine itself may
   be counted twice.  -EINVAL: no such signal.  -EFAULT: counts is NULL.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_counts_get(int sig, struct sigpact_counts *counts);

/* A fault domain: a function runs on a stack of its own, with a guard below it,
   and a fault in it (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, raised by its own
   instructions) is a result of the call.  What the function held then, memory
   and locks, it holds still: see sigpact_domain_defer.  Domains may be nested;
   one runs in one thread at a time.

   The function must not leave it by longjmp, an exception, pthread_exit or
   pthread_cancel, nor block these signals.  A fault that is not raised on the stack of the domain
   that runs (a handler's, a goroutine's), in a vfork child, or that was sent by
   kill(2), goes to the action that was there before, or kills as it would
   have. */
struct sigpact_domain;

enum sigpact_fault_kind {
	SIGPACT_FAULT_OVERFLOW = 1,	/* the domain's stack is used up */
	SIGPACT_FAULT_GUARD,		/* a pointer hit the guard of a stack */
	SIGPACT_FAULT_NULL,		/* below 64 KiB */
	SIGPACT_FAULT_UNMAPPED,
	SIGPACT_FAULT_PROTECTED,	/* mapped, not for this access */
	SIGPACT_FAULT_GENERAL,		/* the CPU tells no address */
	SIGPACT_FAULT_BUS,		/* past the end of a file, broken memory */
	SIGPACT_FAULT_DIVIDE,		/* by zero, or its result is too large */
	SIGPACT_FAULT_ARITHMETIC,	/* any other SIGFPE */
	SIGPACT_FAULT_ILLEGAL,
	SIGPACT_FAULT_TRAP		/* a breakpoint */
};

struct sigpact_fault {
	int signal;
	int code;		/* si_code */
	enum sigpact_fault_kind kind;
	uintptr_t address;	/* 0: the kernel did not tell */
	uintptr_t pc;
	size_t depth;		/* bytes of the stack in use by then */
};

/* What a kind is, in two or three words; static storage.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
const char *sigpact_fault_name(int kind);

/* Makes a domain with a stack of stack_size bytes, 0: 512 KiB, and a guard of
   guard_size bytes below it, 0: 64 KiB, both in whole pages.  A frame larger
   than the guard passes over it unseen, unless the code is compiled with
   -fstack-clash-protection.  The caller owns *domain.  The stack comes from a
   pool, which keeps up to 32 MiB of stacks warm.

   Takes over the actions of the five signals; those that another party
   installed since the last time, too.  They stay taken over.

   -EFAULT: domain is NULL.  -EINVAL: stack_size is less than 16 KiB, or either
   more than 1 TiB.  -ENOMEM: no memory, or more than 64 actions were met.
   -ENOSYS: not on this architecture or CPU.

   Safety: MT-Safe, AS-Unsafe heap lock, AC-Unsafe mem lock. */
int sigpact_domain_create(size_t stack_size, size_t guard_size,
			  struct sigpact_domain **domain);

/* The same on a stack that the caller gives and keeps until the domain is
   destroyed: guard_size bytes at memory, which it has made inaccessible, and
   stack_size bytes above them, both whole pages.  What lies above the stack is the
   caller's too, a sandbox's memory for one: they share a mapping then.

   -EFAULT: memory or domain is NULL.  -EINVAL: memory is not at the start of a
   page, a size is not of whole pages, there is no guard, stack_size is less than
   16 KiB, or either more than 1 TiB.  -ENOMEM, -ENOSYS as there.

   Safety: MT-Safe, AS-Unsafe heap lock, AC-Unsafe mem lock. */
int sigpact_domain_create_at(void *memory, size_t stack_size,
			     size_t guard_size,
			     struct sigpact_domain **domain);

/* Gives a domain and its stack back; of a parked one the deferred cleanups run
   first.  NULL is no error.  -EBUSY: it runs.

   Safety: MT-Safe, AS-Unsafe heap lock, AC-Unsafe mem lock. */
int sigpact_domain_destroy(struct sigpact_domain *domain);

/* Calls function(argument) in domain.  0: it returned.  A signal's number: a
   fault ended it, and *fault says more, if fault is not NULL; mask, alternate
   stack and floating-point control words are the caller's again.
   SIGPACT_PARKED: it parked; sigpact_domain_resume goes on.

   A thread without an alternate stack is given one (sigpact_altstack_arm).  A
   thread that excludes SIGSEGV from it survives no stack overflow.

   -EFAULT: domain or function is NULL.  -EBUSY: the domain runs, or is parked.
   -EPERM: on the alternate stack now.  -ENOMEM: this thread has no alternate
   stack, and no memory for one.  -ENOSYS: a shadow stack is on.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact_domain_call(struct sigpact_domain *domain,
			void (*function)(void *), void *argument,
			struct sigpact_fault *fault);
#define SIGPACT_PARKED 128 /* no signal has this number */

/* Goes on with a domain that is parked, in any thread; returns as
   sigpact_domain_call.  In another thread the code must not go by what it knew
   of the first one: errno, thread-local variables, what it locked; a tick may
   have come between any two of its instructions, so code that calls domains of
   its own stays in its thread.  -ENOENT: nothing is parked in it.  -EFAULT, -EBUSY,
   -EPERM, -ENOMEM, -ENOSYS as there.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact_domain_resume(struct sigpact_domain *domain,
			  struct sigpact_fault *fault);

/* Ends a domain that is parked: the code on its stack does not go on, its
   deferred cleanups run, and the domain may be called again.  This is how code
   ends its domain without a fault: it leaves word of why, and parks.

   -EFAULT: domain is NULL.  -ENOENT: nothing is parked in it.  -EBUSY: it runs.

   Safety: MT-Safe, AS-Unsafe corrupt, AC-Unsafe corrupt. */
int sigpact_domain_end(struct sigpact_domain *domain);

/* A promise: whoever calls or resumes domain has this mask.  The kernel is not
   asked for it then, which is a tenth of what a fault costs, and many times what
   a park does.  NULL takes it back.  -EFAULT: domain is NULL.  -EBUSY: it runs.

   Safety: MT-Unsafe race:domain, AS-Unsafe race:domain, AC-Safe. */
int sigpact_domain_mask_set(struct sigpact_domain *domain,
			    const sigset_t *mask);

/* The innermost domain that runs in this thread, or NULL.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
struct sigpact_domain *sigpact_domain_current(void);

/* Parks the innermost domain of this thread: who called or resumed it goes on,
   with this thread's mask and alternate stack as they are.  0: it was resumed.
   -EPERM: not on the stack of a domain.

   Safety: MT-Safe, AS-Unsafe corrupt, AC-Unsafe corrupt. */
int sigpact_domain_park(void);

/* For the handler of a signal that preempts: makes the code that it interrupted,
   whose ucontext is given, park its domain once the handler has returned.
   Nothing of that code's state is lost, errno included.  1: it will.  0: it will
   not; no domain was interrupted, or one on its way out, with another mask than
   its caller's, on another stack, in a vfork child, or with too little of its
   own left.

   The handler returns at once after a 1.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_domain_tick(void *ucontext);

/* What is to be done when a fault ends the domain; owned by the caller, who
   keeps it, on the domain's stack for one, until then. */
struct sigpact_cleanup {
	void (*function)(void *);
	void *argument;
	struct sigpact_cleanup *next; /* the library's */
};

/* Lets cleanup->function(cleanup->argument) be called if a fault ends the
   innermost domain of this thread: newest first, by sigpact_domain_call before
   it returns, on the caller's stack, when the domain has ended already.  C has
   no unwinding: a mutex that the function holds stays locked, memory that it
   allocated stays allocated, a structure that it was changing stays as it is,
   unless a cleanup sees to it.  Code that faults inside malloc(3) leaves the
   heap locked, and no cleanup can mend that.  None is called when the function
   returns.

   -EPERM: in no domain.  -EFAULT: cleanup is NULL.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_domain_defer(struct sigpact_cleanup *cleanup);

/* Takes back sigpact_domain_defer, and all that were given later.  -EPERM: in
   no domain.  -ENOENT: the domain does not have it.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_domain_undefer(struct sigpact_cleanup *cleanup);

/* Bytes of the domain's stack that were ever used, in whole pages, by those who
   had this stack from the pool before as well.  -EFAULT: domain is NULL.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
long sigpact_domain_high_water(const struct sigpact_domain *domain);

/* Code with a stack of its own that does not run now.  What it was about to do
   is on that stack. */
struct sigpact_context {
	void *stack_pointer;
};

/* Makes *context about to run function(argument) on the stack of size bytes at
   stack, which stays the caller's, with this thread's floating-point control
   words.  The function must not return.

   -EFAULT: a pointer is NULL.  -EINVAL: size is less than 1024.  -ENOSYS: a
   shadow stack is on, or not on this architecture.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact_context_make(struct sigpact_context *context, void *stack,
			 size_t size, void (*function)(void *),
			 void *argument);

/* Stores where this thread is in *from and goes on where *to is, in a few
   nanoseconds: registers that a function keeps, MXCSR and the x87 control word.
   Mask, alternate stack and errno are the thread's, and stay.  *to is used up;
   a context goes on once.

   Safety: MT-Safe, AS-Unsafe corrupt, AC-Unsafe corrupt. */
void sigpact_context_switch(struct sigpact_context *from,
			    const struct sigpact_context *to);

#if defined __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
