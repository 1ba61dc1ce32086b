/* pthread_create(3), interposed: a new thread learns its native stack before
   any signal needs it. */
#include "core.h"
#include "host.h"
#include "preload.h"

#include <errno.h>
#include <stdlib.h>

struct start {
	void *(*run)(void *);
	void *argument;
	int loading;
};

static void *begin(void *p)
{
	struct start s = *(struct start *)p;

	free(p);
	sigpact__self()->loading_child = (uint32_t)s.loading;
	sigpact__stack_learn();
	return s.run(s.argument);
}

PUBLIC int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *argument)
{
	struct start *s;
	int e;

	if (!sigpact__next.pthread_create)
		sigpact__next_find();
	if (!sigpact__active)
		return sigpact__next.pthread_create(thread, attr, run,
						    argument);
	s = malloc(sizeof *s);
	if (!s)
		return EAGAIN;
	s->run = run;
	s->argument = argument;
	s->loading = sigpact__loading();
	e = sigpact__next.pthread_create(thread, attr, begin, s);
	if (e)
		free(s);
	return e;
}
