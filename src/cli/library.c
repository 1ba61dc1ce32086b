/* Where libsigpact is: beside this program (a build tree), or where it was
   installed.  Normal context. */
#include "cli.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

int sigpact__library_find(char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n > 0) {
		self[n] = 0;
		slash = strrchr(self, '/');
		*slash = 0;
		snprintf(path, size, "%s/" SIGPACT_LIBRARY, self);
		if (!access(path, R_OK))
			return 0;
	}
	snprintf(path, size, SIGPACT_LIBDIR "/" SIGPACT_LIBRARY);
	return access(path, R_OK);
}
