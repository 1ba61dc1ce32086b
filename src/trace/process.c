/* The processes and threads that events tell of: trees by number.  Tracer's
   context. */
#include "process.h"
#include "proc.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int by_pid(const void *a, const void *b)
{
	const struct sigpact__traced_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_tid(const void *a, const void *b)
{
	const struct sigpact__traced_thread *x = a, *y = b;

	return (x->task.tid > y->task.tid) - (x->task.tid < y->task.tid);
}

static void *get(void **tree, const void *key,
		 int order(const void *, const void *))
{
	void **node = tfind(key, tree, order);

	return node ? *node : NULL;
}

static void *add(void **tree, void *what,
		 int order(const void *, const void *))
{
	if (what && tsearch(what, tree, order))
		return what;
	free(what);
	return NULL;
}

struct sigpact__traced_process *sigpact__process_get(
	struct sigpact__processes *all, pid_t pid, int make)
{
	struct sigpact__traced_process key = { .pid = pid }, *p;

	p = get(&all->process, &key, by_pid);
	if (p || !make)
		return p;
	p = calloc(1, sizeof *p);
	if (p)
		p->pid = pid;
	return add(&all->process, p, by_pid);
}

struct sigpact__traced_thread *sigpact__thread_get(
	struct sigpact__processes *all, pid_t pid, pid_t tid, int make)
{
	struct sigpact__traced_thread key = { .task = { .tid = tid } }, *t;
	struct sigpact__traced_process *p;

	t = get(&all->thread, &key, by_tid);
	if (t || !make)
		return t;
	p = sigpact__process_get(all, pid, 1);
	t = p ? calloc(1, sizeof *t) : NULL;
	if (t) {
		t->task.tid = tid;
		t->process = p;
	}
	t = add(&all->thread, t, by_tid);
	p->threads += t != NULL;
	return t;
}

static void unmap(struct sigpact__traced_process *p)
{
	struct sigpact__mapped *m = p->mapped;

	p->mapped = NULL;
	if (!m || --m->users)
		return;
	sigpact__proc_maps_free(m->record.map, m->record.map_count);
	free(m);
}

static void free_process(void *process)
{
	unmap(process);
	free(process);
}

static void free_thread(void *thread)
{
	struct sigpact__traced_thread *t = thread;
	struct sigpact__storm *s;

	while ((s = t->storm)) {
		t->storm = s->next;
		free(s);
	}
	free(t->entry);
	free(t);
}

void sigpact__thread_end(struct sigpact__processes *all,
			 struct sigpact__traced_thread *t)
{
	struct sigpact__traced_process *p = t->process;

	tdelete(t, &all->thread, by_tid);
	free_thread(t);
	if (--p->threads)
		return;
	tdelete(p, &all->process, by_pid);
	free_process(p);
}

void sigpact__processes_free(struct sigpact__processes *all)
{
	tdestroy(all->thread, free_thread);
	tdestroy(all->process, free_process);
	all->thread = all->process = NULL;
}

struct each {
	void (*call)(struct sigpact__traced_thread *, void *);
	void *context;
};

static void visit(const void *node, VISIT when, void *closure)
{
	struct each *each = closure;

	if (when == postorder || when == leaf)
		each->call(*(struct sigpact__traced_thread **)(uintptr_t)node,
			   each->context);
}

void sigpact__threads_each(struct sigpact__processes *all,
			   void (*call)(struct sigpact__traced_thread *, void *),
			   void *context)
{
	struct each each = { call, context };

	twalk_r(all->thread, visit, &each);
}

void sigpact__process_inherit(struct sigpact__traced_process *p,
			      const struct sigpact__traced_process *parent)
{
	memcpy(p->name, parent->name, sizeof p->name);
	memcpy(p->action, parent->action, sizeof p->action);
	memcpy(p->onstack_by, parent->onstack_by, sizeof p->onstack_by);
	p->onstack_owner = parent->onstack_owner;
	p->known = parent->known;
	p->mapped = parent->mapped;
	if (p->mapped)
		p->mapped->users++;
}

/* What was caught is at its default, what was ignored stays so. */
void sigpact__process_exec(struct sigpact__traced_process *p)
{
	int sig;

	if (!p->mapped_now)
		unmap(p);
	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		p->action[sig] = (struct sigpact__act){
			.handler = p->action[sig].handler == 1 };
	memset(p->onstack_by, 0, sizeof p->onstack_by);
	memset(p->unmapped, 0, sizeof p->unmapped);
	p->onstack_owner = p->found = 0;
}

int sigpact__process_map(struct sigpact__traced_process *p,
			 const struct sigpact__map *map, size_t count)
{
	struct sigpact__mapped *m = calloc(1, sizeof *m);
	size_t i;

	if (m)
		m->record.map = calloc(count + 1, sizeof *m->record.map);
	if (!m || !m->record.map) {
		free(m);
		return -ENOMEM;
	}
	m->users = 1;
	m->record.pid = p->pid;
	for (i = 0; i < count; i++) {
		m->record.map[i] = map[i];
		m->record.map[i].path = strdup(map[i].path);
		if (!m->record.map[i].path)
			break;
	}
	m->record.map_count = i;
	unmap(p);
	p->mapped = m;
	p->mapped_now = 1;
	return i < count ? -ENOMEM : 0;
}
