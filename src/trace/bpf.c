/* Events by BPF: loads the program of trace.bpf.c, says whom it traces, empties
   its ring.  What is traced is never stopped.  Tracer's context. */
#include "bpf.h"
#include "source.h"
#include "trace.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TYPES "/sys/kernel/btf/vmlinux"
enum {
	URGENT = -10,		/* nice(2) */
	TICK = 20,		/* ms: no event waits longer for a reader */
	BATCH = 1 << 16,	/* events, between two looks at the world */
	ALL_NUMBERS = 1 << 22	/* Linux has no more */
};
static const ino_t first_namespace = 0xeffffffc;

struct sigpact__source {
	struct sigpact__traced *traced;
	struct trace_bpf *program;
	volatile struct bpf_shared *shared;
	struct ring_buffer *ring;
	struct bpf_links links;
	struct bpf_command command;
	int epoll;
	int more;		/* the ring was left with events in it */
	int nice;		/* of this thread, before */
	uint64_t missed;	/* as counted at the end */
	unsigned taken;
	sigpact__event_sink *sink;
	void *sink_arg;
};

__u32 sigpact__bpf_ring_size;

static int refuse(int e, char why[256])
{
	if (e == -ENOMEM)
		snprintf(why, 256, "no memory for the ring of events");
	else if (e == -EPERM || e == -EACCES)
		snprintf(why, 256, "BPF is not allowed to this user: it takes "
			 "root, or CAP_BPF and CAP_PERFMON");
	else if (access(TYPES, R_OK))
		snprintf(why, 256, "no BPF: this kernel has no " TYPES
			 " (CONFIG_DEBUG_INFO_BTF)");
	else
		snprintf(why, 256, "this kernel refused the BPF program, which "
			 "takes Linux 5.15: %s", strerror(-e));
	return e == -ENOMEM			? e
	       : e == -EPERM || e == -EACCES	? -EPERM
						: -ENOSYS;
}

static int is_first_namespace(void)
{
	struct stat where;

	return !stat("/proc/self/ns/pid", &where) &&
	       where.st_ino == first_namespace;
}

/* How many numbers there are for threads, to the kernel. */
static __u32 numbers(void)
{
	unsigned n = 0;
	FILE *f;

	f = fopen("/proc/sys/kernel/pid_max", "re");
	if (f && fscanf(f, "%u", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n && n < ALL_NUMBERS ? n + 1 : ALL_NUMBERS;
}

static int load(struct sigpact__source *s, char why[256])
{
	struct trace_bpf *p;
	int e;

	libbpf_set_print(NULL);
	p = s->program = trace_bpf__open();
	if (!p)
		return refuse(-errno, why);
	bpf_program__set_autoload(p->progs.exit_rt_sigreturn, false);
	if (is_first_namespace()) {
		bpf_map__set_max_entries(p->maps.words, numbers());
	} else {
		bpf_map__set_max_entries(p->maps.words, ALL_NUMBERS);
		bpf_map__set_max_entries(p->maps.numbers, ALL_NUMBERS);
	}
	if (sigpact__bpf_ring_size)
		bpf_map__set_max_entries(p->maps.ring, sigpact__bpf_ring_size);
	e = trace_bpf__load(p);
	if (e)
		return refuse(e, why);
	s->shared = &p->bss->shared;
	return 0;
}

static int take(void *arg, void *data, size_t size)
{
	struct sigpact__source *s = arg;

	if (s->sink)
		s->sink(s->sink_arg, data);
	if (++s->taken < BATCH)
		return 0;
	s->more = 1;
	return -EAGAIN;
}

/* epoll says when the program wakes, not when there is something: with little in
   it, the ring is let be for a tick. */
static int listen(struct sigpact__source *s, char why[256])
{
	struct epoll_event wakes = { .events = EPOLLIN | EPOLLET };
	int fd = bpf_map__fd(s->program->maps.ring);

	s->ring = ring_buffer__new(fd, take, s, NULL);
	if (!s->ring)
		return refuse(-errno, why);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &wakes))
		return refuse(-errno, why);
	return 0;
}

/* From now on it is traced, as are the threads that it has. */
static int find(struct sigpact__source *s, pid_t pid, char why[256])
{
	struct bpf_link *link;
	char buffer[64];
	ssize_t n;
	int fd, e;

	s->shared->target = pid;
	s->shared->is_child = s->command.pid > 0;
	link = bpf_program__attach_iter(s->program->progs.found, NULL);
	if (!link)
		return refuse(-errno, why);
	fd = bpf_iter_create(bpf_link__fd(link));
	e = fd < 0 ? -errno : 0;
	do /* it writes nothing, and may be interrupted */
		n = e ? 0 : read(fd, buffer, sizeof buffer);
	while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	if (!e && n)
		e = -errno;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	if (e)
		return refuse(e, why);
	if (s->shared->found)
		return 0;
	snprintf(why, 256, "no process %d", pid);
	return -ESRCH;
}

/* Who reads late loses events.  The command does not inherit it. */
static void hurry(struct sigpact__source *s)
{
	s->nice = getpriority(PRIO_PROCESS, 0);
	if (s->nice > URGENT)
		setpriority(PRIO_PROCESS, 0, URGENT);
}

