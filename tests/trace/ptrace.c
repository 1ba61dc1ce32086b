/* The ptrace source on a victim that checks itself: what it tells is what
   happened, and nothing goes otherwise than untraced.
	ptrace VICTIM BUSY PROGRAM-OF-32-BIT CHILDREN ROUNDS */
#include "busy.h"
#include "events.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ptrace.h>

static const struct sigpact__source_kind *const kind = &sigpact__source_ptrace;
static char *victim_path;
static int filters = 1; /* can be had */

/* 1: it ran to its end, in the events and in its own eyes. */
static int run(char *what, char *number)
{
	char *command[] = { victim_path, what, number, NULL };
	int err = open_on(kind, 0, command), end;

	if (err) {
		printf("# open: %s\n", why);
		return 0;
	}
	end = follow(kind);
	kind->close(source, NULL, NULL);
	if (end != -ECHILD || traced.command_status)
		printf("# %s: %d, status %#x\n", what, end,
		       traced.command_status);
	return end == -ECHILD && !traced.command_status &&
	       waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD;
}

static int tracer_of(pid_t pid)
{
	char path[64], line[256];
	int tracer = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	if (f)
		fclose(f);
	return tracer;
}

static const char *const sequence[] = {
	"rt_sigaction", "rt_sigaction=0", "sigaltstack", "sigaltstack=0",
	"rt_sigprocmask", "rt_sigprocmask=0", "tgkill", "tgkill=0",
	"rt_sigpending", "rt_sigpending=0", "rt_sigtimedwait",
	"rt_sigtimedwait=12", "kill", "kill=0", "delivered 10", "rt_sigreturn",
	"rt_sigqueueinfo", "rt_sigqueueinfo=0", "delivered 10", "rt_sigreturn",
	"prctl", "prctl=0", "rt_sigaction", "rt_sigaction=-22", "alarm",
	"alarm=0", "end 0 1",
};
enum { SEQUENCE = sizeof sequence / sizeof *sequence };

static void says_what_happened(void)
{
	const struct sigpact__delivered *d;
	size_t i, first = 0;

	ok(run("sequence", NULL), "a sequence of calls");
	while (first < told_count && told[first].kind != EVENT_EXEC)
		first++;
	first++;
	for (i = 0; i < SEQUENCE && first + i < told_count; i++)
		if (strcmp(words_of(told + first + i), sequence[i]))
			break;
	ok(i == SEQUENCE && told_count == first + i,
	   "is told call by call: %zu of %d; then: %s, not %s", i, SEQUENCE,
	   first + i < told_count ? words_of(told + first + i) : "nothing",
	   i < SEQUENCE ? sequence[i] : "more");
	if (i != SEQUENCE)
		return;
	ok(told[0].kind == EVENT_EXEC && told[0].tid == told[0].exec.from_tid &&
	   !strcmp(told[0].exec.name, "trace-victim"),
	   "a command begins with its EXEC");
	d = &told[first + 14].delivered;
	ok((told[first + 14].seen & (SAW_FRAME | SAW_ALTSTACK | SAW_MASK |
				     SAW_REGISTERS | SAW_ACTION)) ==
	   (SAW_FRAME | SAW_ALTSTACK | SAW_MASK | SAW_REGISTERS) &&
	   d->frame - d->alt_base < d->alt_size && d->alt_size == 65536 &&
	   d->mask == 1u << (SIGUSR2 - 1) && d->handler > 1 &&
	   d->sp - d->alt_base >= d->alt_size && d->pc,
	   "delivery: frame on the alternate stack, mask, what it interrupted");
	ok(told[first + 18].delivered.code == SI_QUEUE &&
	   (int)told[first + 18].delivered.info[3] == 4711,
	   "siginfo, with its value");
	ok(told[first].entry.stack == EVENT_STACK &&
	   told[first].seen == (SAW_FETCH_0 | SAW_CALLER | SAW_REGISTERS) &&
	   told[first + 9].seen & SAW_FETCH_0 && !(told[first + 23].seen),
	   "bytes of calls, their caller's stack");
}

