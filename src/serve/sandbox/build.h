/* How a module's shared object comes to be: the parts of sigpact__module_build.
 */
#ifndef SIGPACT_BUILD_H
#define SIGPACT_BUILD_H

#include "sandbox.h"
#include "wasm.h"

/* sigpact__build_run.c: runs a program with stdout and stderr in the file at
   log.  0; -ENOENT: there is no such program; -EIO: it failed, and *why is its
   first complaint.  Normal context. */
int sigpact__build_run(char *const argv[], const char *log,
		       char why[SANDBOX_WHY]);

/* build_cache.c: where an object of these bytes, built by these flags, is kept;
   the folder is made.  0, or -errno of mkdir(2), or -ENAMETOOLONG. */
int sigpact__build_cached(const void *bytes, size_t size,
			  const char *const *flags, char *path,
			  size_t path_size, char why[SANDBOX_WHY]);

/* What is compiled beside wasm2c's output: names and texts. */
struct build_source {
	const char *name;
	const unsigned char *text;
	size_t size;
};
extern const struct build_source sigpact__build_sources[2];

#endif
