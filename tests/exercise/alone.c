/* The workload of `sigpact exercise` reaches no other process; it refuses to
   lose a signal that is pending; and when any of its calls is refused it ends,
   says which, and lets no signal in that it sent. */
#include "exercise.h"
#include "seen.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int *heard;	/* signals that reached others */

static void hear(int sig)
{
	(void)sig;
	__atomic_add_fetch(heard, 1, __ATOMIC_RELAXED);
}

static void listen_to_all(void)
{
	struct sigaction a = { .sa_handler = hear };
	int sig;

	for (sig = 1; sig <= 64; sig++)
		if (sig != SIGCHLD)
			sigaction(sig, &a, NULL);
}

static struct sigpact__exercise all(void)
{
	struct sigpact__exercise x = { .threads = 3, .repeat = 20 };

	x.families = ~0u >> (EXERCISE_FAMILIES - sigpact__family_count);
	return x;
}

static int exercise_well(void *unused)
{
	struct sigpact__exercise x = all();

	(void)unused;
	return sigpact__exercise_run(&x);
}

static int signal_group(void *unused)
{
	(void)unused;
	signal(SIGUSR1, SIG_IGN);
	return kill(0, SIGUSR1);
}

/* How a child that does this ends; one that hangs is killed. */
static int in_child(int (*act)(void *), void *arg)
{
	int status = -1, sig, i;
	pid_t pid = fork();

	if (!pid) {
		for (sig = 1; sig <= 64; sig++)
			signal(sig, SIG_DFL);
		_exit(act(arg) ? 1 : 0);
	}
	for (i = 0; i < 120000 && waitpid(pid, &status, WNOHANG) != pid; i++)
		usleep(1000);
	if (i < 120000)
		return status;
	printf("# it hangs\n");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

/* A sibling in the same process group, and this parent, hear it all. */
static void others(void)
{
	int ready[2];
	pid_t sibling;
	char byte;

	listen_to_all();
	if (pipe(ready))
		bail("no pipe");
	sibling = fork();
	if (!sibling) {
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		bail("no sibling");
	ok(!in_child(exercise_well, NULL) && !*heard,
	   "its group's other processes get no signal");
	ok(!in_child(signal_group, NULL) && *heard > 0,
	   "and would have heard it");
	kill(sibling, SIGKILL);
	waitpid(sibling, NULL, 0);
}

static int pending(void *arg)
{
	int sig = *(int *)arg;
	struct sigpact__exercise x = all();
	struct inside before, after;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(sig);
	look_inside(&before);
	return sigpact__exercise_run(&x) != -EBUSY || x.signal != sig ||
	       (look_inside(&after), inside_differs(&before, &after));
}

/* The kernel itself refuses this call from now on. */
static void refuse(int number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(9);
}

/* Fails, by this call; no signal that it sent comes in, none is left. */
static int refused(void *arg)
{
	static const int number[EXERCISE_CALLS] = {
#define NUMBER(name) SYS_##name,
		SIGPACT_EXERCISED(NUMBER)
	};
	int call = *(int *)arg;
	struct sigpact__exercise x = all();
	struct inside before, after;

	look_inside(&before);
	refuse(number[call]);
	x.repeat = 1;
	if (sigpact__exercise_run(&x) != -EPROTO)
		return 1;
	if (x.got != -EPERM || !strstr(x.step, sigpact__exercise_name[call])) {
		printf("# %s: %s: %ld\n", x.family, x.step, x.got);
		fflush(stdout);
		return 1;
	}
	if (call == EXERCISE_rt_sigprocmask || call == EXERCISE_rt_sigaction ||
	    call == EXERCISE_sigaltstack || call == EXERCISE_rt_sigpending)
		return 0; /* it can no longer be looked at */
	look_inside(&after);
	return after.pending || inside_differs(&before, &after);
}

static int no_queue(void *unused)
{
	struct rlimit none = { 0, 0 };
	struct sigpact__exercise x = all();

	(void)unused;
	setrlimit(RLIMIT_SIGPENDING, &none);
	return sigpact__exercise_run(&x) != -EPROTO || x.got != -EAGAIN;
}

int main(void)
{
	static int sig[] = { 64, 62, SIGALRM };
	unsigned i;
	int call;

	setpgid(0, 0);
	heard = mmap(NULL, sizeof *heard, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	others();
	for (i = 0; i < sizeof sig / sizeof *sig; i++)
		ok(!in_child(pending, &sig[i]),
		   "signal %d is pending: refused, and it stays", sig[i]);
	for (call = 0; call < EXERCISE_CALLS; call++)
		if (call != EXERCISE_rt_sigreturn)
			ok(!in_child(refused, &call), "%s is refused: it ends",
			   sigpact__exercise_name[call]);
	ok(!in_child(no_queue, NULL), "no room in the queue: it ends");
	return done();
}
