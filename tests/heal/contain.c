/* Runs a program in a mount and a pid namespace of its own, with another root
   folder, as containers do, and says its number out here:

	contain ROOT PROGRAM [ARGUMENT]...

   77 where that is not allowed. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int enter(const char *root)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount(root, root, NULL, MS_BIND, NULL) || chdir(root) ||
	       syscall(SYS_pivot_root, ".", ".") ||
	       umount2(".", MNT_DETACH) || chdir("/") ||
	       mount("proc", "/proc", "proc", 0, NULL);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 3)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID)) {
		perror("unshare");
		return 77;
	}
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (enter(argv[1])) {
			perror(argv[1]);
			_exit(77);
		}
		execv(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	fprintf(stderr, "%d\n", pid);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}
