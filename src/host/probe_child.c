/* What probes share: children that may die, memory that outlives them, and
   signals sent to oneself.  Normal context. */
#include "probe.h"
#include "sys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SECONDS = 10, CANNOT = 99 };

static void be_child(pid_t parent)
{
	static const struct rlimit none;
	sigset_t all;
	int sig;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(CANNOT);
	setrlimit(RLIMIT_CORE, &none);
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	alarm(CHILD_SECONDS);
}

int sigpact__probe_child(void (*run)(void *shared), void *shared)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		be_child(parent);
		run(shared);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status;
}

void *sigpact__probe_share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void sigpact__probe_unshare(void *p, size_t size)
{
	munmap(p, size);
}

void sigpact__probe_arm(char *low, size_t size, unsigned flags)
{
	stack_t s = { .ss_sp = low, .ss_size = size, .ss_flags = (int)flags };

	if (sigaltstack(&s, NULL))
		_exit(CANNOT);
}

void sigpact__probe_install(int sig, void (*handler)(int, siginfo_t *, void *),
			    int flags)
{
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_sigaction = handler;
	a.sa_flags = flags | SA_SIGINFO;
	if (sigaction(sig, &a, NULL))
		_exit(CANNOT);
}

void sigpact__probe_raise(int sig)
{
	sigpact__sys3(SYS_tgkill, sigpact__sys0(SYS_getpid),
		      sigpact__sys0(SYS_gettid), sig);
}
