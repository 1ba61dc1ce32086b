/* pthread_create(3) and thrd_create(3), interposed: a new thread learns its
   native stack before any signal needs it. */
#include "core.h"
#include "preload.h"

#include <errno.h>
#include <stdlib.h>

struct start {
	union {
		void *(*posix)(void *);
		thrd_start_t c11;
	} run;
	void *argument;
	int loading;
};

static struct start *prepare(void *argument)
{
	struct start *s = malloc(sizeof *s);

	if (s) {
		s->argument = argument;
		s->loading = sigpact__loading();
	}
	return s;
}

/* First thing in the new thread. */
static struct start arrive(void *p)
{
	struct start s = *(struct start *)p;

	free(p);
	sigpact__self()->loading_child = (uint32_t)s.loading;
	sigpact__stack_learn();
	if (*sigpact__rules.reporter)
		sigpact__altstack_spare();
	return s;
}

static void *begin(void *p)
{
	struct start s = arrive(p);

	return s.run.posix(s.argument);
}

static int begin_c11(void *p)
{
	struct start s = arrive(p);

	return s.run.c11(s.argument);
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
	s = prepare(argument);
	if (!s)
		return EAGAIN;
	s->run.posix = run;
	e = sigpact__next.pthread_create(thread, attr, begin, s);
	if (e)
		free(s);
	return e;
}

PUBLIC int thrd_create(thrd_t *thread, thrd_start_t run, void *argument)
{
	struct start *s;
	int e;

	if (!sigpact__next.thrd_create)
		sigpact__next_find();
	if (!sigpact__active)
		return sigpact__next.thrd_create(thread, run, argument);
	s = prepare(argument);
	if (!s)
		return thrd_nomem;
	s->run.c11 = run;
	e = sigpact__next.thrd_create(thread, begin_c11, s);
	if (e != thrd_success)
		free(s);
	return e;
}
