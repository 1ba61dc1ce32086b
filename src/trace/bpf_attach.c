/* The programs at their tracepoints.  The numbers of perf's are in tracefs, where
   it is mounted, or in an instance of it that nobody else sees.  Tracer's
   context. */
#include "bpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOUNTED "/sys/kernel/tracing"

static int open_events(int tracefs)
{
	int fd = openat(tracefs, "events", O_PATH | O_CLOEXEC), e = errno;

	close(tracefs);
	errno = e;
	return fd;
}

/* Linux 5.2. */
static int mount_unseen(void)
{
	int context = fsopen("tracefs", FSOPEN_CLOEXEC), fd, e;

	if (context < 0)
		return -1;
	fd = fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!fd)
		fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	e = errno;
	close(context);
	errno = e;
	return fd < 0 ? -1 : open_events(fd);
}

/* The folder of all events, or -errno. */
static int events(char why[256])
{
	int fd = open(MOUNTED "/events", O_PATH | O_CLOEXEC), e = errno;

	if (fd < 0)
		fd = open("/sys/kernel/debug/tracing/events",
			  O_PATH | O_CLOEXEC);
	if (fd < 0 && e == ENOENT) {
		fd = mount_unseen();
		e = fd < 0 ? errno : 0;
	}
	if (fd >= 0)
		return fd;
	if (e == ENODEV)
		snprintf(why, 256, "this kernel has no tracefs");
	else if (e == EACCES)
		snprintf(why, 256, MOUNTED " cannot be read by this user: it "
			 "takes root, or a mount of it with gid= a group of "
			 "this user's");
	else
		snprintf(why, 256, "tracefs cannot be read: %s; as root: mount "
			 "-t tracefs tracefs " MOUNTED, strerror(e));
	return e == EPERM || e == EACCES ? -EPERM : -ENOSYS;
}

/* Of category/name. */
static long number(int events, const char *name)
{
	char path[96], text[24];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/id", name);
	fd = openat(events, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = 0;
	return atol(text);
}

static int attach_event(struct bpf_program *p, int events, const char *name,
			struct bpf_link **out)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.size = sizeof attr };
	long n = number(events, name);
	int fd;

	if (n < 0)
		return (int)n;
	attr.config = (__u64)n;
	/* the program runs on each CPU, whichever this says */
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	*out = bpf_program__attach_perf_event(p, fd);
	if (*out)
		return 0;
	n = -errno;
	close(fd);
	return (int)n;
}

/* Lacking calls are named, the first of them. */
static void lacks(char why[256], const char *name, int e)
{
	const char *call = strchr(name, '/');

	if (!*why)
		snprintf(why, 256, "not seen, for this kernel does not trace "
			 "it: %s (%s)", call ? call + 1 : name, strerror(-e));
	else if (strlen(why) < 200)
		snprintf(why + strlen(why), 256 - strlen(why), ", %s",
			 call ? call + 1 : name);
}

static int refuse(int e, char why[256])
{
	if (e != -EPERM && e != -EACCES) {
		snprintf(why, 256, "this kernel has no tracepoints of system "
			 "calls (CONFIG_FTRACE_SYSCALLS): %s", strerror(-e));
		return -ENOSYS;
	}
	snprintf(why, 256, "tracepoints are not allowed to this user: it takes "
		 "root, or CAP_BPF, CAP_PERFMON and a readable " MOUNTED);
	return -EPERM;
}

/* Another than a system call's is needed. */
static int attach(struct bpf_program *p, int events, struct bpf_link **out)
{
	const char *at = bpf_program__section_name(p), *name;

	name = strchr(at, '/') + 1;
	if (!strncmp(at, "tp/", 3))
		return attach_event(p, events, name, out);
	*out = bpf_program__attach_trace(p);
	return *out ? 0 : -errno;
}

int sigpact__bpf_attach(struct bpf_object *o, struct bpf_links *links,
			char why[256])
{
	int folder = events(why), e = 0, last = 0, calls = 0;
	struct bpf_program *p;

	if (folder < 0)
		return folder;
	bpf_object__for_each_program(p, o) {
		const char *at = bpf_program__section_name(p);

		if (!bpf_program__autoload(p) || !strncmp(at, "iter/", 5))
			continue;
		e = attach(p, folder, &links->link[links->count]);
		if (!e) {
			links->count++;
			calls += at[0] == 't';
		} else if (at[0] != 't') {
			break;
		} else {
			last = e;
			lacks(why, at + 3, e);
		}
		e = 0;
	}
	close(folder);
	if (!e && calls)
		return 0;
	sigpact__bpf_detach(links);
	return refuse(e ? e : last, why);
}

/* In a child of a child, for which nobody waits: it has what this process is
   about to close, and closes it behind that. */
static void close_late(int ours)
{
	char none;

	if (fork())
		_exit(0);
	close(0);
	close(1);
	close(2);
	while (read(ours, &none, 1) < 0 && errno == EINTR)
		;
	close_range(0, ~0u, 0);
	_exit(0);
}

/* For each perf event that is closed the kernel waits until no CPU can be in its
   program, one event after the other: seconds in all. */
void sigpact__bpf_detach(struct bpf_links *links)
{
	int ends[2] = { -1, -1 };
	pid_t child;

	if (!links->count)
		return;
	if (!pipe2(ends, O_CLOEXEC)) {
		child = fork();
		if (!child) {
			close(ends[1]);
			close_late(ends[0]);
		}
		if (child > 0)
			waitpid(child, NULL, 0);
	}
	while (links->count)
		bpf_link__destroy(links->link[--links->count]);
	if (ends[0] >= 0) {
		close(ends[0]);
		close(ends[1]);
	}
}
