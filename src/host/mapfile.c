/* Opens the file behind a mapping of another process: of any mount namespace,
   removed or replaced.  Normal context. */
#include "mapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Never a device: opening one may have effects. */
static int open_regular(const char *path)
{
	char self[32];
	struct stat st;
	int place = open(path, O_PATH | O_CLOEXEC), fd;

	if (place < 0)
		return -errno;
	if (fstat(place, &st) || !S_ISREG(st.st_mode)) {
		close(place);
		return -ENOENT;
	}
	snprintf(self, sizeof self, "/proc/self/fd/%d", place);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(place);
	return fd;
}

static int is_exe(pid_t pid, const struct sigpact__map *m)
{
	char link[32], target[4096];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	n = readlink(link, target, sizeof target - 1);
	if (n < 0)
		return 0;
	target[n] = 0;
	return !strcmp(target, m->path);
}

/* map_files names the very file, but asks for a capability; /proc/PID/exe does
   for the program; of the path of a file that was removed or replaced the
   kernel tells, "(deleted)", and so it leads nowhere. */
int sigpact__mapfile_open(pid_t pid, const struct sigpact__map *m)
{
	char path[4200];
	int fd;

	if (*m->path != '/')
		return -ENOENT;
	snprintf(path, sizeof path, "/proc/%d/map_files/%lx-%lx", pid,
		 (unsigned long)m->start, (unsigned long)m->end);
	fd = open_regular(path);
	if (fd >= 0)
		return fd;
	if (is_exe(pid, m)) {
		snprintf(path, sizeof path, "/proc/%d/exe", pid);
		return open_regular(path);
	}
	if (snprintf(path, sizeof path, "/proc/%d/root%s", pid, m->path) >=
	    (int)sizeof path)
		return -ENAMETOOLONG;
	return open_regular(path);
}
