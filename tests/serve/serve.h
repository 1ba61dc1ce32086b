/* What the tests of sandboxes share: a module by its name, a call, two
   threads. */
#ifndef SERVE_H
#define SERVE_H

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "tap.h"
#include "usage.h"

static const char *modules; /* their folder, argv[1] */

static inline struct module *module_named(const char *name)
{
	char path[4096], why[SANDBOX_WHY];
	struct module *m;

	snprintf(path, sizeof path, "%s/%s.wasm", modules, name);
	if (sigpact__module_load(path, &m, why) < 0)
		bail(why);
	return m;
}

static inline struct sandbox_pool *pool_of(struct module *m,
					   const struct sandbox_options *options)
{
	char why[SANDBOX_WHY];
	struct sandbox_pool *p;

	if (sigpact__sandbox_pool_create(m, options, &p, why))
		bail(why);
	return p;
}

/* A pool that is all that refers to its module. */
static inline struct sandbox_pool *pool_named(const char *name)
{
	struct module *m = module_named(name);
	struct sandbox_pool *p = pool_of(m, NULL);

	sigpact__module_drop(m);
	return p;
}

/* What a call came to; the output is copied, and cut. */
struct outcome {
	int state;
	struct sandbox_result result;
	char output[256];
};

static inline struct sandbox *taken_from(struct sandbox_pool *p)
{
	struct sandbox *s;

	if (sigpact__sandbox_take(p, &s))
		bail("no sandbox");
	return s;
}

/* Runs until it ends; parks are gone on from at once. */
static inline struct outcome run_call(struct sandbox_pool *p,
				      const struct sandbox_call *call)
{
	struct sandbox *s = taken_from(p);
	struct outcome o;
	size_t size;

	memset(&o, 0, sizeof o);
	o.state = sigpact__sandbox_run(s, call, &o.result);
	while (o.state == SANDBOX_PARKED)
		o.state = sigpact__sandbox_resume(s, &o.result);
	size = o.result.output_size;
	size = size < sizeof o.output ? size : sizeof o.output - 1;
	if (size)
		memcpy(o.output, o.result.output, size);
	sigpact__sandbox_give(s);
	return o;
}

/* With one argument, or none when it is NULL. */
static inline struct outcome run_with(struct sandbox_pool *p,
				      const char *argument)
{
	const char *argv[] = { "function", argument };
	struct sandbox_call call = { .argv = argv,
				     .argc = argument ? 2 : 1 };

	return run_call(p, &call);
}

static inline int trapped(const struct outcome *o, enum trap trap)
{
	return o->state == SANDBOX_TRAPPED && o->result.trap == trap;
}

static inline void outcome_print(const struct outcome *o)
{
	printf("# state %d, trap %s, status %d, \"%s\"\n", o->state,
	       sigpact__trap_name(o->result.trap), o->result.status, o->output);
}

/* What both threads that run this add up to. */
static inline long in_two_threads(void *(*run)(void *))
{
	pthread_t thread[2];
	long wrong[2];
	int i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, run, &wrong[i]))
			bail("no thread");
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return wrong[0] + wrong[1];
}

#endif
