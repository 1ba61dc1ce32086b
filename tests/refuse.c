/* Threads that cannot be held or must not be made to call, threads that are
   gone midway, and a tracer that is.   refuse PROGRAM32 */
#include "held.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ptrace.h>

static const char *program32;

static void exec32(void)
{
	shared->ready = 1;
	execl(program32, program32, (char *)NULL);
	shared->error = errno;
	for (;;)
		pause();
}

/* 32-bit code in a 64-bit process, as Wine has it. */
static void jump32(void)
{
	unsigned char *code = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
				   0);

	code[0] = 0xeb; /* jmp . */
	code[1] = 0xfe;
	shared->ready = 1;
	__asm__ volatile("push $0x23\n\tpush %0\n\tlretq" : : "r"(code));
}

static int hold(struct sigpact__remote *r, pid_t pid, unsigned timeout_ms)
{
	int err = sigpact__remote_hold(r, pid, pid, timeout_ms);

	if (!err)
		sigpact__remote_release(r);
	return err;
}

static void is_32(void)
{
	pid_t pid = child(exec32);
	struct sigpact__remote r;
	int err = 0;

	WAIT_FOR(shared->error || (err = hold(&r, pid, 10000)) == -ENOEXEC);
	if (shared->error)
		skip("a 32-bit process", strerror(shared->error));
	else
		ok(err == -ENOEXEC && state_of(pid) != 't',
		   "a 32-bit process is refused");
	end(pid);
	pid = child(jump32);
	err = 0;
	WAIT_FOR((err = hold(&r, pid, 10000)) == -ENOEXEC || err == -ESRCH);
	if (err == -ESRCH)
		skip("a thread in 32-bit code", "no such segment");
	else
		ok(err == -ENOEXEC && state_of(pid) == 'R',
		   "a thread in 32-bit code is, too");
	end(pid);
}

static void in_vfork(void)
{
	pid_t pid;

	shared->ready = 1;
	pid = vfork();
	if (!pid) {
		while (!shared->in)
			syscall(SYS_sched_yield);
		_exit(0);
	}
	shared->result = pid > 0;
	busy();
}

static void uninterruptible(void)
{
	pid_t pid = child(in_vfork);
	struct sigpact__remote r;
	int good;

	good = WAIT_FOR(state_of(pid) == 'D') && hold(&r, pid, 20) == -EBUSY &&
	       !shared->result;
	shared->in = 1;
	good = WAIT_FOR(shared->result) && works() && good;
	good = hold(&r, pid, 10000) == 0 && works() && good;
	shared->stop = 1;
	ok(!ended(pid) && good,
	   "one in vfork is not held within the limit, and left alone");
}

static void absent(void)
{
	pid_t pid = child(busy);
	struct sigpact__remote r;

	kill(pid, SIGKILL);
	WAIT_FOR(state_of(pid) == 'Z');
	ok(hold(&r, pid, 100) == -ESRCH, "a zombie is not there");
	end(pid);
	ok(hold(&r, pid, 100) == -ESRCH, "a process that was waited for, too");
}

static void traced(void)
{
	pid_t pid = child(busy), tracer;
	struct sigpact__remote r;

	shared->ready = 0;
	tracer = fork();
	if (!tracer) {
		shared->ready = ptrace(PTRACE_SEIZE, pid, 0, 0) ? -1 : 1;
		for (;;)
			pause();
	}
	ok(WAIT_FOR(shared->ready) && shared->ready == 1 &&
	       hold(&r, pid, 100) == -EPERM,
	   "who is traced by another is refused");
	end(tracer);
	end(pid);
}

static void dies(void)
{
	struct sigpact__act actions[65];
	pid_t pid = child(busy);
	struct sigpact__remote r;
	stack_t ss;
	int good = !sigpact__remote_hold(&r, pid, pid, 10000);

	good = good && call(&r, SYS_getpid) == pid;
	kill(pid, SIGKILL);
	ok(good && call(&r, SYS_getpid) == -ESRCH &&
	       call(&r, SYS_getpid) == -ESRCH &&
	       ask(&r, &ss, actions) == -ESRCH,
	   "one that dies midway");
	sigpact__remote_release(&r);
	end(pid);
}

static void *execs(void *unused)
{
	(void)unused;
	while (!shared->in)
		;
	execl("/proc/self/exe", "refuse", "--sleep", (char *)NULL);
	return NULL;
}

static void will_exec(void)
{
	pthread_t t;

	pthread_create(&t, NULL, execs, NULL);
	busy();
}

/* Both ways round: the thread held is the first, or another. */
static void exec_midway(void)
{
	pid_t pid = child(will_exec);
	struct sigpact__remote r;
	int good = !sigpact__remote_hold(&r, pid, pid, 10000);

	good = good && call(&r, SYS_getpid) == pid;
	shared->in = 1;
	good = WAIT_FOR(call(&r, SYS_getpid) == -ESRCH) && good;
	sigpact__remote_release(&r);
	good = WAIT_FOR(state_of(pid) == 'S') && good;
	good = hold(&r, pid, 10000) == 0 && good;
	ok(good, "one whose other thread calls exec midway");
	end(pid);
}

