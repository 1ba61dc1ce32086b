/* What the other commands can use here, and what limits programs.  Nothing of
   this is a fault: present or absent, and what would help.  Normal context. */
#include "probe.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sigpact.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTACH_REFUSED = 1 };

/* A process of the same user, not a child of the tracer, as most are. */
static void attach_to_parent(void *shared)
{
	int *error = shared;

	if (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL))
		*error = errno;
}

void sigpact__probe_ptrace(struct sigpact__probed *p,
			   const struct sigpact__probing *g)
{
	int *error = sigpact__probe_share(sizeof *error);
	int status = error ? sigpact__probe_child(attach_to_parent, error)
			   : -ENOMEM;

	if (!status && !*error)
		sigpact__probe_says(p, SAID_PRESENT, "for processes of the "
				    "same user: inspect, heal");
	else if (!status)
		sigpact__probe_says(p, SAID_ABSENT, "%s: inspect and heal need "
				    "root (kernel.yama.ptrace_scope, seccomp, "
				    "or another tracer)", strerror(*error));
	if (error)
		sigpact__probe_unshare(error, sizeof *error);
}

/* The smallest thing that needs what an iterator needs.  As in <linux/bpf.h>,
   which musl's compiler does not find. */
enum { BPF_PROG_LOAD = 5, BPF_PROG_TYPE_TRACEPOINT = 5 };

void sigpact__probe_bpf(struct sigpact__probed *p,
			const struct sigpact__probing *g)
{
	static const uint64_t code[] = { 0xb7 /* r0 = 0 */, 0x95 /* exit */ };
	struct {
		uint32_t type, count;
		uint64_t code, license, rest[4];
	} a = { BPF_PROG_TYPE_TRACEPOINT, sizeof code / sizeof *code,
		(uintptr_t)code, (uintptr_t)"GPL", { 0 } };
	long fd = sigpact__sys3(SYS_bpf, BPF_PROG_LOAD, (long)&a, sizeof a);

	if (fd >= 0) {
		sigpact__sys1(SYS_close, fd);
		sigpact__probe_says(p, SAID_PRESENT,
				    "inspect looks without stopping anything");
	} else if (fd == -EPERM || fd == -EACCES)
		sigpact__probe_says(p, SAID_ABSENT, "needs root, or CAP_BPF "
						    "and CAP_PERFMON");
	else
		sigpact__probe_says(p, SAID_ABSENT, "%s",
				    strerror((int)-fd));
}

static void readable(struct sigpact__probed *p, const char *const *paths,
		     const char *present, const char *absent)
{
	const char *const *path;

	for (path = paths; *path; path++)
		if (!access(*path, R_OK)) {
			sigpact__probe_says(p, SAID_PRESENT, "%s: %s", *path,
					    present);
			return;
		}
	sigpact__probe_says(p, SAID_ABSENT, "%s: %s; %s", *paths,
			    strerror(errno), absent);
}

void sigpact__probe_btf(struct sigpact__probed *p,
			const struct sigpact__probing *g)
{
	static const char *const paths[] = { "/sys/kernel/btf/vmlinux", NULL };

	readable(p, paths, "BPF programs fit this kernel",
		 "CONFIG_DEBUG_INFO_BTF");
}

void sigpact__probe_tracefs(struct sigpact__probed *p,
			    const struct sigpact__probing *g)
{
	static const char *const paths[] = {
		"/sys/kernel/tracing/events/signal",
		"/sys/kernel/debug/tracing/events/signal", NULL
	};

	readable(p, paths, "signals can be traced",
		 "needs root, and mount -t tracefs tracefs "
		 "/sys/kernel/tracing");
}

void sigpact__probe_pending(struct sigpact__probed *p,
			    const struct sigpact__probing *g)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_SIGPENDING, &l))
		return;
	if (l.rlim_cur == RLIM_INFINITY)
		sigpact__probe_says(p, SAID_PRESENT, "no limit");
	else
		sigpact__probe_says(p, l.rlim_cur ? SAID_PRESENT : SAID_ABSENT,
				    "%ju queued signals and timers of one "
				    "user; more: ulimit -i",
				    (uintmax_t)l.rlim_cur);
}

void sigpact__probe_memlock(struct sigpact__probed *p,
			    const struct sigpact__probing *g)
{
	long size = sigpact_altstack_size(4) + 4096;
	struct rlimit l;

	if (getrlimit(RLIMIT_MEMLOCK, &l))
		return;
	if (l.rlim_cur == RLIM_INFINITY)
		sigpact__probe_says(p, SAID_PRESENT, "no limit");
	else
		sigpact__probe_says(p, l.rlim_cur >= (rlim_t)size ?
				    SAID_PRESENT : SAID_ABSENT,
				    "%ju KiB: %ju alternate stacks may be "
				    "locked (SIGPACT_STACK_LOCKED); more: "
				    "ulimit -l", (uintmax_t)l.rlim_cur / 1024,
				    (uintmax_t)l.rlim_cur / (uintmax_t)size);
}
