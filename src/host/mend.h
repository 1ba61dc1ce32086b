/* What `sigpact heal` changes in a live process, each with what it takes to
   undo it.  A change is made only when what stands there is what was expected,
   so that a process that changed meanwhile is left alone.  Normal context. */
#ifndef SIGPACT_MEND_H
#define SIGPACT_MEND_H

#include "record.h"

enum { MEND_HOLD_MS = 2000, MEND_CALL_MS = 10000 };

struct sigpact__remote;
/* remote.h's hold of a thread that has not called exec since it was looked at:
   else -EOWNERDEAD, as from all below. */
int sigpact__mend_hold(struct sigpact__remote *, const struct sigpact__record *,
		       pid_t tid, unsigned timeout_ms);
/* One call by it: its result, or the reason why it was not made. */
int sigpact__mend_call(struct sigpact__remote *, long number, long a, long b,
		       long c, long d);

/* remote.h's scratch, or the reason why there is none: 0 or -errno. */
int sigpact__mend_scratch(struct sigpact__remote *, size_t size, uintptr_t *);

/* sig's action from `from` to `to`, by the first thread that can be held.
   -ESTALE: it was another by then, and still is.  Else as remote.h. */
int sigpact__mend_action(const struct sigpact__record *, int sig,
			 const struct sigpact__act *from,
			 const struct sigpact__act *to);

/* rearm.c: a guarded alternate stack of size bytes for tid in place of the one
   at `from`; its base in *base.  -EBUSY: the thread runs on it now. */
int sigpact__mend_altstack(const struct sigpact__record *, pid_t tid,
			   uint64_t from, uint64_t size, uint64_t *base);
/* Arms what was there before, when `from` still is.  That stays mapped: a frame
   may be anywhere by which it is armed again. */
int sigpact__unmend_altstack(const struct sigpact__record *, pid_t tid,
			     uint64_t from, uint64_t base, uint64_t size,
			     uint32_t flags);

/* Loads the library at path (as the target sees it), by a thread that holds
   no lock of loader or allocator; *why says what was in the way.
   -EAGAIN: no thread is in such a place now.  -ENOTSUP: a program without a
   dlopen.  -ELIBACC: the loader refused it. */
int sigpact__mend_load(const struct sigpact__record *, const char *path,
		       const char **why);
/* Makes mask what tid excludes. */
int sigpact__mend_exclude(const struct sigpact__record *,
			  const struct sigpact__task *, uint64_t mask);

#endif
