/* Modules and sandboxes: a WebAssembly module becomes native code in a shared
   object (build), the object becomes a module of this process (load), and each
   request runs an instance of it on a stack and in a memory of its own.

   Functions return 0 or a positive value, or a negative errno value; results
   are untouched on failure.  `why` is one line without its end, set on failure.
   Unless a comment says otherwise a pool and its sandboxes belong to the thread
   that made the pool, and nothing is locked. */
#ifndef SIGPACT_SANDBOX_H
#define SIGPACT_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#define SANDBOX_WHY 512 /* enough for any why */

/* build.c */

/* Compiles the WebAssembly file wasm to a shared object: at output, or, when that
   is NULL, in the cache, where a second call finds it: $XDG_CACHE_HOME/sigpact or
   ~/.cache/sigpact, by a hash of the file, of what is compiled with it and of the
   compiler's flags.  Stores the object's path, size bytes at most, in path.  1: it
   is built, and *why is a warning: the module's own stack is not first in its
   memory (-Wl,--stack-first), so that its overflow is not noticed.

   -ENOENT: no such file, no wasm2c or no compiler.  -ENOEXEC: not a WebAssembly
   module.  -ENOTSUP: one that cannot be built (SIMD; imports that are not WASI's,
   each named; no _start).  -EIO: wasm2c or the compiler failed.  Others as from
   open(2), mkdir(2).  *why tells more.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem fd. */
int sigpact__module_build(const char *wasm, const char *output, char *path,
			  size_t size, char why[SANDBOX_WHY]);

/* module.c */

struct module;

/* Loads an object that sigpact__module_build made; for a file that ends in
   .wasm, builds it into the cache first.  The first time comes before the
   process becomes another user, for what its sandboxes need of /proc.  The
   caller has a reference.  1: as sigpact__module_build.

   -ENOENT: no such file.  -ENOEXEC: not an object of sigpact__module_build, or
   one of another version of sigpact.  -ENOTSUP, -EIO as sigpact__module_build.
   -ENOMEM.

   Safety: MT-Safe, AS-Unsafe heap lock, AC-Unsafe mem lock. */
int sigpact__module_load(const char *path, struct module **module,
			 char why[SANDBOX_WHY]);

/* One more reference; returns module.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
struct module *sigpact__module_hold(struct module *module);

/* Drops a reference; the last one unloads the object.  NULL is no error.  A pool
   has one of its own.

   Safety: MT-Safe, AS-Unsafe heap lock, AC-Unsafe mem lock. */
void sigpact__module_drop(struct module *module);

/* sandbox.c, and pool.c for what waits */

/* Why a sandbox ended before its function did. */
enum trap {
	TRAP_NONE,
	TRAP_STACK_OVERFLOW,
	TRAP_OUT_OF_BOUNDS,	/* of the linear memory or a table */
	TRAP_DIVIDE,		/* by zero */
	TRAP_INTEGER_OVERFLOW,
	TRAP_CONVERSION,	/* of NaN to an integer */
	TRAP_UNREACHABLE,
	TRAP_INDIRECT_CALL,	/* of no function, or of one of another type */
	TRAP_OUTPUT_LIMIT,
	TRAP_FAULT,		/* any other fault: a bug in sigpact-serve */
	TRAPS
};

/* As in Sigpact-Trap: "stack-overflow"; static storage.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
const char *sigpact__trap_name(enum trap trap);

struct sandbox_options {	/* 0 in each: the default */
	size_t stack_size;	/* bytes, whole pages, 512 KiB; 64 KiB at least */
	size_t memory_limit;	/* bytes of linear memory, 64 MiB */
	size_t output_limit;	/* bytes, 8 MiB */
	unsigned idle;		/* sandboxes kept for the next request, 64 */
};

struct sandbox_pool;
struct sandbox;