/* In each thread: tgkill, its exit, its delivery, the return. */
static void of_threads(void)
{
	size_t i, good = 0;
	pid_t tid = 0;

	ok(run("threads", "8"), "8 threads that signal themselves");
	ok(count_of_row(EVENT_ENTRY, CALLS_tgkill) == 400 &&
	   count_of_row(EVENT_EXIT, CALLS_tgkill) == 400 &&
	   count_of_row(EVENT_ENTRY, CALLS_rt_sigreturn) == 400 &&
	   count_of(EVENT_DELIVERED) == 400, "each call and delivery is told");
	ok(count_of(EVENT_START) == 8 && count_of(EVENT_END) == 9,
	   "so are beginnings and ends");
	for (i = 0; i < told_count; i++)
		if (told[i].kind == EVENT_DELIVERED)
			good += told[i].delivered.code == SI_TKILL &&
				(told[i].seen & SAW_FRAME) &&
				told[i].delivered.info[2] >> 32 == 0;
	ok(good == 400, "each with its frame: %zu", good);
	for (i = good = 0; i < told_count; i++)
		if (told[i].kind == EVENT_START && told[i].tid != told[i].pid) {
			good += told[i].start.same_memory &&
				told[i].start.by_tid == told[i].pid;
			tid = told[i].tid;
		}
	for (i = 0; i < told_count && told[i].tid != tid; i++)
		;
	ok(good == 8 && told[i].kind == EVENT_START,
	   "a thread's START comes first, by its maker");
}

/* The last event of a kind of this process before index `before`. */
static const struct sigpact__event *last(int event, pid_t pid, size_t before)
{
	while (before--)
		if (told[before].kind == event &&
		    (!pid || told[before].pid == pid))
			return told + before;
	return NULL;
}

static void of_kin(void)
{
	const struct sigpact__event *exec, *start, *end;
	size_t i, ends = 0, vforks = 0;

	ok(run("kin", NULL), "fork, vfork, exec by a thread");
	exec = last(EVENT_EXEC, 0, told_count);
	if (!ok(exec && exec->pid == exec->tid &&
		exec->exec.from_tid != exec->pid, "exec by another thread"))
		return;
	for (i = 0; told + i < exec; i++)
		ends += told[i].kind == EVENT_END && told[i].pid == exec->pid &&
			!told[i].end.last &&
			told[i].tid != exec->exec.from_tid;
	ok(ends == 2, "has an END of each other before it: %zu", ends);
	end = last(EVENT_END, exec->pid, told_count);
	ok(end && end->end.status == 4 << 8 && end->end.last &&
	   end->tid == exec->pid, "and an END after it");
	for (i = 0; i < told_count; i++)
		vforks += told[i].kind == EVENT_START &&
			  told[i].start.same_memory && told[i].pid == told[i].tid;
	ok(vforks == 1, "vfork shares memory");
	exec = last(EVENT_EXEC, 0, exec - told);
	start = exec ? last(EVENT_START, exec->pid, exec - told) : NULL;
	ok(start && start->start.same_memory && !strcmp(exec->exec.name, "true"),
	   "until it is its own program");
}

static void of_children(char *count)
{
	size_t n = atoi(count), i, good = 0;

	ok(run("children", count), "%zu children, a signal each", n);
	ok(count_of(EVENT_START) == n && count_of(EVENT_END) == n + 1 &&
	   count_of_row(EVENT_ENTRY, CALLS_kill) == n &&
	   count_of_row(EVENT_ENTRY, CALLS_rt_sigreturn) == n,
	   "all are told of");
	for (i = 0; i < told_count; i++)
		good += told[i].kind == EVENT_END && told[i].end.last &&
			told[i].end.status == 7 << 8;
	ok(good == n, "and how they ended: %zu", good);
}

static void as_untraced(void)
{
	size_t i, stopped = 0, turns = 0;
	int now = 0;

	ok(run("restarts", NULL), "EINTR and restart are what they are");
	ok(run("dies", NULL), "a stopped process with threads is killed");
	/* none, when it is killed before that was seen */
	ok(count_of(EVENT_STOP) <= 1 && count_of(EVENT_END) == 3,
	   "no STOP but that is told, and 3 ends");
	ok(run("stops", "20"), "stopped and continued 20 times, by its parent");
	for (i = 0; i < told_count; i++) {
		if (told[i].kind != EVENT_STOP)
			continue;
		stopped += told[i].stop.sig != 0;
		turns += !now != !told[i].stop.sig;
		now = told[i].stop.sig;
	}
	ok(stopped == 20 && turns == 40 && !now,
	   "told: %zu stops, %zu turns", stopped, turns);
}

/* `lasts` as a command, its input and output ours. */
struct lasting {
	int in[2], out[2];
};

static struct lasting pipes(void)
{
	struct lasting l;

	if (pipe2(l.in, O_CLOEXEC) || pipe2(l.out, O_CLOEXEC))
		bail("no pipe");
	return l;
}

static int open_lasting(struct lasting *l)
{
	char *command[] = { victim_path, "lasts", NULL };
	int was[2], err;

	fflush(stdout);
	was[0] = fcntl(0, F_DUPFD_CLOEXEC, 10);
	was[1] = fcntl(1, F_DUPFD_CLOEXEC, 10);
	dup2(l->in[0], 0);
	dup2(l->out[1], 1);
	err = open_on(kind, 0, command);
	dup2(was[0], 0);
	dup2(was[1], 1);
	close(was[0]);
	close(was[1]);
	return err;
}

