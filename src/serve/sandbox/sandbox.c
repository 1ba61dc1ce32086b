/* Sandboxes and their pools: made once, run for a request, given back as they were
   before it.  Normal context, in the worker that owns the pool; the module runs on
   the sandbox's own stack. */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK_DEFAULT (512ul << 10)
#define STACK_LEAST (64ul << 10)
#define STACK_MOST (1ul << 30)
#define MEMORY_DEFAULT (64ul << 20)
#define MEMORY_MOST ((4ul << 30) - WASM_PAGE)
#define OUTPUT_DEFAULT (8ul << 20)
#define OUTPUT_KEPT (64ul << 10) /* for the next request */
enum { IDLE_DEFAULT = 64 };

static void sandbox_free(struct sandbox *s)
{
	sigpact_domain_destroy(s->domain);
	memory_release(&s->memory);
	free(s->instance);
	free(s->pristine);
	free(s->table);
	free(s->table_pristine);
	free(s->output);
	free(s);
}

/* Runs in the domain. */
static void instantiate(void *sandbox)
{
	struct sandbox *s = sandbox;

	s->module->instantiate(s->instance, (SANDBOX)s);
}

static void *copy_of(const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (copy && size)
		memcpy(copy, bytes, size);
	return copy;
}

/* What a sandbox is made as again, time after time. */
static int keep(struct sandbox *s)
{
	s->memory.initial = s->memory.now;
	s->linear = s->module->memory(s->instance);
	s->pristine = copy_of(s->instance, s->module->instance_size);
	if (s->module->flags & MODULE_WRITES_TABLE)
		s->table_pristine = copy_of(s->table, s->table_size);
	if (!s->pristine || (s->module->flags & MODULE_WRITES_TABLE &&
			     !s->table_pristine))
		return -ENOMEM;
	return 0;
}

static int fill(struct sandbox *s, const struct sandbox_pool *p)
{
	int e = memory_reserve(&s->memory, p->facts->reach,
			       p->options.stack_size, p->options.memory_limit);

	if (!e)
		e = sigpact_domain_create_at(s->memory.map,
					     p->options.stack_size, GUARD,
					     &s->domain);
	s->instance = calloc(1, p->facts->instance_size);
	if (e || !s->instance)
		return e ? e : -ENOMEM;
	sigpact_domain_mask_set(s->domain, &p->mask);
	sigpact__sandbox = s;
	e = sigpact_domain_call(s->domain, instantiate, s, NULL);
	sigpact__sandbox = NULL;
	if (e < 0)
		return e;
	if (e == SIGPACT_PARKED)
		sigpact_domain_end(s->domain);
	if (s->memory.initial > s->memory.most)
		return -EINVAL;
	if (e)
		return s->memory.initial > s->memory.now ? -ENOMEM : -ENOEXEC;
	return keep(s);
}

static int sandbox_make(struct sandbox_pool *p, struct sandbox **sandbox)
{
	struct sandbox *s = calloc(1, sizeof *s);
	int e;

	if (!s)
		return -ENOMEM;
	s->pool = p;
	s->module = p->facts;
	s->in_host = 1;
	e = fill(s, p);
	if (e)
		sandbox_free(s);
	else
		*sandbox = s;
	return e;
}

static int refused(char why[SANDBOX_WHY], const char *what)
{
	snprintf(why, SANDBOX_WHY, "%s", what);
	return -EINVAL;
}

static int options_take(struct sandbox_options *o, char why[SANDBOX_WHY])
{
	o->stack_size = o->stack_size ? o->stack_size : STACK_DEFAULT;
	o->memory_limit = o->memory_limit ? o->memory_limit : MEMORY_DEFAULT;
	o->output_limit = o->output_limit ? o->output_limit : OUTPUT_DEFAULT;
	o->idle = o->idle ? o->idle : IDLE_DEFAULT;
	if (o->stack_size < STACK_LEAST || o->stack_size > STACK_MOST)
		return refused(why, "the stack must be of 64 KiB to 1 GiB");
	if (o->memory_limit > MEMORY_MOST)
		return refused(why, "the memory limit must be below 4 GiB");
	o->stack_size = (o->stack_size + PAGE - 1) & ~(PAGE - 1ul);
	return 0;
}

/* The first sandbox, and what the later ones are made as. */
static int first(struct sandbox_pool *p, char why[SANDBOX_WHY])
{
	struct sandbox *s;
	int e = sandbox_make(p, &s);

	if (!e)
		e = memory_image(&s->memory, &p->image);
	if (!e) {
		p->idle = s;
		p->counts.idle = 1;
	} else if (e == -EINVAL)
		snprintf(why, SANDBOX_WHY, "it starts with more memory than "
			 "its limit of %zu bytes", p->options.memory_limit);
	else if (e == -ENOEXEC)
		snprintf(why, SANDBOX_WHY,
			 "its data or table is larger than its memory");
	else
		snprintf(why, SANDBOX_WHY, "no sandbox: %s", strerror(-e));
	return e;
}

int sandbox_pool_create(struct module *module,
			const struct sandbox_options *options,
			struct sandbox_pool **pool, char why[SANDBOX_WHY])
{
	struct sandbox_pool *p = calloc(1, sizeof *p);
	int e;

	if (!p)
		return -ENOMEM;
	if (options)
		p->options = *options;
	p->module = module_hold(module);
	p->facts = module_facts(module);
	p->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	sigprocmask(SIG_BLOCK, NULL, &p->mask);
	e = options_take(&p->options, why);
	if (!e)
		e = first(p, why);
	if (e)
		sandbox_pool_destroy(p);
	else
		*pool = p;
	return e;
}

