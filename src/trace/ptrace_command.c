/* Starts a command as the keeper's child, traced from its first instruction on.
   Tracer's context, in the keeper and in what becomes the command. */
#include "ptrace.h"

#include "registers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits to be traced, else its filter would make calls fail; says whether it
   has one, and why it does not run. */
__attribute__((noreturn)) static void become(struct keeper *k, int line,
					     char *const *command)
{
	int said;

	if (read(line, &said, sizeof said) != sizeof said)
		_exit(127);
	sigprocmask(SIG_SETMASK, &k->mask, NULL);
	said = sigpact__filter();
	if (write(line, &said, sizeof said) < 0)
		_exit(127);
	execvp(command[0], command);
	said = errno;
	if (write(line, &said, sizeof said) < 0)
		_exit(127);
	_exit(127);
}

/* Until it has called exec.  0, or 1: it ended. */
static int until_exec(pid_t pid)
{
	int status, event;

	for (;;) {
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			return 1;
		event = status >> 16;
		if (event == PTRACE_EVENT_EXEC)
			return 0;
		if (event == STOP_EVENT && WSTOPSIG(status) != SIGTRAP)
			ptrace(PTRACE_LISTEN, pid, 0, 0);
		else
			ptrace(PTRACE_CONT, pid, 0,
			       event ? 0 : WSTOPSIG(status));
	}
}

static int give_up(struct keeper *k, pid_t pid, int err, const char *name,
		   const char *why)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	return sigpact__keeper_fails(k, err, "%.100s: %s", name, why);
}

static int traced(struct keeper *k, pid_t pid, int line, const char *name)
{
	long options = sigpact__trace_options | PTRACE_O_TRACESECCOMP;
	struct user_regs_struct regs;
	int said = 0;

	if (ptrace(PTRACE_SEIZE, pid, 0, options))
		return give_up(k, pid, -ENOSYS, name,
			       "ptrace is not allowed here, not even of a "
			       "child (in a container, by its seccomp "
			       "profile?)");
	if (write(line, &said, sizeof said) < 0 || until_exec(pid)) {
		while (recv(line, &said, sizeof said, MSG_DONTWAIT) > 0)
			;
		if (said <= 1)
			return give_up(k, pid, -EIO, name,
				       "ended before it ran");
		return give_up(k, pid, -said, name, strerror(said));
	}
	if (recv(line, &said, sizeof said, MSG_DONTWAIT) != sizeof said ||
	    ptrace(PTRACE_GETREGS, pid, 0, &regs))
		return give_up(k, pid, -EIO, name, "was killed");
	if (remote_is_32(&regs))
		return give_up(k, pid, -ENOSYS, name,
			       "is a 32-bit program; calls of 64-bit ones "
			       "alone are traced");
	k->filtered = said;
	return 0;
}

int sigpact__command(struct keeper *k, char *const *command)
{
	struct tracee *t;
	int line[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
		return sigpact__keeper_fails(k, -errno, "no socket: %s",
					     strerror(errno));
	pid = fork();
	if (!pid)
		become(k, line[1], command);
	close(line[1]);
	err = pid < 0 ? sigpact__keeper_fails(k, -errno, "no process: %s",
					      strerror(errno)) :
			traced(k, pid, line[0], command[0]);
	close(line[0]);
	if (err)
		return err;
	t = sigpact__tracee_add(k, pid);
	if (!t || !sigpact__tracee_join(t, NULL, pid))
		return give_up(k, pid, -ENOMEM, command[0], "no memory");
	k->command = pid;
	sigpact__kin_exec(k, pid);
	sigpact__keeper_resume(k, t, 0, 0);
	return 0;
}
