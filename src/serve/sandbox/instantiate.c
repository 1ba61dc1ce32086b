/* How a sandbox comes to be: its memory, its domain, an instance of its module, and a
   copy of that as it started.  Normal context; the module's data is laid out on
   the sandbox's own stack. */
#include "instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sigpact__sandbox_free(struct sandbox *s)
{
	sigpact_domain_destroy(s->domain);
	sigpact__memory_release(&s->memory);
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
	int e = sigpact__memory_reserve(&s->memory, p->facts->reach,
					p->options.stack_size,
					p->options.memory_limit);

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

int sigpact__sandbox_make(struct sandbox_pool *p, struct sandbox **sandbox)
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
		sigpact__sandbox_free(s);
	else
		*sandbox = s;
	return e;
}
