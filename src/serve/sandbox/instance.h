/* A sandbox from inside: what the run-time, WASI and the tick share of it. */
#ifndef SIGPACT_INSTANCE_H
#define SIGPACT_INSTANCE_H

#include "abi.h"
#include "sandbox.h"

#include <sigpact.h>

#include <stddef.h>
#include <stdint.h>

enum {
	PAGE = 4096,
	WASM_PAGE = 65536,
	GUARD = 65536,		/* below a stack */
	HOST_STACK = 24 << 10,	/* what a host call wants of it */
	LOG_LINE = 1024,
	LOG_MOST = 64 << 10	/* bytes that a call may log */
};

/* One mapping's worth of address space: guard, stack, linear memory, and beyond
   what the memory has now all that an instruction could reach.  The stack and
   the memory are one mapping; the rest joins the next reservation's guard. */
struct memory {
	char *map;
	size_t size;		/* of all */
	char *stack, *data;	/* data is also the stack's end */
	size_t initial, now, most; /* bytes of linear memory */
};

/* What a memory starts with, from the first page that is not zero to the last. */
struct image {
	char *bytes;
	size_t at, size;
};

struct sandbox {
	/* read by the tick */
	uint32_t in_host;	/* the module's own code does not run */
	uint32_t pending;	/* … and a tick came meanwhile */
	struct sigpact_domain *domain;
	const struct sigpact_module *module;
	struct sandbox_pool *pool;
	struct sandbox *next;	/* idle */
	struct memory memory;
	void *instance, *pristine; /* the module's own structure */
	wasm_rt_memory_t *linear;  /* … in it */
	wasm_rt_funcref_t *table, *table_pristine;
	size_t table_size;	/* bytes */
	struct sandbox_call call;
	size_t read;		/* bytes of the input */
	char *output;
	size_t output_size, output_room;
	char line[LOG_LINE];	/* of stderr, so far */
	size_t line_size, logged;
	enum trap trap;
	int exited, status;
	int used;		/* ran since it was taken */
};

struct sandbox_pool {
	struct module *module;
	const struct sigpact_module *facts;
	struct sandbox_options options;
	sigset_t mask;
	struct sandbox *idle;
	struct sandbox_counts counts;
	int closed;		/* goes with its last sandbox */
	int pagemap;		/* sigpact__memory_pagemap */
	struct image image;	/* the same for each sandbox */
};

/* module.c */
const struct sigpact_module *sigpact__module_facts(const struct module *);

/* tick.c: the sandbox that runs in this thread, or NULL.  Any context: no call
   for its address. */
#define SANDBOX_TLS __attribute__((tls_model("initial-exec")))
extern __thread struct sandbox *sigpact__sandbox SANDBOX_TLS;

/* instantiate.c */
int sigpact__sandbox_make(struct sandbox_pool *, struct sandbox **);
void sigpact__sandbox_free(struct sandbox *);

/* memory.c: /proc/self/pagemap, the process's own to keep, or -1 */
int sigpact__memory_pagemap(void);
/* 0 or -ENOMEM */
int sigpact__memory_reserve(struct memory *, uint64_t reach, size_t stack,
			    size_t most);
void sigpact__memory_release(struct memory *);
int sigpact__memory_grow(struct memory *, size_t size); /* to this many bytes */
int sigpact__memory_image(struct memory *, struct image *);
/* As it started, without what was grown; pagemap: what sigpact__memory_pagemap
 * gave. */
int sigpact__memory_reset(struct memory *, const struct image *, int pagemap);

/* runtime.c: what a module calls */
extern const struct sigpact_host sigpact__sandbox_host;
/* Ends the sandbox that calls it, from a host call of its. */
__attribute__((noreturn)) void sigpact__sandbox_end(struct sandbox *,
						    enum trap);
/* Around each host call.  Inside nothing is preempted, and there are HOST_STACK
   bytes of stack. */
void sigpact__host_enter(struct sandbox *);
void sigpact__host_leave(struct sandbox *);

/* output.c: what a sandbox writes */
void sigpact__output_add(struct sandbox *, const void *bytes, size_t size);
void sigpact__output_log(struct sandbox *, const char *bytes, size_t size);
void sigpact__output_log_end(struct sandbox *);

#endif
