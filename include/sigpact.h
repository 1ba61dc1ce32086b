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

#if defined __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
