/* A process that builds modules for the server, which may start no program once
   it is confined.  It is forked before there are threads, and ends with us. */
#include "server.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What takes longer than this is told, so that nobody thinks that we hang. */
enum { SILENT_MS = 200 };

/* What it answers to a path. */
struct built {
	int error;
	char path[PATH_MAX];
	char why[SANDBOX_WHY];
};

static int to_builder = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Until the other end is closed. */
static void serve(int fd)
{
	struct built b;
	char wasm[PATH_MAX];
	ssize_t n;

	while ((n = recv(fd, wasm, sizeof wasm - 1, 0)) > 0) {
		wasm[n] = 0;
		memset(&b, 0, sizeof b);
		b.error = sigpact__module_build(wasm, NULL, b.path,
						sizeof b.path, b.why);
		if (send(fd, &b, sizeof b, MSG_NOSIGNAL) != sizeof b)
			return;
	}
}

int sigpact__builder_start(const char *user, char why[CONFIG_WHY])
{
	pid_t parent = getpid(), child;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) ||
	    (child = fork()) < 0) {
		snprintf(why, CONFIG_WHY, "no process to build modules: %s",
			 strerror(errno));
		return -errno;
	}
	if (child) {
		close(fd[1]);
		to_builder = fd[0];
		return 0;
	}
	close(fd[0]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && (!user || !sigpact__user_become(user, why)))
		serve(fd[1]);
	_exit(0);
}

int sigpact__builder_build(const char *wasm, char *path, size_t size,
			   char why[SANDBOX_WHY])
{
	struct pollfd answer = { .fd = to_builder, .events = POLLIN };
	struct built b;
	size_t length = strlen(wasm);
	ssize_t n = -1;

	pthread_mutex_lock(&lock);
	if (send(to_builder, wasm, length, MSG_NOSIGNAL) == (ssize_t)length) {
		if (!poll(&answer, 1, SILENT_MS))
			fprintf(stderr, "sigpact-serve: building %s\n", wasm);
		n = recv(to_builder, &b, sizeof b, 0);
	}
	pthread_mutex_unlock(&lock);
	if (n != sizeof b) {
		snprintf(why, SANDBOX_WHY,
			 "%.200s: the process that builds modules is gone", wasm);
		return -EIO;
	}
	snprintf(why, SANDBOX_WHY, "%s", b.why);
	if (!b.error)
		snprintf(path, size, "%s", b.path);
	return b.error;
}