/* It makes its calls again, ends, and says that nothing was wrong. */
static int says_good(struct lasting *l)
{
	FILE *f = fdopen(l->out[0], "r");
	int pid = 0, wrong = -1, sent = write(l->in[1], "x", 1);

	close(l->in[0]);
	close(l->in[1]);
	close(l->out[1]);
	if (sent != 1 || fscanf(f, "%d %d wrong", &pid, &wrong) != 2)
		wrong = -1;
	fclose(f);
	return !wrong;
}

static void goes_on(void)
{
	struct lasting l = pipes();
	int i;

	if (open_lasting(&l))
		bail(why);
	for (i = 0; i < 200; i++)
		if (kind->next(source, 60000, keep, NULL) <= 0)
			break;
	ok(i == 200 && traced.command_status == -1, "a command is traced");
	kind->close(source, keep, NULL);
	i = 0;
	ok(says_good(&l), "when it is no more, its calls still work");
	ok((waitpid(-1, &i, __WALL) > 0) == filters && !i,
	   "and who kept it ends with it");
}

/* A child that traces until it is killed. */
static void kill_reader(struct lasting *l, pid_t pid, const char *what)
{
	int go[2], err;
	pid_t reader;
	char c;

	if (pipe(go))
		bail("no pipe");
	fflush(stdout);
	if (!(reader = fork())) {
		err = l ? open_lasting(l) : open_on(kind, pid, NULL);
		while (!err) {
			kind->next(source, 1000, keep, NULL);
			if (told_count > 500 && write(go[1], "", 1) == 1)
				pause();
		}
		_exit(1);
	}
	close(go[1]);
	ok(read(go[0], &c, 1) == 1, "a reader of %s", what);
	close(go[0]);
	kill(reader, SIGKILL);
	ok(ended(reader) == SIGKILL, "is killed");
}

static void without_reader(const char *busy_path)
{
	struct lasting l = pipes();

	kill_reader(&l, 0, "a command");
	ok(says_good(&l), "and the command's calls still work");
	start_with(busy_path, "12", "storm");
	kill_reader(NULL, victim, "a process");
	ok(WAIT_FOR(!tracer_of(victim)), "and it is let go");
	ok(!verdict(), "as it was");
}

/* Who traces is killed. */
static void without_keeper(void)
{
	pid_t pid = child(busy);

	if (open_on(kind, pid, NULL))
		bail(why);
	kill(tracer_of(pid), SIGKILL);
	ok(follow(kind) == -ECHILD, "the tracer is killed");
	kind->close(source, NULL, NULL);
	ok(works() && state_of(pid) == 'R' && !tracer_of(pid),
	   "and what it traced works on");
	end(pid);
}

/* Who reads late finds all of it: the victim waits for room. */
static void with_slow_reader(void)
{
	char *command[] = { victim_path, "threads", "60", NULL };

	if (open_on(kind, 0, command))
		bail(why);
	ms(300);
	ok(follow(kind) == -ECHILD && !kind->lost(source), "read late");
	kind->close(source, NULL, NULL);
	ok(count_of(EVENT_DELIVERED) == 3000 &&
	   count_of_row(EVENT_EXIT, CALLS_tgkill) == 3000 &&
	   count_of_row(EVENT_ENTRY, CALLS_rt_sigreturn) == 3000 &&
	   !traced.command_status, "nothing is lost");
}

static void killed(void)
{
	char *command[] = { victim_path, "children", "1000", NULL };
	size_t i;
	int end;

	if (open_on(kind, 0, command))
		bail(why);
	while (told_count < 500 && kind->next(source, 60000, keep, NULL) > 0)
		;
	kill(told[0].pid, SIGKILL);
	end = follow(kind);
	kind->close(source, NULL, NULL);
	ok(end == -ECHILD && traced.command_status == SIGKILL,
	   "killed midway: its status, and an end: %d, %#x", end,
	   traced.command_status);
	ok(count_of(EVENT_START) + 1 == count_of(EVENT_END),
	   "whoever began has ended");
	for (i = 0; i < told_count; i++)
		if (told[i].kind == EVENT_START &&
		    !strchr("-ZX", state_of(told[i].pid)))
			break;
	ok(i == told_count && waitpid(-1, NULL, __WALL) == -1,
	   "nobody is left");
}

