/* Sandboxes that wait for a request, each as its module starts.  A pool is its
   worker's alone: nothing is locked.  Normal context. */
#include "instance.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_DEFAULT (512ul << 10)
#define STACK_LEAST (64ul << 10)
#define STACK_MOST (1ul << 30)
#define MEMORY_DEFAULT (64ul << 20)
#define MEMORY_MOST ((4ul << 30) - WASM_PAGE)
#define OUTPUT_DEFAULT (8ul << 20)
#define OUTPUT_KEPT (64ul << 10) /* for the next request */
enum { IDLE_DEFAULT = 64 };

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
	int e = sigpact__sandbox_make(p, &s);

	if (!e)
		e = sigpact__memory_image(&s->memory, &p->image);
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

int sigpact__sandbox_pool_create(struct module *module,
				 const struct sandbox_options *options,
				 struct sandbox_pool **pool,
				 char why[SANDBOX_WHY])
{
	struct sandbox_pool *p = calloc(1, sizeof *p);
	int e;

	if (!p)
		return -ENOMEM;
	if (options)
		p->options = *options;
	p->module = sigpact__module_hold(module);
	p->facts = sigpact__module_facts(module);
	p->pagemap = sigpact__memory_pagemap();
	sigprocmask(SIG_BLOCK, NULL, &p->mask);
	e = options_take(&p->options, why);
	if (!e)
		e = first(p, why);
	if (e)
		sigpact__sandbox_pool_destroy(p);
	else
		*pool = p;
	return e;
}

static void pool_free(struct sandbox_pool *p)
{
	sigpact__module_drop(p->module);
	free(p->image.bytes);
	free(p);
}

void sigpact__sandbox_pool_destroy(struct sandbox_pool *p)
{
	struct sandbox *s;

	if (!p)
		return;
	while ((s = p->idle)) {
		p->idle = s->next;
		sigpact__sandbox_free(s);
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

struct sandbox_counts sigpact__sandbox_pool_counts(const struct sandbox_pool *p)
{
	struct sandbox_counts c = {
		.idle = __atomic_load_n(&p->counts.idle, __ATOMIC_RELAXED),
		.taken = __atomic_load_n(&p->counts.taken, __ATOMIC_RELAXED),
	};

	return c;
}

int sigpact__sandbox_take(struct sandbox_pool *p, struct sandbox **sandbox)
{
	struct sandbox *s = p->idle;
	int e = 0;

	if (s) {
		p->idle = s->next;
		count(p, -1, 1);
	} else {
		e = sigpact__sandbox_make(p, &s);
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
	return sigpact__memory_reset(&s->memory, &s->pool->image,
				     s->pool->pagemap);
}

void sigpact__sandbox_give(struct sandbox *s)
{
	struct sandbox_pool *p;

	if (!s)
		return;
	p = s->pool;
	sigpact_domain_end(s->domain); /* if it is parked */
	if (p->closed || p->counts.idle >= p->options.idle ||
	    (s->used && reset(s))) {
		sigpact__sandbox_free(s);
		count(p, 0, -1);
		if (p->closed && !p->counts.taken)
			pool_free(p);
		return;
	}
	s->next = p->idle;
	p->idle = s;
	count(p, 1, -1);
}
