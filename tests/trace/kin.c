/* Threads and processes that come, become others and go; one that was there
   already; a pid namespace; a ring that is too small.
	kin */
#include "bpf.h"
#include "traced.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const struct sigpact__source_kind *const traced_by = &sigpact__source_bpf;

enum { THREADS = 4, CHILDREN = 1000, CALLS = 200000 };

static void *nothing(void *unused)
{
	return NULL;
}

static void threads(void)
{
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, nothing, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static void children(void)
{
	int i;

	for (i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid) {
			kill(getpid(), 0);
			_exit(3);
		}
		waitpid(pid, NULL, 0);
	}
}

static void vforked(void)
{
	pid_t pid = vfork();

	if (!pid)
		execl("/bin/true", "true", (char *)NULL);
	waitpid(pid, NULL, 0);
}

static void *become(void *unused)
{
	execl("/bin/true", "true", (char *)NULL);
	return NULL;
}

static void exec_by_another(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, become, NULL);
	for (;;)
		pause();
}

static void killed(void)
{
	raise(SIGKILL);
}

static void stopped(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
}

static void calls(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		syscall(SYS_kill, getpid(), 0);
}

static const struct traced_part parts[] = {
	{ "threads", threads }, { "children", children },
	{ "vforked", vforked }, { "exec", exec_by_another },
	{ "killed", killed }, { "stopped", stopped }, { "calls", calls }, { 0 },
};

/* The first process's number. */
static pid_t run(const char *word)
{
	int e = traced_open(0, word);

	if (e)
		bail("it cannot be traced");
	e = traced_read_all();
	traced_close();
	if (e != -ECHILD)
		bail("it does not end");
	return traced_event[0]->pid;
}

static void the_threads(void)
{
	pid_t pid = run("threads"), tid;
	const struct sigpact__event *s, *e;
	int i, good = traced_number(EVENT_START, -1, 0) == THREADS &&
		      traced_number(EVENT_END, -1, 0) == THREADS + 1;

	for (i = 0; good && i < THREADS; i++) {
		s = traced_nth(EVENT_START, -1, 0, i);
		tid = s->tid;
		e = traced_nth(EVENT_END, -1, tid, 0);
		good = s->pid == pid && s->start.by_pid == pid &&
		       s->start.by_tid == pid && s->start.same_memory && e &&
		       !e->end.last && !e->end.status;
	}
	e = traced_nth(EVENT_END, -1, pid, 0);
	ok(good && e && e->end.last, "threads: each starts and ends, the first "
	   "one last");
}

static void the_children(void)
{
	pid_t pid = run("children");
	const struct sigpact__event *s, *e;
	int i, good = traced_number(EVENT_START, -1, 0) == CHILDREN &&
		      traced_number(EVENT_END, -1, 0) == CHILDREN + 1 &&
		      traced_number(EVENT_ENTRY, CALLS_kill, 0) == CHILDREN;

	for (i = 0; good && i < CHILDREN; i++) {
		s = traced_nth(EVENT_START, -1, 0, i);
		e = traced_nth(EVENT_END, -1, s->tid, 0);
		good = s->pid == s->tid && s->start.by_pid == pid &&
		       !s->start.same_memory && e && e->end.last &&
		       e->end.status == 3 << 8;
	}
	ok(good, "%d children: each starts, makes its call, and ends",
	   CHILDREN);
}

static void the_programs(void)
{
	pid_t pid = run("vforked");
	const struct sigpact__event *s = traced_nth(EVENT_START, -1, 0, 0);
	const struct sigpact__event *x = s ? traced_nth(EVENT_EXEC, -1, s->tid,
							0) : NULL;

	ok(s && s->start.same_memory && s->pid == s->tid && s->pid != pid && x &&
	   x->exec.from_tid == s->tid && !strcmp(x->exec.name, "true"),
	   "vfork: the memory of its maker, then another program");
	pid = run("exec");
	s = traced_nth(EVENT_START, -1, 0, 0);
	x = traced_nth(EVENT_EXEC, -1, 0, 1);
	ok(s && x && x->tid == pid && x->exec.from_tid == s->tid &&
	   s->tid != pid && traced_number(EVENT_END, -1, pid) == 2 &&
	   !traced_nth(EVENT_END, -1, pid, 0)->end.last &&
	   traced_nth(EVENT_END, -1, pid, 1)->end.last && !traced.command_status,
	   "another thread than the first executes a program");
	run("killed");
	x = traced_nth(EVENT_END, -1, 0, 0);
	ok(x && x->end.status == SIGKILL && x->end.last &&
	   traced.command_status == SIGKILL, "killed: its status");
	pid = run("stopped");
	s = traced_nth(EVENT_STOP, -1, 0, 0);
	x = traced_nth(EVENT_STOP, -1, 0, 1);
	ok(s && x && s->pid != pid && s->stop.sig == SIGSTOP &&
	   x->pid == s->pid && !x->stop.sig &&
	   traced_number(EVENT_STOP, -1, 0) == 2, "stopped, and going on");
}

