/* Which processes a command is to look at, and why one cannot be: in words
   that say what to type.  Normal context. */
#include "cli.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY = 256, PF_KTHREAD = 0x200000 };

/* A line of /proc/PID/status, behind its key. */
static int status_field(pid_t pid, const char *key, char value[64])
{
	char path[64], *line = NULL;
	size_t room = 0, size = strlen(key);
	int found = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!found && getline(&line, &room, f) > 0)
		if (!strncmp(line, key, size)) {
			snprintf(value, 64, "%s",
				 line + size + strspn(line + size, "\t "));
			value[strcspn(value, "\n")] = 0;
			found = 1;
		}
	free(line);
	fclose(f);
	return found;
}

static long status_number(pid_t pid, const char *key)
{
	char value[64];

	return status_field(pid, key, value) ? strtol(value, NULL, 10) : -1;
}

void sigpact__process_name(pid_t pid, char name[16])
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(name, 1, 15, f);
		fclose(f);
	}
	name[n] = 0;
	if (n && name[n - 1] == '\n')
		name[n - 1] = 0;
}

/* This command's number, as /proc tells it. */
static pid_t self(void)
{
	char number[16];
	ssize_t n = readlink("/proc/self", number, sizeof number - 1);

	number[n > 0 ? n : 0] = 0;
	return n > 0 ? atoi(number) : getpid();
}

/* A thread of the kernel has no actions.  The name in stat may hold anything:
   what follows its last ')' counts. */
static int is_kernel_thread(pid_t pid)
{
	char path[64], text[512], *p;
	unsigned flags = 0;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	p = strrchr(text, ')');
	return p && sscanf(p, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       flags & PF_KTHREAD;
}

/* Ended, and its parent has not waited; not so when only the first thread of
   several has ended. */
static int is_zombie(pid_t pid)
{
	char state[64];

	return status_field(pid, "State:", state) && strchr("ZX", *state) &&
	       status_number(pid, "Threads:") <= 1;
}

__attribute__((format(printf, 2, 3))) static pid_t refuse(char why[WHY],
							   const char *format,
							   ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, WHY, format, ap);
	va_end(ap);
	return 0;
}

pid_t sigpact__process_parse(const char *word, const char *command,
			     char why[WHY])
{
	char *end;
	long n, leader;
	pid_t pid;

	errno = 0;
	n = strtol(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end)
		return refuse(why,
			      "'%.60s' is no process number; expected one such "
			      "as 4711: pgrep -l NAME tells it",
			      word);
	if (errno || n < 1 || n > INT_MAX)
		return refuse(why, "%.60s is no process number; expected 1 to "
				   "%d", word, INT_MAX);
	pid = (pid_t)n;
	leader = status_number(pid, "Tgid:");
	if (leader < 0)
		return refuse(why, "there is no process %d; pgrep -l NAME "
				   "tells which there are", pid);
	if (leader != pid)
		return refuse(why, "%d is a thread of process %ld; type: "
				   "sigpact %s %ld", pid, leader, command,
			      leader);
	if (pid == self())
		return refuse(why, "%d is this command itself; expected "
				   "another process", pid);
	if (is_kernel_thread(pid))
		return refuse(why, "%d is a thread of the kernel, which has no "
				   "signal actions; expected a process", pid);
	if (is_zombie(pid))
		return refuse(why, "%d has ended, and its parent %ld has not "
				   "waited for it: there is nothing to look "
				   "at", pid, status_number(pid, "PPid:"));
	return pid;
}

long sigpact__process_all(pid_t **out)
{
	DIR *proc = opendir("/proc");
	pid_t *pids = NULL, *more, pid;
	struct dirent *entry;
	pid_t me = self();
	long n = 0;

	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		pid = isdigit((unsigned char)*entry->d_name) ?
			      atoi(entry->d_name) : 0;
		if (!pid || pid == me || is_kernel_thread(pid) ||
		    is_zombie(pid))
			continue;
		more = reallocarray(pids, (size_t)n + 1, sizeof *pids);
		if (!more) {
			free(pids);
			closedir(proc);
			return -ENOMEM;
		}
		pids = more;
		pids[n++] = pid;
	}
	closedir(proc);
	*out = pids;
	return n;
}

/* Yama's word on who may trace; -1: it is not there. */
static int ptrace_scope(void)
{
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = -1;

	if (f) {
		if (fscanf(f, "%d", &scope) != 1)
			scope = -1;
		fclose(f);
	}
	return scope;
}

static void explain_permission(pid_t pid, unsigned ways, const char *command,
			       char why[WHY])
{
	long uid = status_number(pid, "Uid:");
	long tracer = status_number(pid, "TracerPid:");
	int scope = ptrace_scope();
	const char *way = ways == 1 << WAY_BPF ? "bpf" : "ptrace";

	if (tracer > 0)
		refuse(why, "is traced by process %ld, and one at a time may; "
			    "end that, or type: sigpact inspect --way=proc %d",
		       tracer, pid);
	else if (geteuid() && uid != (long)geteuid())
		refuse(why, "belongs to user %ld, you are %u; type: sudo "
			    "sigpact %s %d", uid, geteuid(), command, pid);
	else if (geteuid() && ways == 1 << WAY_BPF)
		refuse(why, "--way=bpf is root's; type: sudo sigpact inspect "
			    "--way=bpf %d", pid);
	else if (scope == 3)
		refuse(why, "kernel.yama.ptrace_scope is 3: nobody may trace "
			    "until the next boot; type: sigpact inspect "
			    "--way=proc %d", pid);
	else if (geteuid() && scope > 0)
		refuse(why, "kernel.yama.ptrace_scope is %d: only root may "
			    "trace it; type: sudo sigpact %s %d", scope,
		       command, pid);
	else if (geteuid())
		refuse(why, "lets nobody but root look (set-user-ID, or not "
			    "dumpable); type: sudo sigpact %s %d", command,
		       pid);
	else
		refuse(why, "root may not use %s here (a container without "
			    "CAP_SYS_PTRACE, CAP_BPF?); type: sigpact inspect "
			    "--way=proc %d", way, pid);
}

void sigpact__process_explain(pid_t pid, int error, unsigned ways,
			      const char *command, char why[WHY])
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		explain_permission(pid, ways, command, why);
		break;
	case -ESRCH:
		refuse(why, "has ended meanwhile");
		break;
	case -EXDEV:
		refuse(why, "cannot be told by its number: /proc is of another "
			    "PID namespace; type: sigpact inspect --way=proc "
			    "%d, or mount a /proc here (unshare --mount-proc)",
		       pid);
		break;
	case -ENODATA:
		refuse(why, "is there, but this way tells nothing of it; type: "
			    "sigpact inspect --way=proc %d", pid);
		break;
	case -ENOEXEC:
		refuse(why, "is a 32-bit process; expected a 64-bit one");
		break;
	case -EBUSY:
		refuse(why, "does not stop (uninterruptible sleep?); type: "
			    "sigpact inspect --way=proc %d", pid);
		break;
	default:
		refuse(why, "%s", strerror(-error));
	}
}
