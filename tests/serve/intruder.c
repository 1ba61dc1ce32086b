/* A native library that, once $INTRUDER/go is there, tries from a thread of its own
   what sigpact-serve has given up, and writes to $INTRUDER/said what came of
   each: "0", or an error's number. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static FILE *said;

static void tell(const char *what, long result)
{
	fprintf(said, "%s %d\n", what, result < 0 ? errno : 0);
}

static void *intrude(void *folder)
{
	static char *argv[] = { "none", NULL };
	char path[4096];

	snprintf(path, sizeof path, "%s/go", (char *)folder);
	while (access(path, F_OK))
		usleep(10000);
	tell("kill", kill(getppid(), 0));
	tell("ptrace", ptrace(PTRACE_SEIZE, getppid(), 0, 0));
	tell("execve", execve("/nonexistent", argv, NULL));
	tell("setuid", setuid(0));
	tell("unshare", unshare(0x10000000));
	tell("bpf", syscall(SYS_bpf, 0, NULL, 0));
	tell("packet", socket(AF_PACKET, SOCK_RAW, 0));
	fclose(said);
	snprintf(path, sizeof path, "%s/done", (char *)folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	return NULL;
}

__attribute__((constructor)) static void begin(void)
{
	char *folder = getenv("INTRUDER"), path[4096];
	pthread_t thread;

	if (!folder)
		return;
	snprintf(path, sizeof path, "%s/said", folder);
	said = fopen(path, "w");
	if (said)
		pthread_create(&thread, NULL, intrude, folder);
}