/* Kills for what the calls of a look are. */
static void filter(void)
{
	static const long refused[] = { SYS_mmap, SYS_munmap, SYS_getpid,
					SYS_sigaltstack, SYS_rt_sigaction };
	struct sock_filter f[32] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { 1, f };
	size_t i;

	for (i = 0; i < sizeof refused / sizeof *refused; i++) {
		f[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
		f[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	f[program.len++] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return;
	busy();
	syscall(SYS_getpid);
}

static void drop_suspend(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	syscall(SYS_capget, &h, d);
	d[0].effective &= ~(1u << CAP_SYS_ADMIN);
	syscall(SYS_capset, &h, d);
}

static int held_actions(pid_t pid)
{
	struct sigpact__act actions[65];
	struct sigpact__remote r;
	stack_t ss;
	int err = sigpact__remote_hold(&r, pid, pid, 10000);

	if (!err) {
		err = ask(&r, &ss, actions);
		sigpact__remote_release(&r);
	}
	return err;
}

static void filtered(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];
	pid_t pid = child(filter), other;
	int good, status = 0;

	syscall(SYS_capget, &h, d);
	if (d[0].effective & 1u << CAP_SYS_ADMIN)
		ok(!held_actions(pid) && works(),
		   "a filter is suspended for who may");
	else
		skip("a filter is suspended for who may", "not root");
	fflush(stdout);
	other = fork();
	if (!other) {
		drop_suspend();
		_exit(held_actions(pid) != -EACCES);
	}
	waitpid(other, &status, 0);
	good = !status && works();
	ok(good, "no call before a filter, for who may not");
	shared->stop = 1;
	status = ended(pid);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
	   "and the filter stands afterwards");
}

/* Without a vDSO, and in no system call: an instruction elsewhere. */
static void no_vdso(void)
{
	unsigned long start = 0, end = 0;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && fgets(line, sizeof line, f))
		if (strstr(line, "[vdso]"))
			sscanf(line, "%lx-%lx", &start, &end);
	fclose(f);
	if (munmap((void *)start, end - start))
		return;
	busy();
}

static void without_vdso(void)
{
	pid_t pid = child(no_vdso);
	int err = held_actions(pid);

	ok(!err && works(), "without a vDSO: %d", err);
	shared->stop = 1;
	ended(pid);
}

/* Memory must not be both written and executed. */
static void strict(void)
{
	shared->error = prctl(65, 1, 0, 0, 0) ? errno : 0; /* PR_SET_MDWE */
	busy();
}

static void not_both(void)
{
	pid_t pid = child(strict);
	int err = held_actions(pid);

	if (shared->error)
		skip("PR_SET_MDWE", strerror(shared->error));
	else
		ok(!err && works(), "with PR_SET_MDWE: %d", err);
	shared->stop = 1;
	ended(pid);
}

/* The tracer ends by sig somewhere: the other is as it was. */
static int tracer_ends(pid_t pid, int sig, unsigned after_us)
{
	struct timespec t = { 0, after_us * 1000 };
	struct sigpact__remote r;
	pid_t tracer;
	int status;

	shared->in = 0;
	tracer = fork();
	if (!tracer) {
		signal(sig, SIG_DFL); /* may be ignored: & in a shell */
		for (;; shared->in = 1) {
			if (sigpact__remote_hold(&r, pid, pid, 10000))
				continue;
			call(&r, SYS_getpid);
			sigpact__remote_ask(&r, 1, 1);
			sigpact__remote_release(&r);
		}
	}
	WAIT_FOR(shared->in);
	nanosleep(&t, NULL);
	kill(tracer, sig);
	status = ended(tracer);
	return WIFSIGNALED(status) && WTERMSIG(status) == sig && works() &&
	       WAIT_FOR(state_of(pid) != 't');
}

static void interrupted(void)
{
	pid_t pid = child(busy);
	int i, good = 1;

	for (i = 0; i < 60 && good; i++)
		good = tracer_ends(pid, i & 1 ? SIGINT : SIGTERM, i * 17);
	shared->stop = 1;
	ok(!ended(pid) && good, "%d tracers ended by ^C or SIGTERM", i);
}

/* Between two calls, where it is as it was. */
static void killed(void)
{
	pid_t pid = child(busy), tracer;
	struct sigpact__remote r;
	int good;

	shared->in = 0;
	tracer = fork();
	if (!tracer) {
		if (!sigpact__remote_hold(&r, pid, pid, 10000)) {
			call(&r, SYS_getpid);
			sigpact__remote_scratch(&r, 16);
			shared->in = 1;
		}
		for (;;)
			pause();
	}
	good = WAIT_FOR(shared->in) && state_of(pid) == 't';
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	good = works() && good;
	shared->stop = 1;
	ok(!ended(pid) && good, "a tracer killed between two calls");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		bail("usage: refuse PROGRAM32");
	if (!strcmp(argv[1], "--sleep"))
		for (;;)
			pause();
	program32 = argv[1];
	is_32();
	uninterruptible();
	absent();
	traced();
	dies();
	exec_midway();
	filtered();
	without_vdso();
	not_both();
	interrupted();
	killed();
	return done();
}
