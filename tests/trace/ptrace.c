/* The ptrace source on a victim that checks itself: what it tells is what
   happened, and nothing goes otherwise than untraced.
	ptrace VICTIM BUSY PROGRAM-OF-32-BIT CHILDREN ROUNDS */
#include "busy.h"
#include "events.h"

#include <fcntl.h>
#include <sys/ptrace.h>

static const struct sigpact__source_kind *const kind = &sigpact__source_ptrace;
static char *victim_path;

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
	ok(told[0].kind == EVENT_START && told[0].start.by_pid == getpid() &&
	   !strcmp(told[1].exec.name, "trace-victim"),
	   "a command begins, made by us, and is its program");
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
	ok(count_of(EVENT_START) == 9 && count_of(EVENT_END) == 9,
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
	ok(count_of(EVENT_START) == n + 1 && count_of(EVENT_END) == n + 1 &&
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
	ok(count_of(EVENT_STOP) == 1, "one STOP is told");
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
static int open_lasting(int *in, int *out)
{
	char *command[] = { victim_path, "lasts", NULL };
	int a[2], b[2], was[2], err;

	if (pipe2(a, O_CLOEXEC) || pipe2(b, O_CLOEXEC))
		bail("no pipe");
	fflush(stdout);
	was[0] = fcntl(0, F_DUPFD_CLOEXEC, 10);
	was[1] = fcntl(1, F_DUPFD_CLOEXEC, 10);
	dup2(a[0], 0);
	dup2(b[1], 1);
	err = open_on(kind, 0, command);
	dup2(was[0], 0);
	dup2(was[1], 1);
	close(was[0]);
	close(was[1]);
	close(a[0]);
	close(b[1]);
	*in = a[1];
	*out = b[0];
	return err;
}

/* It ends, and says that nothing was wrong. */
static int says_good(int in, int out)
{
	FILE *f = fdopen(out, "r");
	int pid = 0, wrong = -1;

	close(in);
	if (fscanf(f, "%d %d wrong", &pid, &wrong) != 2)
		wrong = -1;
	fclose(f);
	return !wrong;
}

static void goes_on(void)
{
	int in, out, i;

	if (open_lasting(&in, &out))
		bail(why);
	for (i = 0; i < 200; i++)
		if (kind->next(source, 60000, keep, NULL) <= 0)
			break;
	ok(i == 200 && traced.command_status == -1, "a command is traced");
	kind->close(source, keep, NULL);
	i = 0;
	ok(says_good(in, out), "when it is no more, its calls still work");
	ok(waitpid(-1, &i, __WALL) > 0 && !i, "and who kept it ends with it");
}

/* A reader that is killed: what it traced, by number or as a command, goes on. */
static void without_reader(void)
{
	int in, out, go[2];
	pid_t reader;
	char c;

	if (pipe(go))
		bail("no pipe");
	if (!(reader = fork())) {
		if (open_lasting(&in, &out))
			_exit(1);
		for (;;) {
			kind->next(source, 1000, keep, NULL);
			if (told_count > 1000 && write(go[1], &out, 1))
				pause();
		}
	}
	ok(read(go[0], &c, 1) == 1, "a reader reads");
	kill(reader, SIGKILL);
	ok(ended(reader) == SIGKILL, "and is killed");
	/* its end of the pipe closed, the victim's input has ended */
	close(go[0]);
	close(go[1]);
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
	ok(count_of(EVENT_START) == count_of(EVENT_END),
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
	without_reader();
	killed();
	attached_to_stopped();
	attached(argv[2], atoi(argv[5]));
	refused(argv[3]);
	without_privilege();
	free(told);
	return done();
}