static void destroy(struct sigpact__source *s)
{
	if (s->nice > URGENT)
		setpriority(PRIO_PROCESS, 0, s->nice);
	sigpact__bpf_detach(&s->links);
	if (s->ring)
		ring_buffer__free(s->ring);
	if (s->epoll >= 0)
		close(s->epoll);
	trace_bpf__destroy(s->program);
	free(s);
}

static int prepare(struct sigpact__source *s, char why[256])
{
	struct sigpact__traced *traced = s->traced;
	int e;

	e = load(s, why);
	if (!e)
		e = sigpact__bpf_attach(s->program->obj, &s->links, why);
	if (!e)
		e = listen(s, why);
	if (e || traced->pid)
		return e ? e : find(s, traced->pid, why);
	e = sigpact__bpf_command(&s->command, traced->command, why);
	if (e)
		return e;
	e = find(s, s->command.pid, why);
	if (e) {
		sigpact__bpf_command_drop(&s->command);
		return e;
	}
	return sigpact__bpf_command_go(&s->command, traced->command[0], why);
}

static int open_bpf(struct sigpact__traced *traced,
		    struct sigpact__source **out, char why[256])
{
	struct sigpact__source *s = calloc(1, sizeof *s);
	int e;

	*why = 0;
	if (!s)
		return refuse(-ENOMEM, why);
	s->traced = traced;
	s->epoll = s->command.end = -1;
	s->nice = URGENT;
	traced->command_status = -1;
	e = prepare(s, why);
	if (e)
		destroy(s);
	if (e)
		return e;
	hurry(s);
	*out = s;
	return 0;
}

static void tell(struct sigpact__source *s, uint64_t lost)
{
	struct sigpact__event e = { .size = EVENT_HEAD(lost),
				    .kind = EVENT_LOST,
				    .lost.count = lost };
	struct timespec now;

	if (!lost)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	e.time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	s->taken++;
	if (s->sink)
		s->sink(s->sink_arg, &e);
}

/* Losses after which no event came to tell of them. */
static void tell_lost(struct sigpact__source *s)
{
	uint64_t lost = 0;
	int cpu;

	for (cpu = 0; cpu < BPF_CPUS; cpu++)
		if (s->shared->cpu[cpu].untold)
			lost += __atomic_exchange_n(
				&s->shared->cpu[cpu].untold, 0,
				__ATOMIC_SEQ_CST);
	tell(s, lost);
}

/* A program is not run while its CPU is in a bpf(2) call that must not be
   disturbed, and another process was let in between.  The kernel counts that,
   and does not tell in whose call: those of what is not traced are among
   them. */
static void tell_missed(struct sigpact__source *s)
{
	struct bpf_program *p;
	uint64_t missed = 0;

	bpf_object__for_each_program(p, s->program->obj) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof info;

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &size))
			missed += info.recursion_misses;
	}
	if (missed > s->missed)
		tell(s, missed - s->missed);
	s->missed = missed;
}

static int drain(struct sigpact__source *s)
{
	s->taken = 0;
	s->more = 0;
	ring_buffer__consume(s->ring);
	if (!s->taken)
		tell_lost(s);
	return (int)s->taken;
}

/* All ended, and the command's status is known. */
static int is_over(struct sigpact__source *s)
{
	int status = 0;

	if (s->shared->alive)
		return 0;
	if (!s->command.pid)
		return 1;
	if (!waitpid(s->command.pid, &status, WNOHANG))
		return 0;
	s->traced->command_status = status;
	s->command.pid = 0;
	return 1;
}

/* Up to a tick of the time that is left. */
static int rest(struct sigpact__source *s, unsigned *left)
{
	int ms = *left < TICK ? (int)*left : TICK, n;
	struct epoll_event woken;

	s->shared->asleep = 1;
	n = epoll_wait(s->epoll, &woken, 1, ms);
	s->shared->asleep = 0;
	if (n < 0)
		return -errno;
	*left -= (unsigned)ms;
	return 0;
}

static int next_bpf(struct sigpact__source *s, unsigned timeout_ms,
		    sigpact__event_sink *sink, void *arg)
{
	unsigned left = timeout_ms;
	int n, e, over;

	s->sink = sink;
	s->sink_arg = arg;
	for (;;) {
		e = s->more || !left ? 0 : rest(s, &left);
		if (e)
			return e;
		over = is_over(s);
		n = drain(s);
		if (over && !n) {
			tell_missed(s);
			n = (int)s->taken;
		}
		if (n || over || !left)
			return n ? n : over ? -ECHILD : 0;
	}
}

static uint64_t lost_bpf(const struct sigpact__source *s)
{
	uint64_t lost = s->missed;
	int cpu;

	for (cpu = 0; cpu < BPF_CPUS; cpu++)
		lost += s->shared->cpu[cpu].lost;
	return lost;
}

static void close_bpf(struct sigpact__source *s, sigpact__event_sink *sink,
		      void *arg)
{
	s->shared->closed = 1;
	s->sink = sink;
	s->sink_arg = arg;
	while (drain(s))
		;
	tell_missed(s);
	destroy(s);
}

const struct sigpact__source_kind sigpact__source_bpf = {
	.name = "bpf",
	.sees = SOURCE_GENERATED,
	.open = open_bpf,
	.next = next_bpf,
	.lost = lost_bpf,
	.close = close_bpf,
};