static void attached(const char *busy, int rounds)
{
	int i, j, failed = 0, threads = start_with(busy, "12", "storm");
	size_t seen = 0, all = 0;

	for (i = 0; i < rounds; i++) {
		if (open_on(kind, victim, NULL)) {
			printf("# %s\n", why);
			failed++;
			continue;
		}
		all += count_of(EVENT_ATTACHED);
		for (j = 0; j < i % 5; j++)
			kind->next(source, 20, keep, NULL);
		kind->close(source, keep, NULL);
		all += count_of(EVENT_ATTACHED);
		seen += told_count - count_of(EVENT_ATTACHED);
	}
	ok(!failed && all == (size_t)threads * rounds,
	   "attached %d times to %d threads: %zu", rounds, threads, all);
	ok(seen > (size_t)rounds, "%zu events", seen);
	ok(!verdict(), "it goes on as it was");
	ok(waitpid(-1, NULL, __WALL) == -1, "nobody is left");
}

/* Threads and processes that begin and end while it attaches and lets go. */
static void attached_to_maker(int rounds)
{
	int i, failed = 0;
	size_t made = 0;

	if (start_with(victim_path, "makes", NULL) != victim)
		bail("no victim");
	for (i = 0; i < rounds; i++) {
		if (open_on(kind, victim, NULL)) {
			printf("# %s\n", why);
			failed++;
			continue;
		}
		for (; told_count < (size_t)(i % 10) * 20;)
			if (kind->next(source, 60000, keep, NULL) <= 0)
				break;
		kind->close(source, keep, NULL);
		made += count_of(EVENT_START);
	}
	ok(!failed, "attached %d times to one that makes others", rounds);
	ok(made, "%zu of them were seen to begin", made);
	ok(!verdict() && waitpid(-1, NULL, __WALL) == -1,
	   "it goes on as it was, and nobody is left");
}

static void attached_to_stopped(void)
{
	pid_t pid = child(busy);
	uint64_t done;
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	done = shared->work;
	if (!ok(!open_on(kind, pid, NULL), "attached to a stopped process"))
		printf("# %s\n", why);
	ok(kind->next(source, 1000, keep, NULL) > 0 && state_of(pid) != 'R',
	   "which stays stopped: %c", state_of(pid));
	kind->close(source, keep, NULL);
	ok(WAIT_FOR(state_of(pid) == 'T') && shared->work == done,
	   "also when it is let go: %c", state_of(pid));
	ok(!open_on(kind, pid, NULL), "attached again");
	kill(pid, SIGCONT);
	ok(works(), "it can be continued");
	kind->close(source, keep, NULL);
	ok(works() && state_of(pid) == 'R', "and works when it is let go");
	end(pid);
}

static void refused(char *program32)
{
	char *no_such[] = { "/nonexistent/x", NULL };
	char *not_a_program[] = { "/etc/passwd", NULL };
	char *other[] = { program32, NULL };
	pid_t pid;

	ok(open_on(kind, 0, no_such) == -ENOENT, "%s", why);
	ok(open_on(kind, 0, not_a_program) == -EACCES, "%s", why);
	ok(open_on(kind, 0, other) == -ENOSYS, "%s", why);
	pid = child(busy);
	ptrace(PTRACE_SEIZE, pid, 0, 0);
	ok(open_on(kind, pid, NULL) == -EPERM, "%s", why);
	end(pid);
	ok(open_on(kind, pid, NULL) == -ESRCH, "%s", why);
	ok(waitpid(-1, NULL, __WALL) == -1, "nobody is left");
}

static void without_privilege(void)
{
	int status;
	pid_t pid;

	if (getuid()) {
		skip("without privilege", "we have none");
		return;
	}
	pid = fork();
	if (!pid) {
		if (setgid(65534) || setuid(65534) ||
		    prctl(PR_SET_DUMPABLE, 1))
			_exit(1);
		status = run("threads", "2") &&
			 count_of(EVENT_DELIVERED) == 100;
		fflush(stdout);
		_exit(!status);
	}
	status = ended(pid);
	ok(!status, "without privilege, a command: %#x", status);
}

/* From now on. */
static int forbid_filters(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof f / sizeof *f, f };

	filters = 0;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		bail("usage: ptrace VICTIM BUSY 32-BIT CHILDREN ROUNDS");
	victim_path = argv[1];
	says_what_happened();
	of_threads();
	of_kin();
	of_children(argv[4]);
	as_untraced();
	goes_on();
	without_reader(argv[2]);
	without_keeper();
	with_slow_reader();
	killed();
	attached_to_stopped();
	attached(argv[2], atoi(argv[5]));
	attached_to_maker(atoi(argv[5]));
	refused(argv[3]);
	without_privilege();
	if (forbid_filters())
		bail("filters cannot be forbidden");
	says_what_happened();
	of_threads();
	of_kin();
	of_children("50");
	as_untraced();
	goes_on();
	free(told);
	return done();
}
