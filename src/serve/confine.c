/* What the process can do once it serves: no new privileges, another user, and
   only the system calls that serving takes.  A module can reach nothing but its
   imports; this is for the day when that is not so.  Normal context. */
#include "server.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Sockets, files of modules that are loaded again, threads of native libraries;
   no program, no other process, no privilege. */
static const char *const calls[] = {
	"accept4", "access", "arch_prctl", "bind", "brk", "clock_getres",
	"clock_gettime", "clock_nanosleep", "clone", "clone3", "close",
	"close_range", "connect", "dup", "dup2", "dup3", "epoll_create1",
	"epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2",
	"exit", "exit_group", "fcntl", "flock", "fstat", "fstatfs", "fsync",
	"ftruncate", "futex", "get_robust_list", "getcpu", "getcwd",
	"getdents64", "getegid", "geteuid", "getgid", "getpeername", "getpid",
	"getppid", "getrandom", "getrlimit", "getrusage", "getsockname",
	"getsockopt", "gettid", "gettimeofday", "getuid", "listen", "lseek",
	"lstat", "madvise", "membarrier", "mincore", "mlock", "mmap",
	"mprotect", "mremap", "munlock", "munmap", "nanosleep", "newfstatat",
	"open", "openat", "pause", "pipe2", "poll", "ppoll", "prctl", "pread64",
	"prlimit64", "pselect6", "pwrite64", "read", "readlink", "readlinkat",
	"readv", "recvfrom", "recvmsg", "restart_syscall", "rseq",
	"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity",
	"sched_getparam", "sched_getscheduler", "sched_yield", "select",
	"sendmmsg", "sendmsg", "sendto", "set_robust_list", "set_tid_address",
	"setitimer", "setsockopt", "shutdown", "sigaltstack", "signalfd4",
	"socket", "socketpair", "stat", "statx", "sysinfo", "tgkill",
	"timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
	"timer_settime", "timerfd_create", "timerfd_gettime",
	"timerfd_settime", "uname", "write", "writev", NULL
};

int sigpact__user_become(const char *user, char why[CONFIG_WHY])
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		snprintf(why, CONFIG_WHY, "user \"%.60s\": %s", user,
			 errno ? strerror(errno) : "there is none");
		return -ENOENT;
	}
	if (geteuid() == pw->pw_uid)
		return 0;
	if (initgroups(user, pw->pw_gid) || setgid(pw->pw_gid) ||
	    setuid(pw->pw_uid)) {
		snprintf(why, CONFIG_WHY,
			 "user \"%.60s\": %s; only root can become another user",
			 user, strerror(errno));
		return -EPERM;
	}
	return 0;
}

/* Anything else fails with EPERM: a native library may ask for more than it
   needs. */
static int calls_limit(char why[CONFIG_WHY])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int i, n, e = filter ? 0 : -ENOMEM;

	if (filter) /* threads that a library has started, too */
		e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	for (i = 0; calls[i] && !e; i++) {
		n = seccomp_syscall_resolve_name(calls[i]);
		if (n != __NR_SCMP_ERROR)
			e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, n, 0);
	}
	if (!e)
		e = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (e)
		snprintf(why, CONFIG_WHY, "seccomp: %s", strerror(-e));
	return e;
}

int sigpact__confine(const char *user, char why[CONFIG_WHY])
{
	int e = user ? sigpact__user_become(user, why) : 0;

	if (e)
		return e;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		snprintf(why, CONFIG_WHY, "no_new_privs: %s", strerror(errno));
		return -errno;
	}
	return calls_limit(why);
}
