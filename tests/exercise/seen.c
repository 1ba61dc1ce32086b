/* See seen.h. */
#include "seen.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

void look_inside(struct inside *to)
{
	stack_t s;
	int i, death = 0;

	memset(to, 0, sizeof *to);
	for (i = 1; i < SIGNALS; i++)
		syscall(SYS_rt_sigaction, i, NULL, to->action[i], 8);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &to->blocked, 8);
	syscall(SYS_rt_sigpending, &to->pending, 8);
	syscall(SYS_sigaltstack, NULL, &s);
	to->stack = (uintptr_t)s.ss_sp;
	to->stack_size = s.ss_size;
	to->stack_flags = (unsigned)s.ss_flags;
	for (i = 0; i < 3; i++)
		syscall(SYS_getitimer, i, &to->timer[i]);
	prctl(PR_GET_PDEATHSIG, &death);
	to->death = death;
	to->group = getpgrp();
	to->session = getsid(0);
	to->descriptors = descriptors();
}

/* A timer that runs has less left than before, and is not stopped; then they
   are made equal. */
static int timers_differ(const struct inside *before, struct inside *after)
{
	int i, wrong = 0;

	for (i = 0; i < 3; i++) {
		const struct timeval *a = &before->timer[i].it_value;
		struct timeval *b = &after->timer[i].it_value;

		if (timerisset(a) != timerisset(b) || timercmp(b, a, >) ||
		    a->tv_sec - b->tv_sec > 600)
			wrong++;
		*b = *a;
	}
	return wrong;
}

static void read_file(pid_t pid, const char *name, char *to, size_t size)
{
	char path[64];
	size_t at = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && at < size - 1 &&
	       (n = read(fd, to + at, size - 1 - at)) > 0)
		at += (size_t)n;
	to[at] = 0;
	if (fd >= 0)
		close(fd);
}

/* Takes out the lines that begin with one of these words. */
static void drop(char *text, const char *const *words)
{
	char *from = text, *to = text;

	while (*from) {
		size_t size = strcspn(from, "\n");
		const char *const *w = words;

		size += from[size] == '\n';
		while (*w && strncmp(from, *w, strlen(*w)))
			w++;
		if (!*w) {
			memmove(to, from, size);
			to += size;
		}
		from += size;
	}
	*to = 0;
}

struct outside *look_outside(pid_t pid)
{
	/* what is the machine's, or counts what was used */
	static const char *const other[] = { "Vm", "Rss", "SigQ", "HugetlbPages",
		"voluntary_", "nonvoluntary_", "Cpus_", "Mems_", "State", NULL };
	struct outside *o = calloc(1, sizeof *o);
	char *end;

	read_file(pid, "status", o->status, sizeof o->status);
	drop(o->status, other);
	read_file(pid, "timers", o->timers, sizeof o->timers);
	read_file(pid, "maps", o->maps, sizeof o->maps);
	/* state ppid pgrp session tty_nr tpgid: the first behind the name */
	read_file(pid, "stat", o->stat, sizeof o->stat);
	end = strrchr(o->stat, ')') + 4;
	memmove(o->stat, end, strlen(end) + 1);
	for (end = o->stat; *end && (*end != ' ' || end - o->stat < 24); end++)
		continue;
	*end = 0;
	if (sigpact__look(pid, 0, &o->record))
		o->record = NULL;
	return o;
}

int inside_differs(const struct inside *before, const struct inside *after)
{
	struct inside copy = *after;
	int wrong = timers_differ(before, &copy) ||
		    memcmp(before, &copy, sizeof copy);

	if (wrong)
		puts("# it differs as it sees itself");
	return wrong;
}

static int text_differs(const char *what, const char *a, const char *b)
{
	if (*a && !strcmp(a, b))
		return 0;
	while (*a && *a == *b)
		a++, b++;
	printf("# %s, from where it differs: %.*s, then %.*s\n", what,
	       (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
	return 1;
}

int outside_differs(const struct outside *a, const struct outside *b)
{
	const struct sigpact__record *x = a->record, *y = b->record;
	int wrong = text_differs("status", a->status, b->status) +
		    text_differs("stat", a->stat, b->stat) +
		    text_differs("maps", a->maps, b->maps) +
		    strcmp(a->timers, b->timers) != 0;

	if (!x || !y)
		return 1;
	return wrong || x->way != y->way || x->task_count != 1 ||
	       y->task_count != 1 || x->pending != y->pending ||
	       x->caught != y->caught || x->ignored != y->ignored ||
	       memcmp(x->action, y->action, sizeof x->action) ||
	       x->task->blocked != y->task->blocked ||
	       x->task->pending != y->task->pending ||
	       x->task->alt_base != y->task->alt_base ||
	       x->task->alt_size != y->task->alt_size ||
	       x->task->alt_flags != y->task->alt_flags;
}
