/* Processes that are hard to look at: threads and processes that end midway, a
   first thread that has ended, another user's, a 32-bit one, none. */
#include "record.h"
#include "tap.h"
#include "victim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPAWNERS = 4, LOOKS = 100, NOBODY = 65534 };

static void *brief(void *arg)
{
	return NULL;
}

static void *spawn(void *arg)
{
	pthread_t thread;

	for (;;)
		if (!pthread_create(&thread, NULL, brief, NULL))
			pthread_join(thread, NULL);
	return NULL;
}

/* SPAWNERS threads and the first stay; others come and go all the time. */
static pid_t busy(void)
{
	pthread_t thread;
	int started[2], i;
	char byte;
	pid_t pid;

	if (pipe2(started, O_CLOEXEC))
		bail("no pipe");
	pid = fork();
	if (pid) {
		if (read(started[0], &byte, 1) != 1)
			bail("no victim");
		close(started[0]);
		close(started[1]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < SPAWNERS; i++)
		pthread_create(&thread, NULL, spawn, NULL);
	if (write(started[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* No thread twice, none without a number, the first there, its mask seen. */
static int sound(const struct sigpact__record *r)
{
	int first = 0;
	size_t i, j;

	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *t = &r->task[i];

		first += t->tid == r->pid && t->seen & SEEN_MASKS;
		if (t->tid <= 0 || memchr(t->name, 0, 16) == NULL)
			return 0;
		for (j = 0; j < i; j++)
			if (r->task[j].tid == t->tid)
				return 0;
	}
	return first == 1 && r->map_count > 0;
}

static void threads_that_end(unsigned ways, const char *name)
{
	size_t least = 1000, most = 0, missed = 0;
	struct sigpact__record *r;
	pid_t pid = busy();
	int i, e = 0, good = 1;

	for (i = 0; i < LOOKS && good; i++) {
		e = sigpact__look(pid, ways, &r);
		if (e)
			break;
		good = sound(r);
		least = r->task_count < least ? r->task_count : least;
		most = r->task_count > most ? r->task_count : most;
		missed += r->tasks_missed;
		sigpact__record_free(r);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (e == -ENOSYS || e == -EPERM)
		skip(name, strerror(-e));
	else
		ok(!e && good && least > SPAWNERS, "%s: %d looks while threads come "
		   "and go: %zu to %zu seen, %zu missed; %s", name, i, least,
		   most, missed, strerror(-e));
}

/* Each ends at some moment of the look, or before it. */
static void processes_that_end(void)
{
	struct sigpact__record *r;
	int i, e, lived = 0, gone = 0;

	for (i = 0; i < 2 * LOOKS; i++) {
		pid_t pid = fork();

		if (!pid) {
			usleep((useconds_t)(i * 10));
			_exit(0);
		}
		if (i % 2)
			waitpid(pid, NULL, 0);
		e = sigpact__look(pid, 0, &r);
		lived += !e;
		gone += e == -ESRCH;
		if (!e)
			sigpact__record_free(r);
		if (i % 2 == 0)
			waitpid(pid, NULL, 0);
	}
	ok(gone >= LOOKS && lived + gone == 2 * LOOKS,
	   "processes that end: %d seen, %d gone, nothing else", lived, gone);
}

static void first_that_ended(unsigned ways, const char *name)
{
	struct victim *v = victim_start(1);
	struct sigpact__record *r;
	int e = sigpact__look(v->pid, ways, &r), native = 0, actions;
	size_t i;

	victim_end(v);
	if (e == -ENOSYS || e == -EPERM) {
		skip(name, strerror(-e));
		return;
	}
	for (i = 0; !e && i < r->task_count; i++)
		native += r->task[i].stack == STACK_NATIVE;
	actions = !e && (r->have_actions || ways == 1u << WAY_PROC);
	ok(!e && r->map_count && *r->exe && actions && native >= SHAPES - 2,
	   "%s: a process whose first thread has ended: %d stacks", name,
	   native);
	if (!e)
		sigpact__record_free(r);
}

/* By a user without rights, in a child: 0 when all holds. */
static int unprivileged(pid_t pid)
{
	struct sigpact__record *r;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	if (sigpact__look(pid, 1u << WAY_BPF, &r) == 0)
		return 2;
	if (sigpact__look(pid, 1u << WAY_BPF | 1u << WAY_PROC, &r))
		return 3;
	if (r->way != WAY_PROC || !r->why_not || !strstr(r->why_not, "BPF"))
		return 4;
	printf("# %s\n", r->why_not);
	fflush(stdout);
	if (r->map_count || *r->exe || r->have_actions)
		return 5;
	return r->task[0].seen == SEEN_MASKS ? 0 : 6;
}

static void another_users(void)
{
	struct victim *v;
	int status = -1;
	pid_t pid;

	if (geteuid()) {
		skip("another user's process", "not root");
		return;
	}
	v = victim_start(0);
	pid = fork();
	if (!pid)
		_exit(unprivileged(v->pid));
	waitpid(pid, &status, 0);
	ok(status == 0, "another user's process: masks alone, and why "
	   "(status %x)", (unsigned)status);
	victim_end(v);
}

/* ptrace(2) is another's already: /proc alone, which misses no thread. */
static void traced_by_another(void)
{
	struct victim *v = victim_start(0);
	struct sigpact__record *r = NULL;
	int ready[2], e;
	pid_t tracer;
	char good = 0;

	if (pipe(ready))
		bail("no pipe");
	tracer = fork();
	if (!tracer) {
		size_t i;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		good = !ptrace(PTRACE_SEIZE, v->pid, 0, 0);
		for (i = 0; i < SHAPES; i++)
			good &= !ptrace(PTRACE_SEIZE, v->told[i].tid, 0, 0);
		if (write(ready[1], &good, 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], &good, 1) != 1 || !good)
		bail("no tracer");
	e = sigpact__look(v->pid, 1u << WAY_PTRACE | 1u << WAY_PROC, &r);
	ok(!e && r->way == WAY_PROC && r->why_not && !r->stopped_ns &&
	   !r->have_actions && r->task_count == SHAPES + 1,
	   "a process that is traced by another: /proc alone, and why");
	ok(!e && !r->tasks_missed, "no thread of it is missed: %zu",
	   e ? 0 : r->tasks_missed);
	if (!e)
		sigpact__record_free(r);
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	victim_end(v);
}

/* mov $29, %eax (pause); int $0x80; jmp back */
static const unsigned char program32[] = {
	0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	2, 0, 3, 0, 1, 0, 0, 0, 0x54, 0x80, 4, 8, 52, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0,
	1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 4, 8, 0, 0x80, 4, 8,
	0x5d, 0, 0, 0, 0x5d, 0, 0, 0, 5, 0, 0, 0, 0, 0x10, 0, 0,
	0xb8, 29, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7,
};

static void of_32_bits(void)
{
	char path[] = "/tmp/sigpact-32-XXXXXX", byte;
	int fd = mkstemp(path), started[2], e;
	struct sigpact__record *r;
	pid_t pid;

	if (fd < 0 || write(fd, program32, sizeof program32) !=
	    sizeof program32 || fchmod(fd, 0700) || close(fd) ||
	    pipe2(started, O_CLOEXEC))
		bail("no file");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(path, path, (char *)NULL);
		_exit(write(started[1], "", 1) != 1);
	}
	close(started[1]);
	if (read(started[0], &byte, 1)) {
		skip("a 32-bit process", "this kernel runs none");
	} else {
		e = sigpact__look(pid, 0, &r);
		ok(e == -ENOEXEC, "a 32-bit process is refused: %s",
		   strerror(-e));
	}
	close(started[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(path);
}

static void no_process(void)
{
	struct sigpact__record *r;
	struct victim *v = victim_start(0);

	ok(sigpact__look(v->told[GUARDED].tid, 1u << WAY_PROC, &r) == -ESRCH,
	   "a thread's number is no process");
	victim_end(v);
	ok(sigpact__look(0, 0, &r) == -ESRCH &&
	   sigpact__look(-1, 0, &r) == -ESRCH &&
	   sigpact__look(1 << 30, 0, &r) == -ESRCH, "no process");
}

/* A moment that tells a process from the next one with its number, and that it
   has not ended: 0 when it has. */
static unsigned long long born(pid_t pid)
{
	unsigned long long start = 0;
	char path[32], line[1024], *p;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "re");
	p = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	if (p && !strchr("ZX", p[2]))
		sscanf(p, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
		       "%*u %*d %*d %*d %*d %*d %*d %llu", &start);
	if (f)
		fclose(f);
	return start;
}

/* Whoever /proc has before and after a look has not ended meanwhile: of some,
   as of the first one in a container, BPF and ptrace know nothing. */
static void all_that_live(void)
{
	struct sigpact__record *r;
	DIR *d = opendir("/proc");
	struct dirent *entry;
	int looks = 0, ended = 0;

	while (d && (entry = readdir(d))) {
		pid_t pid = atoi(entry->d_name);
		unsigned long long start = pid ? born(pid) : 0;
		int e = start ? sigpact__look(pid, 0, &r) : -ESRCH;

		if (!e)
			sigpact__record_free(r);
		looks += start != 0;
		if (start && e == -ESRCH && born(pid) == start) {
			printf("# %d lives\n", pid);
			ended++;
		}
	}
	closedir(d);
	ok(looks && !ended, "%d processes, none of which is said to have ended "
	   "while it lives", looks);
}

int main(void)
{
	int way;

	another_users(); /* before BPF is loaded by one who may */
	of_32_bits();
	for (way = WAY_BPF; way <= WAY_PROC; way++) {
		const char *name = sigpact__way_name((enum sigpact__way)way);

		threads_that_end(1u << way, name);
		first_that_ended(1u << way, name);
	}
	traced_by_another();
	processes_that_end();
	no_process();
	all_that_live();
	return done();
}
