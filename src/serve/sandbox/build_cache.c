/* The folder of objects that were built already, and their names: a hash of all
   that goes into one.  Normal context. */
#include "build.h"

#include "abi.h"

#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void hashed(const void *bytes, size_t size, const char *const *flags,
		   char hex[SHA256_DIGEST_STRING_LENGTH])
{
	SHA256_CTX c;
	size_t i;

	SHA256Init(&c);
	for (i = 0;
	     i < sizeof sigpact__build_sources / sizeof *sigpact__build_sources;
	     i++)
		SHA256Update(&c, sigpact__build_sources[i].text,
			     sigpact__build_sources[i].size);
	for (; *flags; flags++)
		SHA256Update(&c, (const uint8_t *)*flags, strlen(*flags) + 1);
	SHA256Update(&c, bytes, size);
	SHA256End(&c, hex);
}

/* Makes the folder at path, and what is missing above it. */
static int folder(char *path)
{
	char *slash;
	int e;

	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		e = mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (e)
			return e;
	}
	return 0;
}

int sigpact__build_cached(const void *bytes, size_t size,
			  const char *const *flags, char *path,
			  size_t path_size, char why[SANDBOX_WHY])
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char hex[SHA256_DIGEST_STRING_LENGTH];
	int n, e;

	if ((!base || *base != '/') && (!home || *home != '/')) {
		snprintf(why, SANDBOX_WHY, "no place for what is built: neither "
			 "XDG_CACHE_HOME nor HOME is set");
		return -ENOENT;
	}
	hashed(bytes, size, flags, hex);
	n = base && *base == '/'
		? snprintf(path, path_size, "%s/sigpact/%s.so", base, hex)
		: snprintf(path, path_size, "%s/.cache/sigpact/%s.so", home,
			   hex);
	if ((size_t)n >= path_size) {
		snprintf(why, SANDBOX_WHY, "the path of the cache is too long");
		return -ENAMETOOLONG;
	}
	e = folder(path);
	if (e)
		snprintf(why, SANDBOX_WHY, "cannot make the folder of %.400s: %s",
			 path, strerror(-e));
	return e;
}
