/* A process by the task iterator of iterator.bpf.c, loaded once and kept: what
   the kernel keeps of its threads and its actions, into a record that has its
   threads from /proc.  Nothing is stopped.  Normal context. */
#include "iterator.h"
#include "iterator.skel.h"
#include "record.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TYPES "/sys/kernel/btf/vmlinux"
#define AUTODISARM (1u << 31)

static struct iterator_bpf *loaded;

__attribute__((format(printf, 2, 0))) static int
quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	return 0;
}

static int refuse(struct sigpact__record *r, int e)
{
	free(r->why_not);
	r->why_not = NULL;
	if (e == -ENOMEM)
		return e;
	if (e == -EPERM || e == -EACCES)
		r->why_not = strdup("BPF is not allowed to this user: it takes "
				    "CAP_BPF and CAP_PERFMON");
	else if (access(TYPES, R_OK))
		r->why_not = strdup("no BPF: this kernel has no " TYPES);
	else if (asprintf(&r->why_not, "this kernel refused the BPF iterator: "
			  "%s", strerror(-e)) < 0)
		r->why_not = NULL;
	return e == -EPERM || e == -EACCES ? -EPERM : -ENOSYS;
}

static int load(void)
{
	int e;

	if (loaded)
		return 0;
	libbpf_set_print(quiet);
	loaded = iterator_bpf__open();
	if (!loaded)
		return -errno;
	e = iterator_bpf__load(loaded);
	if (!e)
		return 0;
	iterator_bpf__destroy(loaded);
	loaded = NULL;
	return e;
}

/* Linux before 6.1 iterates over all processes only, and the program picks. */
static int attach(pid_t pid)
{
	union bpf_iter_link_info which = { .task.pid = (__u32)pid };
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &which,
		    .iter_info_len = sizeof which);
	int program = bpf_program__fd(loaded->progs.thread), link, fd;

	loaded->bss->target = pid;
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	if (link == -E2BIG || link == -EINVAL)
		link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
	if (link < 0)
		return link;
	fd = bpf_iter_create(link);
	close(link);
	return fd;
}

/* All that it tells, kept together, so that the reading takes no longer than
   it must; size or -errno. */
static long read_all(int fd, char **to)
{
	size_t size = 0, room = 1 << 18;
	char *more;
	ssize_t n;

	*to = malloc(room);
	while (*to) {
		n = read(fd, *to + size, room - size);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (!n)
			return (long)size;
		size += n > 0 ? (size_t)n : 0;
		if (size < room)
			continue;
		room *= 2;
		more = realloc(*to, room);
		if (!more)
			break;
		*to = more;
	}
	return -ENOMEM;
}

static int by_tid(const void *key, const void *element)
{
	pid_t a = *(const pid_t *)key;
	pid_t b = ((const struct sigpact__task *)element)->tid;

	return (a > b) - (a < b);
}

/* As sigaltstack(2) tells: the kernel's do_sigaltstack. */
static uint32_t flags(const struct iterator_thread *from)
{
	uint32_t kept = from->alt_flags & AUTODISARM;

	if (!from->alt_size)
		return kept | SS_DISABLE;
	if (!kept && from->has & ITERATOR_REGISTERS &&
	    from->sp > from->alt_base &&
	    from->sp - from->alt_base <= from->alt_size)
		return SS_ONSTACK;
	return kept;
}

static void fill(struct sigpact__task *t, const struct iterator_thread *from)
{
	t->tid = (pid_t)from->tid;
	memcpy(t->name, from->name, sizeof t->name);
	t->name[sizeof t->name - 1] = 0;
	t->blocked = from->blocked;
	t->pending = from->pending;
	t->alt_base = from->alt_base;
	t->alt_size = from->alt_size;
	t->alt_flags = flags(from);
	t->tls = from->tls;
	t->seen = SEEN_MASKS | SEEN_ALTSTACK;
	t->sp = t->pc = 0;
	if (from->has & ITERATOR_REGISTERS) {
		t->sp = from->sp;
		t->pc = from->pc;
		t->seen |= SEEN_REGISTERS;
	}
}

static void actions(struct sigpact__record *r,
		    const struct iterator_process *from)
{
	int sig;

	r->pending = from->pending;
	r->caught = r->ignored = 0;
	for (sig = 1; sig <= 64; sig++) {
		const struct iterator_action *a = &from->action[sig - 1];

		r->action[sig] = (struct sigpact__act){ a->handler, a->flags,
							a->restorer, a->mask };
		if (a->handler == (uintptr_t)SIG_IGN)
			r->ignored |= 1ull << (sig - 1);
		else if (a->handler)
			r->caught |= 1ull << (sig - 1);
	}
	r->have_actions = 1;
}

/* Threads that were born since are added behind the others. */
static int merge(struct sigpact__record *r, const char *at, size_t size)
{
	size_t known = r->task_count, room = known;
	const struct iterator_thread *from;
	struct sigpact__task *t;
	size_t i;

	for (i = 0; i < known; i++)
		r->task[i].seen &= ~(unsigned)SEEN_ALTSTACK;
	while (size >= sizeof *from) {
		from = (const void *)at;
		t = bsearch(&from->tid, r->task, known, sizeof *t, by_tid);
		for (i = known; !t && i < r->task_count; i++)
			if (r->task[i].tid == (pid_t)from->tid)
				t = &r->task[i];
		if (!t && r->task_count == room) {
			room = room * 2 + 16;
			t = realloc(r->task, room * sizeof *t);
			if (!t)
				return -ENOMEM;
			r->task = t;
			t = NULL;
		}
		if (!t) {
			t = memset(&r->task[r->task_count++], 0, sizeof *t);
			t->state = '?';
		}
		fill(t, from);
		at += sizeof *from;
		size -= sizeof *from;
		if (!(from->has & ITERATOR_PROCESS))
			continue;
		if (size < sizeof(struct iterator_process))
			return -EIO;
		actions(r, (const void *)at);
		at += sizeof(struct iterator_process);
		size -= sizeof(struct iterator_process);
	}
	return r->have_actions ? 0 : -ESRCH;
}

/* Threads that ended since. */
static void drop(struct sigpact__record *r)
{
	size_t i, kept = 0;

	for (i = 0; i < r->task_count; i++)
		if (r->task[i].seen & SEEN_ALTSTACK)
			r->task[kept++] = r->task[i];
	r->tasks_missed += r->task_count - kept;
	r->task_count = kept;
}

int sigpact__look_bpf(struct sigpact__record *r)
{
	char *text = NULL;
	int e = load(), fd;
	long size;

	if (e)
		return refuse(r, e);
	fd = attach(r->pid);
	if (fd < 0)
		return refuse(r, fd);
	size = read_all(fd, &text);
	close(fd);
	e = size < 0 ? (int)size : merge(r, text, (size_t)size);
	free(text);
	if (e == -EIO)
		return refuse(r, e);
	if (!e)
		drop(r);
	return e;
}