/* Makes a pool of sandboxes of module for the calling thread, whose signal mask
   must be the same whenever one runs.  One sandbox is made at once, so that what
   cannot work is known now.

   -EINVAL: an option is out of range, or the memory limit is less than what the
   module starts with.  -ENOEXEC: the module trapped while it was instantiated.
   -ENOMEM.  -ENOSYS: no domains here.

   Safety: MT-Safe, AS-Unsafe heap lock, AC-Unsafe mem lock. */
int sigpact__sandbox_pool_create(struct module *module,
				 const struct sandbox_options *options,
				 struct sandbox_pool **pool,
				 char why[SANDBOX_WHY]);

/* Gives a pool back.  Of sandboxes that are still taken the memory goes when they
   are given.  NULL is no error.

   Safety: MT-Unsafe race:pool, AS-Unsafe heap lock, AC-Unsafe mem lock. */
void sigpact__sandbox_pool_destroy(struct sandbox_pool *pool);

/* What a pool has, as of a moment ago.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
struct sandbox_counts {
	unsigned idle;		/* waiting to be taken */
	unsigned taken;
};
struct sandbox_counts
sigpact__sandbox_pool_counts(const struct sandbox_pool *pool);

/* A sandbox, as its module starts.  -ENOMEM: also at vm.max_map_count.

   Safety: MT-Unsafe race:pool, AS-Unsafe heap lock, AC-Unsafe mem lock. */
int sigpact__sandbox_take(struct sandbox_pool *pool, struct sandbox **sandbox);

/* Gives a sandbox back; one that is parked ends.  Nothing of what it did is left
   in it.  Its output is gone.  NULL is no error.

   Safety: MT-Unsafe race:pool, AS-Unsafe heap lock, AC-Unsafe mem lock. */
void sigpact__sandbox_give(struct sandbox *sandbox);

/* What a function is called with.  All is the caller's and must stay until the
   sandbox is given back, but for the structure itself. */
struct sandbox_call {
	const char *const *argv;	/* the first is the function's name */
	size_t argc;
	const char *const *environ;	/* NAME=VALUE */
	size_t environ_count;
	const void *input;
	size_t input_size;
	/* Each line of stderr, without its end; on the sandbox's stack, of which
	   16 KiB are left, and never preempted.  May be NULL. */
	void (*log)(void *context, const char *line, size_t size);
	void *context;
};

enum sandbox_state {
	SANDBOX_RETURNED, /* from main, or exit(0) */
	SANDBOX_EXITED,	  /* with a status that is not 0 */
	SANDBOX_TRAPPED,
	SANDBOX_PARKED /* by a tick: sigpact__sandbox_resume, or
			  sigpact__sandbox_give */
};

struct sandbox_result {
	enum trap trap;
	int status;		/* of exit */
	const void *output;	/* until the sandbox is given */
	size_t output_size;
	uintptr_t address;	/* of a trap by a fault, in linear memory */
	size_t depth;		/* … bytes of the stack in use then */
};

/* Runs the module's function, once for each take.  Returns one of enum
   sandbox_state, and *result, which a park does not set.  -ENOMEM: no memory for
   the thread's alternate stack.  -EBUSY: it ran since it was taken.

   Safety: MT-Unsafe race:pool, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact__sandbox_run(struct sandbox *sandbox,
			 const struct sandbox_call *call,
			 struct sandbox_result *result);

/* Goes on with one that is parked, in the same thread; as sigpact__sandbox_run.
   -ENOENT: it is not parked.

   Safety: MT-Unsafe race:pool, AS-Unsafe heap, AC-Unsafe mem. */
int sigpact__sandbox_resume(struct sandbox *sandbox,
			    struct sandbox_result *result);

/* For the handler of the signal that preempts: parks the sandbox that was
   interrupted in this thread, once the handler has returned, which it does at
   once after a 1.  0: not now.  None runs, or too little of its stack is left:
   ask again later.  Inside a host call it is 0 too, and the sandbox parks on its
   way out of that.

   The signal must be blocked in the handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL
   and SIGTRAP; those of sigpact block all.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact__sandbox_tick(void *ucontext);

#endif
