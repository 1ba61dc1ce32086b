/* A program that sigpact__module_build needs: wasm2c, the compiler.  Normal
 * context. */
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* The first line that complains, else the first. */
static void complaint(const char *log, const char *program,
		      char why[SANDBOX_WHY])
{
	char line[SANDBOX_WHY], first[SANDBOX_WHY] = "it said nothing";
	FILE *f = fopen(log, "re");
	int found = 0, any = 0;

	while (f && !found && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		found = strstr(line, "error") != NULL;
		if (found || !any++)
			strcpy(first, line);
	}
	if (f)
		fclose(f);
	snprintf(why, SANDBOX_WHY, "%s failed: %.400s", program, first);
}

static int spawn(char *const argv[], const char *log, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int e;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, log,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	e = posix_spawnp(pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return e;
}

int sigpact__build_run(char *const argv[], const char *log,
		       char why[SANDBOX_WHY])
{
	int status, e;
	pid_t pid;

	e = spawn(argv, log, &pid);
	if (e) {
		snprintf(why, SANDBOX_WHY, "cannot run %s: %s", argv[0],
			 strerror(e));
		return -e;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!status)
		return 0;
	if (WIFSIGNALED(status))
		snprintf(why, SANDBOX_WHY, "%s was killed by signal %d",
			 argv[0], WTERMSIG(status));
	else
		complaint(log, argv[0], why);
	return -EIO;
}
