/* sigpact heal --yes that ^C ends at any moment; processes that end, call exec,
   are stopped or filtered: each goes on as it was, or as the journal says.
	midway SIGPACT VICTIM THREADS ROUNDS */
#include "again.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static const char *sigpact;
static char journal_name[64], said_name[64], said[65536];

/* The command, its journal and what it said in files of ours. */
static pid_t heal(pid_t pid, const char *finding)
{
	char number[16];
	int journal = open(journal_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int words = open(said_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	pid_t it;

	snprintf(number, sizeof number, "%d", pid);
	fflush(stdout);
	it = fork();
	if (!it) {
		dup2(journal, 1);
		dup2(words, 2);
		execl(sigpact, sigpact, "heal", number, "--yes", finding,
		      (char *)NULL);
		_exit(127);
	}
	close(journal);
	close(words);
	return it;
}

static size_t size_of(const char *name)
{
	FILE *f = fopen(name, "re");
	size_t size = f ? fread(said, 1, sizeof said - 1, f) : 0;

	said[size] = 0;
	if (f)
		fclose(f);
	return size;
}

static int begun(pid_t it)
{
	return size_of(journal_name) || state_of(it) == 'Z';
}

/* Every other time when it has begun to change things. */
static void interrupt(int rounds)
{
	struct sigpact__record *first = look(victim), *now;
	int i, status, stopped = 0, some = 0, left = 0, differ = 0;
	FILE *journal;

	for (i = 0; i < rounds; i++) {
		pid_t it = heal(victim, "SP004");

		if (i % 2)
			WAIT_FOR(begun(it));
		usleep((useconds_t)(rand() % (i % 2 ? 3000 : 60000)));
		kill(it, SIGINT);
		status = ended(it);
		stopped += WIFSIGNALED(status) && WTERMSIG(status) == SIGINT;
		if (size_of(journal_name)) {
			some++;
			journal = fopen(journal_name, "re");
			now = look(victim);
			left += undo(now, journal) != 0;
			sigpact__record_free(now);
			fclose(journal);
		}
		now = look(victim);
		differ += changes(first, now) != 0;
		sigpact__record_free(now);
	}
	sigpact__record_free(first);
	ok(stopped && some, "^C %d times: ended %d, %d had done something",
	   rounds, stopped, some);
	ok(!left && !differ, "the journal takes back all that was done: %d, %d "
	   "times not", left, differ);
}

/* Its threads have stacks as the victim's: there is much to do. */
static void dies(const char *program, const char *threads)
{
	pid_t other = victim, it;
	FILE *others[2] = { to, from };
	int i, status, told = 0, rounds = 20, bad = 0;

	for (i = 0; i < rounds; i++) {
		start(program, threads);
		it = heal(victim, "SP004");
		if (i % 4)
			WAIT_FOR(begun(it));
		else
			usleep((useconds_t)(rand() % 60000));
		end(victim);
		status = ended(it);
		size_of(said_name);
		if (WIFEXITED(status) && WEXITSTATUS(status) &&
		    (strstr(said, "has ended") || strstr(said, "no process")))
			told++;
		else if (status)
			printf("# %#x: %s\n", status, said);
		bad += !WIFEXITED(status) ||
		       (WEXITSTATUS(status) && !strstr(said, "has ended") &&
			!strstr(said, "no process"));
		fclose(to);
		fclose(from);
	}
	victim = other;
	to = others[0];
	from = others[1];
	ok(!bad && told, "a process that ends meanwhile, %d times: said %d "
	   "times, no other end", rounds, told);
}

static void calls_exec(void)
{
	static char again[] = "again";
	char *argv[] = { again, NULL };

	shared->ready = 1;
	WAIT_FOR(shared->stop);
	execv("/proc/self/exe", argv);
}

__attribute__((noreturn)) static void waits(void)
{
	for (;;)
		pause();
}

static void exec_since(void)
{
	pid_t pid = child(calls_exec);
	struct sigpact__record *r = look(pid), *now;
	struct sigpact__act to = { .handler = 1 };
	int e;

	shared->stop = 1;
	WAIT_FOR(call_of(pid) == SYS_pause);
	e = sigpact__mend_action(r, SIGPIPE, &r->action[SIGPIPE], &to);
	now = look(pid);
	ok(e == -EOWNERDEAD && !now->action[SIGPIPE].handler,
	   "exec since it was looked at: %s", strerror(-e));
	sigpact__record_free(now);
	sigpact__record_free(r);
	end(pid);
}

static void stopped(void)
{
	pid_t pid = child(busy);
	struct sigpact__record *r;
	struct sigpact__act to = { .handler = 1 };
	int e, f, was;

	kill(pid, SIGSTOP);
	WAIT_FOR(state_of(pid) == 'T');
	r = look(pid);
	e = sigpact__mend_action(r, SIGPIPE, &r->action[SIGPIPE], &to);
	was = WAIT_FOR(state_of(pid) == 'T');
	f = sigpact__mend_action(r, SIGPIPE, &to, &r->action[SIGPIPE]);
	was &= WAIT_FOR(state_of(pid) == 'T');
	ok(!e && !f && was, "a stopped process is mended and stays so: %d, %d",
	   e, f);
	kill(pid, SIGCONT);
	ok(works(), "and goes on when it is told to");
	sigpact__record_free(r);
	end(pid);
}

/* It dies by any of the calls that heal makes. */
static void filtered(void)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sigaltstack, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	if (getuid())
		bail("not root");
	if (setresuid(65534, 65534, 65534) || prctl(PR_SET_DUMPABLE, 1) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(1);
	busy();
}

/* By root, who may lift the filter for as long as a thread is held; by its
   user, who may not. */
static void seccomp(void)
{
	struct sigpact__act to = { .handler = 1 };
	struct sigpact__record *r;
	int e = 0, f = 0, status;
	pid_t pid, user;

	if (getuid()) {
		skip("a filtered process", "not root");
		return;
	}
	pid = child(filtered);
	r = look(pid);
	fflush(stdout);
	user = fork();
	if (!user) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		e = sigpact__mend_action(r, SIGPIPE, &r->action[SIGPIPE], &to);
		_exit(-e);
	}
	status = ended(user);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EACCES && works(),
	   "a filtered process, by its user: refused, %#x; it lives", status);
	e = sigpact__mend_action(r, SIGPIPE, &r->action[SIGPIPE], &to);
	f = sigpact__mend_action(r, SIGPIPE, &to, &r->action[SIGPIPE]);
	ok((!e && !f) || e == -EACCES, "by root: %d, %d", e, f);
	ok(works(), "it lives");
	sigpact__record_free(r);
	end(pid);
}

int main(int argc, char **argv)
{
	int status;

	if (argc == 1)
		waits();
	if (argc != 5)
		bail("expected SIGPACT BUSY THREADS TIMES");
	sigpact = argv[1];
	signal(SIGINT, SIG_DFL);
	snprintf(journal_name, sizeof journal_name, "/tmp/midway.%d.journal",
		 getpid());
	snprintf(said_name, sizeof said_name, "/tmp/midway.%d.said", getpid());
	start_with(argv[2], argv[3], "storm");
	interrupt(atoi(argv[4]));
	dies(argv[2], "48");
	exec_since();
	stopped();
	seccomp();
	status = verdict();
	ok(status == 0, "what it says of itself: %#x", status);
	unlink(journal_name);
	unlink(said_name);
	return done();
}
