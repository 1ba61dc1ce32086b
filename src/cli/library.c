/* What belongs to this program: beside it (a build tree), or where it was
   installed.  Normal context. */
#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

__attribute__((nonnull)) static int
find(const char *name, const char *folder, char *path, size_t size)
{
	static char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n > 0) {
		self[n] = 0;
		slash = strrchr(self, '/');
		*slash = 0;
		snprintf(path, size, "%s/%s", self, name);
		if (!access(path, R_OK))
			return 0;
	}
	snprintf(path, size, "%s/%s", folder, name);
	return access(path, R_OK) ? -errno : 0;
}

int sigpact__library_find(char *path, size_t size)
{
	return find(SIGPACT_LIBRARY, SIGPACT_LIBDIR, path, size);
}

int sigpact__commands_find(char *path, size_t size)
{
	return find(SIGPACT_COMMANDS, SIGPACT_LIBEXECDIR, path, size);
}
