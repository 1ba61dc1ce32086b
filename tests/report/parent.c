/* What a parent sees of COMMAND: each child that wait(2) tells of, each SIGCHLD,
   and that there is no other.

	parent COMMAND [ARGUMENT]... */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t told;
static volatile siginfo_t last;

static void on_child(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	last = *info;
	told++;
}

static void say(const char *who, int status)
{
	if (WIFSIGNALED(status))
		printf("%s: signal %d%s\n", who, WTERMSIG(status),
		       WCOREDUMP(status) ? ", core dumped" : "");
	else
		printf("%s: %s %d\n", who,
		       WIFEXITED(status) ? "status" : "stopped",
		       WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_child,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t child, got;
	int status;

	sigaction(SIGCHLD, &action, NULL);
	child = argc > 1 ? fork() : -1;
	if (!child) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while ((got = waitpid(-1, &status, WUNTRACED | WCONTINUED)) > 0 ||
	       errno == EINTR)
		if (got > 0)
			say(got == child ? "child" : "another", status);
	printf("SIGCHLD %d: its child %d, code %d, status %d\n", (int)told,
	       last.si_pid == child, last.si_code, last.si_status);
	got = waitpid(-1, &status, __WALL | WNOHANG);
	printf("none left: %d\n", got < 0 && errno == ECHILD);
	return child < 0;
}