static void pool_free(struct sandbox_pool *p)
{
	if (p->pagemap >= 0)
		close(p->pagemap);
	module_drop(p->module);
	free(p->image.bytes);
	free(p);
}

void sandbox_pool_destroy(struct sandbox_pool *p)
{
	struct sandbox *s;

	if (!p)
		return;
	while ((s = p->idle)) {
		p->idle = s->next;
		sandbox_free(s);
	}
	p->closed = 1;
	if (!p->counts.taken)
		pool_free(p);
}

static void count(struct sandbox_pool *p, int idle, int taken)
{
	__atomic_store_n(&p->counts.idle, p->counts.idle + (unsigned)idle,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&p->counts.taken, p->counts.taken + (unsigned)taken,
			 __ATOMIC_RELAXED);
}

struct sandbox_counts sandbox_pool_counts(const struct sandbox_pool *p)
{
	struct sandbox_counts c = {
		.idle = __atomic_load_n(&p->counts.idle, __ATOMIC_RELAXED),
		.taken = __atomic_load_n(&p->counts.taken, __ATOMIC_RELAXED),
	};

	return c;
}

int sandbox_take(struct sandbox_pool *p, struct sandbox **sandbox)
{
	struct sandbox *s = p->idle;
	int e = 0;

	if (s) {
		p->idle = s->next;
		count(p, -1, 1);
	} else {
		e = sandbox_make(p, &s);
		if (e)
			return e;
		count(p, 0, 1);
	}
	*sandbox = s;
	return 0;
}

/* As it was before the request. */
static int reset(struct sandbox *s)
{
	memcpy(s->instance, s->pristine, s->module->instance_size);
	if (s->table_pristine)
		memcpy(s->table, s->table_pristine, s->table_size);
	if (s->output_room > OUTPUT_KEPT) {
		free(s->output);
		s->output = NULL;
		s->output_room = 0;
	}
	s->output_size = s->read = s->line_size = s->logged = 0;
	s->trap = TRAP_NONE;
	s->exited = s->status = s->used = 0;
	return memory_reset(&s->memory, &s->pool->image, s->pool->pagemap);
}

void sandbox_give(struct sandbox *s)
{
	struct sandbox_pool *p;

	if (!s)
		return;
	p = s->pool;
	sigpact_domain_end(s->domain); /* if it is parked */
	if (p->closed || p->counts.idle >= p->options.idle ||
	    (s->used && reset(s))) {
		sandbox_free(s);
		count(p, 0, -1);
		if (p->closed && !p->counts.taken)
			pool_free(p);
		return;
	}
	s->next = p->idle;
	p->idle = s;
	count(p, 1, -1);
}

/* Runs in the domain. */
static void start(void *sandbox)
{
	struct sandbox *s = sandbox;

	host_leave(s);
	s->module->start(s->instance);
	__atomic_store_n(&s->in_host, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static enum trap trap_of(const struct sandbox *s, const struct sigpact_fault *f)
{
	if (f->kind == SIGPACT_FAULT_OVERFLOW)
		return TRAP_STACK_OVERFLOW;
	if (s->in_host)
		return TRAP_FAULT;
	if (f->kind == SIGPACT_FAULT_DIVIDE)
		return TRAP_DIVIDE;
	return f->signal == SIGSEGV &&
		       f->address - (uintptr_t)s->memory.data <
			   s->module->reach
		   ? TRAP_OUT_OF_BOUNDS
		   : TRAP_FAULT;
}

/* What a call or resume of the domain came to. */
static int judge(struct sandbox *s, int r, const struct sigpact_fault *fault,
		 struct sandbox_result *result)
{
	if (r < 0)
		return r;
	if (r == SIGPACT_PARKED) {
		if (!s->trap && !s->exited)
			return SANDBOX_PARKED;
		sigpact_domain_end(s->domain);
	}
	memset(result, 0, sizeof *result);
	if (r && r != SIGPACT_PARKED) {
		s->trap = trap_of(s, fault);
		result->depth = fault->depth;
		if (s->trap == TRAP_OUT_OF_BOUNDS)
			result->address =
			    fault->address - (uintptr_t)s->memory.data;
	}
	s->in_host = 1;
	output_log_end(s);
	result->trap = s->trap;
	result->status = s->status;
	result->output = s->output;
	result->output_size = s->output_size;
	return s->trap	   ? SANDBOX_TRAPPED
	       : s->status ? SANDBOX_EXITED
			   : SANDBOX_RETURNED;
}

int sandbox_run(struct sandbox *s, const struct sandbox_call *call,
		struct sandbox_result *result)
{
	struct sigpact_fault fault;
	int r;

	if (s->used)
		return -EBUSY;
	s->used = 1;
	s->pending = 0;
	s->call = *call;
	sigpact__sandbox = s;
	r = sigpact_domain_call(s->domain, start, s, &fault);
	sigpact__sandbox = NULL;
	return judge(s, r, &fault, result);
}

int sandbox_resume(struct sandbox *s, struct sandbox_result *result)
{
	struct sigpact_fault fault;
	int r;

	sigpact__sandbox = s;
	r = sigpact_domain_resume(s->domain, &fault);
	sigpact__sandbox = NULL;
	return judge(s, r, &fault, result);
}
