/* What belongs to this program: beside it (a build tree), or where it was
   installed.  Normal context. */
#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* Not this program: it would have found its part before. */
static int is_another(const char *path)
{
	struct stat own, other;

	return !access(path, X_OK) && !stat(path, &other) &&
	       (stat("/proc/self/exe", &own) || own.st_dev != other.st_dev ||
		own.st_ino != other.st_ino);
}

static int find_in_path(char *path, size_t size)
{
	const char *dirs = getenv("PATH"), *end;

	for (; dirs; dirs = *end ? end + 1 : NULL) {
		end = strchrnul(dirs, ':');
		if (*dirs == '/' &&
		    snprintf(path, size, "%.*s/sigpact", (int)(end - dirs),
			     dirs) < (int)size && is_another(path))
			return 0;
	}
	return -ENOENT;
}

int sigpact__reporter_find(char *path, size_t size)
{
	const char *named = getenv("SIGPACT_TOOLS");

	if (named && *named) {
		snprintf(path, size, "%s", named);
		return *named == '/' && !access(path, X_OK) ? 0 : -ENOENT;
	}
	if (!sigpact__commands_find(path, size) || !find_in_path(path, size))
		return 0;
	return sigpact__commands_find(path, size); /* where it was expected */
}
