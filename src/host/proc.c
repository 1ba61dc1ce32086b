/* A process from /proc alone, the base of every record.  One descriptor of its
   folder is kept: a process that ends is gone, whoever gets its number next;
   a thread that ends midway is counted and left out.  Normal context. */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int gone(long e)
{
	return e == -ENOENT || e == -ESRCH;
}

/* The kernel says no size, and never more than a page or so at once. */
long sigpact__proc_read(int directory, const char *name, char **text)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC), e = 0;
	size_t size = 0, room = 0;
	ssize_t n = 1;
	char *more;

	*text = NULL;
	if (fd < 0)
		return -errno;
	while (n > 0) {
		if (room - size < 4096) {
			room = room ? room * 2 : 8192;
			more = realloc(*text, room);
			if (!more) {
				e = ENOMEM;
				break;
			}
			*text = more;
		}
		n = read(fd, *text + size, room - size);
		if (n < 0 && errno != EINTR)
			e = errno;
		else if (n < 0)
			n = 1;
		else
			size += (size_t)n;
	}
	close(fd);
	if (!e)
		return (long)size;
	free(*text);
	*text = NULL;
	return -e;
}

int sigpact__proc_status_of(pid_t pid, struct sigpact__proc_status *status)
{
	char path[32], *text;
	long size;
	int e;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size < 0)
		return (int)size;
	e = sigpact__proc_status(text, (size_t)size, status);
	free(text);
	return e;
}

static long read_below(int directory, const char *tid, const char *name,
		       char **text)
{
	char path[NAME_MAX + 16];

	snprintf(path, sizeof path, "%s/%s", tid, name);
	return sigpact__proc_read(directory, path, text);
}

static int identity(int directory, const char *tid,
		    struct sigpact__proc_status *status,
		    struct sigpact__proc_stat *stat)
{
	char *text;
	long size = read_below(directory, tid, "status", &text);
	int e;

	if (size < 0)
		return (int)size;
	e = sigpact__proc_status(text, (size_t)size, status);
	free(text);
	if (e)
		return e;
	size = read_below(directory, tid, "stat", &text);
	if (size < 0)
		return (int)size;
	e = sigpact__proc_stat(text, (size_t)size, stat);
	free(text);
	return e;
}

static int look_thread(int directory, const char *tid,
		       struct sigpact__task *t)
{
	struct sigpact__proc_status status;
	struct sigpact__proc_stat stat;
	int e = identity(directory, tid, &status, &stat);
	char *text;
	long size;

	if (e)
		return e;
	memset(t, 0, sizeof *t);
	t->tid = status.pid;
	memcpy(t->name, stat.name, sizeof t->name);
	t->state = stat.state;
	t->blocked = status.blocked;
	t->pending = status.pending;
	t->seen = SEEN_MASKS;
	size = read_below(directory, tid, "syscall", &text);
	if (size >= 0 &&
	    !sigpact__proc_syscall(text, (size_t)size, &t->sp, &t->pc))
		t->seen |= SEEN_REGISTERS;
	free(text);
	return 0;
}

static int by_tid(const void *a, const void *b)
{
	pid_t x = ((const struct sigpact__task *)a)->tid;
	pid_t y = ((const struct sigpact__task *)b)->tid;

	return (x > y) - (x < y);
}

static int add(struct sigpact__record *r, size_t *room,
	       const struct sigpact__task *t)
{
	struct sigpact__task *more;

	if (r->task_count == *room) {
		*room = *room ? *room * 2 : 16;
		more = realloc(r->task, *room * sizeof *more);
		if (!more)
			return -ENOMEM;
		r->task = more;
	}
	r->task[r->task_count++] = *t;
	return 0;
}

static int look_threads(struct sigpact__record *r, int process)
{
	int fd = openat(process, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct sigpact__task one;
	struct dirent *entry;
	size_t room = 0;
	int e = 0;

	if (!d) {
		e = -errno;
		if (fd >= 0)
			close(fd);
		return e;
	}
	while (!e && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		e = look_thread(fd, entry->d_name, &one);
		if (!e) {
			e = add(r, &room, &one);
		} else if (gone(e)) {
			e = 0;
			r->tasks_missed++;
		}
	}
	closedir(d);
	if (!e && !r->task_count)
		e = -ESRCH;
	if (!e)
		qsort(r->task, r->task_count, sizeof *r->task, by_tid);
	return e;
}

/* The first thread unless it has ended: others may end at any moment. */
pid_t sigpact__proc_alive(const struct sigpact__record *r)
{
	pid_t other = r->pid;
	size_t i;

	for (i = 0; i < r->task_count; i++)
		if (strchr("ZX", r->task[i].state))
			continue;
		else if (r->task[i].tid == r->pid)
			return r->pid;
		else
			other = r->task[i].tid;
	return other;
}

/* What needs more rights than the rest: without, it is empty.  A first thread
   that has ended has no memory, though the others have. */
static int look_memory(struct sigpact__record *r, int process)
{
	char path[PATH_MAX], tid[32], exe[40], *text;
	ssize_t length;
	long size;
	int e = 0;

	snprintf(tid, sizeof tid, "task/%d", sigpact__proc_alive(r));
	snprintf(exe, sizeof exe, "%s/exe", tid);
	length = readlinkat(process, exe, path, sizeof path - 1);
	path[length > 0 ? length : 0] = 0;
	r->exe = strdup(path);
	size = read_below(process, tid, "cmdline", &text);
	r->cmdline = sigpact__proc_cmdline(text, size > 0 ? (size_t)size : 0);
	free(text);
	if (!r->exe || !r->cmdline)
		return -ENOMEM;
	size = read_below(process, tid, "maps", &text);
	if (size > 0)
		e = sigpact__proc_maps(text, (size_t)size, &r->map,
				       &r->map_count);
	free(text);
	return e == -ENOMEM ? e : 0;
}

int sigpact__look_proc(struct sigpact__record *r)
{
	struct sigpact__proc_status status;
	struct sigpact__proc_stat stat;
	struct timespec now;
	char path[32];
	int fd, e;

	snprintf(path, sizeof path, "/proc/%d", r->pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	clock_gettime(CLOCK_MONOTONIC, &now);
	r->at_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	e = identity(fd, ".", &status, &stat);
	if (!e && status.tgid != r->pid)
		e = -ESRCH; /* a thread's number */
	if (!e) {
		memcpy(r->name, stat.name, sizeof r->name);
		r->uid = status.uid;
		r->start_time = stat.start_time;
		r->pending = status.shared_pending;
		r->caught = status.caught;
		r->ignored = status.ignored;
		e = look_threads(r, fd);
	}
	if (!e)
		e = look_memory(r, fd);
	close(fd);
	return gone(e) ? -ESRCH : e;
}