static void wait_ns(long ns)
{
	struct timespec t = { 0, ns };

	nanosleep(&t, NULL);
}

static volatile int go;

static void *kill_often(void *unused)
{
	while (!go) {
		kill(getpid(), 0);
		wait_ns(1000000);
	}
	return NULL;
}

/* A child of ours that is no command. */
static void attached(void)
{
	pthread_t thread;
	pid_t pid = fork();
	size_t n;
	int status;

	if (!pid) {
		pthread_create(&thread, NULL, kill_often, NULL);
		kill_often(NULL);
	}
	wait_ns(200000000);
	if (traced_open(pid, NULL))
		bail("it cannot be attached to");
	traced_read(EVENT_EXIT, 60000);
	traced_close();
	n = traced_count;
	ok(traced_number(EVENT_ATTACHED, -1, 0) == 2 &&
	   traced_number(EVENT_ATTACHED, -1, pid) == 1 &&
	   traced_nth(EVENT_ATTACHED, -1, 0, 0)->pid == pid &&
	   traced_event[0]->kind == EVENT_ATTACHED &&
	   traced_number(EVENT_ENTRY, CALLS_kill, 0),
	   "a process that was there: its threads, and what they do");
	ok(!waitpid(pid, &status, WNOHANG) && traced_count == n,
	   "let go, it runs on");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ok(traced_open(pid, NULL) == -ESRCH, "no such process");
	ok(traced_open(0, "/none") == -ENOENT, "no such command");
}

/* The tracer, in a namespace: numbers there are small. */
static void in_namespace(void)
{
	pid_t pid;
	int status = -1;

	if (unshare(CLONE_NEWPID)) {
		skip("in a pid namespace", "it cannot be made");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (!pid) {
		pid = run("children");
		status = pid == 2 && traced_nth(EVENT_START, -1, 0, 0)
						 ->start.by_pid == 2 &&
			 traced_number(EVENT_START, -1, 0) == CHILDREN &&
			 traced_number(EVENT_END, -1, 0) == CHILDREN + 1 &&
			 traced_nth(EVENT_ENTRY, CALLS_kill, 0, 0)->tid ==
				 (int)traced_nth(1, CALLS_kill, 0, 0)
				     ->entry.arg[0];
		run("exec");
		status &= traced_nth(EVENT_EXEC, -1, 0, 1)->exec.from_tid ==
			  traced_nth(EVENT_START, -1, 0, 0)->tid;
		_exit(!status);
	}
	waitpid(pid, &status, 0);
	ok(!status, "in a pid namespace: the numbers there");
}

/* Everything is accounted for: the same events, or told as lost. */
static void lost(void)
{
	size_t whole, events;

	run("calls");
	whole = traced_count;
	ok(traced_number(EVENT_ENTRY, CALLS_kill, 0) == CALLS &&
	   traced_number(EVENT_EXIT, CALLS_kill, 0) == CALLS && !traced_lost &&
	   !traced_number(EVENT_LOST, -1, 0), "%d calls: nothing is lost",
	   CALLS);
	sigpact__bpf_ring_size = 4096;
	run("calls");
	sigpact__bpf_ring_size = 0;
	events = traced_count - traced_number(EVENT_LOST, -1, 0);
	printf("# %zu of %zu, %ju lost\n", events, whole,
	       (uintmax_t)traced_lost);
	ok(traced_lost > 0 && events + traced_lost == whole,
	   "a tiny ring: what is lost is told, to the last event");
}

int main(int argc, char **argv)
{
	int e;

	traced_be(argc, argv, parts);
	e = traced_open(0, "threads");
	if (e == -EPERM || e == -ENOSYS) {
		skip("threads and processes", "BPF cannot be had here");
		return done();
	}
	traced_close();
	the_threads();
	the_children();
	the_programs();
	attached();
	lost();
	in_namespace();
	return done();
}
