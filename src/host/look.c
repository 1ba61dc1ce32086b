/* A record of a process by the best way there is: /proc, on it what BPF or
   ptrace adds, on that what follows from all.  Normal context. */
#include "record.h"

#include "proc.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { AUXV_MINSIGSTKSZ = 51 };	/* AT_MINSIGSTKSZ, which libcs may not know */

static const char *const names[] = {
	[WAY_BPF] = "bpf", [WAY_PTRACE] = "ptrace", [WAY_PROC] = "proc"
};

const char *sigpact__way_name(enum sigpact__way way)
{
	return way >= WAY_BPF && way <= WAY_PROC ? names[way] : "none";
}

void sigpact__record_free(struct sigpact__record *r)
{
	if (!r)
		return;
	sigpact__proc_maps_free(r->map, r->map_count);
	free(r->why_not);
	free(r->exe);
	free(r->cmdline);
	free(r->task);
	free(r->sigpact_rules);
	free(r);
}

const struct sigpact__map *sigpact__map_at(const struct sigpact__record *r,
					   uint64_t address)
{
	size_t low = 0, high = r->map_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (address < r->map[middle].start)
			high = middle;
		else if (address >= r->map[middle].end)
			low = middle + 1;
		else
			return &r->map[middle];
	}
	return NULL;
}

/* A 32-bit program's registers and frames are others; what cannot be read is
   taken for one of 64. */
static int is_32bit(pid_t pid)
{
	unsigned char ident[EI_NIDENT] = { 0 };
	char path[32];
	int fd, small;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	small = read(fd, ident, sizeof ident) == sizeof ident &&
		!memcmp(ident, ELFMAG, SELFMAG) &&
		ident[EI_CLASS] == ELFCLASS32;
	close(fd);
	return small;
}

/* Is it still the process that was looked at first, and has it not ended? */
static int same(const struct sigpact__record *r, int *ended)
{
	struct sigpact__proc_stat stat;
	char path[32], *text;
	long size;
	int e;

	snprintf(path, sizeof path, "/proc/%d/stat", r->pid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size < 0)
		return 0;
	e = sigpact__proc_stat(text, (size_t)size, &stat);
	free(text);
	*ended = !e && r->task_count == 1 && strchr("ZX", stat.state);
	return !e && stat.start_time == r->start_time;
}

/* Does /proc tell the numbers of a namespace above ours?  BPF and ptrace would
   take them for others'. */
static int is_foreign(void)
{
	static int foreign = -1;
	char *text, *at, *end;
	long size;

	if (foreign >= 0)
		return foreign;
	size = sigpact__proc_read(AT_FDCWD, "/proc/self/status", &text);
	foreign = 0;
	if (size > 0) {
		text[size - 1] = 0;
		at = strstr(text, "\nNSpid:\t");
		end = at ? strchr(at + 1, '\n') : NULL;
		at = at ? strchr(at, '\t') : NULL;
		foreign = at && end && memchr(at + 1, '\t',
					      (size_t)(end - at - 1));
	}
	free(text);
	return foreign;
}

static const char *reason(int e)
{
	return e == -EXDEV    ? "/proc is another PID namespace's"
	       : e == -ENODATA ? "it tells nothing of this process"
			       : strerror(-e);
}

/* One way more that was not taken, in its own words if it had any, behind what
   was said before. */
static int not_taken(struct sigpact__record *r, char *before,
		     enum sigpact__way way, int e)
{
	char *own = r->why_not, *all = NULL;
	int n;

	n = asprintf(&all, "%s%s%s%s%s", before ? before : "",
		     before ? "; " : "", own ? "" : names[way],
		     own ? "" : ": ", own ? own : reason(e));
	free(before);
	free(own);
	r->why_not = n < 0 ? NULL : all;
	return n < 0 ? -ENOMEM : 0;
}

static int try(struct sigpact__record *r, enum sigpact__way way)
{
	char *before = r->why_not;
	size_t missed = r->tasks_missed;
	int e = 0, ended;

	r->why_not = NULL;
	if (way != WAY_PROC && is_foreign())
		e = -EXDEV;
	else if (way == WAY_BPF)
		e = sigpact__look_bpf(r);
	else if (way == WAY_PTRACE)
		e = sigpact__look_ptrace(r);
	/* to this way it is nobody, though /proc has it */
	if (e == -ESRCH && same(r, &ended) && !ended)
		e = -ENODATA;
	if (!e) {
		free(r->why_not);
		r->why_not = before;
		r->way = way;
		return 0;
	}
	r->tasks_missed = missed;
	return not_taken(r, before, way, e) ? -ENOMEM : e;
}

static int try_all(struct sigpact__record *r, unsigned ways)
{
	int way, e = -EINVAL;

	for (way = WAY_BPF; way <= WAY_PROC; way++) {
		if (!(ways & 1u << way))
			continue;
		e = try(r, way);
		if (!e || e == -ENOMEM || e == -ESRCH || e == -ENOEXEC)
			break;
	}
	return e;
}

int sigpact__look(pid_t pid, unsigned ways, struct sigpact__record **out)
{
	struct sigpact__record *r;
	int e, ended;

	if (pid <= 0)
		return -ESRCH;
	if (is_32bit(pid))
		return -ENOEXEC;
	r = calloc(1, sizeof *r);
	if (!r)
		return -ENOMEM;
	r->pid = pid;
	r->frame_size = (uint32_t)getauxval(AUXV_MINSIGSTKSZ);
	e = sigpact__look_proc(r);
	if (!e)
		e = try_all(r, ways ? ways : ~0u);
	if (!e)
		sigpact__look_stacks(r);
	if (!e && (sigpact__look_runtimes(r) == -ENOMEM ||
		   sigpact__look_sigpact(r) == -ENOMEM))
		e = -ENOMEM;
	if (!e && !same(r, &ended))
		e = -ESRCH;
	if (e) {
		sigpact__record_free(r);
		return e;
	}
	*out = r;
	return 0;
}
