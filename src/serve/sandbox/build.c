/* From a WebAssembly file to the shared object that a sandbox runs: by wasm2c and
   the C compiler, in a folder of its own that is gone afterwards.  Normal
   context. */
#include "build.h"

#include "abi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 4096, WASM_MOST = 256 << 20 };

/* Bound now: a late binding takes the loader's lock, in a sandbox.  Each page of
   a large frame is touched, so that none passes over the guard. */
static const char *const flags[] = {
	"-O2",
	"-fPIC",
	"-std=gnu11",
	"-DNDEBUG",
	"-w",
	"-fvisibility=hidden",
	"-fstack-clash-protection",
	"-fno-optimize-sibling-calls",
	"-fno-math-errno",
	"-ffp-contract=off",
	"-ffunction-sections",
	"-shared",
	"-Wl,-z,now,-z,relro,-z,noexecstack",
	"-Wl,--gc-sections,--no-undefined,-Bsymbolic",
	NULL
};
enum { FLAGS = sizeof flags / sizeof *flags - 1 };

static int complain(char why[SANDBOX_WHY], const char *what, const char *path,
		    int e)
{
	snprintf(why, SANDBOX_WHY, "cannot %s %.400s: %s", what, path,
		 strerror(-e));
	return e;
}

static int file_write(const char *folder, const char *name, const void *bytes,
		      size_t size, char why[SANDBOX_WHY])
{
	char path[PATH + 32];
	FILE *f;
	int e = 0;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wxe");
	if (!f)
		return complain(why, "write", path, -errno);
	if (fwrite(bytes, 1, size, f) != size)
		e = -EIO;
	if (fclose(f))
		e = -EIO;
	return e ? complain(why, "write", path, e) : 0;
}

/* Its files, too. */
static void folder_remove(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	rmdir(folder);
}

static int translate(const char *folder, const char *log,
		     char why[SANDBOX_WHY])
{
	char wasm[PATH + 32], c[PATH + 32];
	char *argv[] = { "wasm2c", "-n", "mod", "-o", c, wasm, NULL };
	int e;

	snprintf(wasm, sizeof wasm, "%s/module.wasm", folder);
	snprintf(c, sizeof c, "%s/mod.c", folder);
	e = sigpact__build_run(argv, log, why);
	if (e == -ENOENT)
		strcat(why, "; expected Debian's package wabt");
	return e;
}

static int compile(const char *folder, const char *log,
		   const struct wasm_facts *facts, char why[SANDBOX_WHY])
{
	char object[PATH + 32], c[PATH + 32], glue[PATH + 32];
	char reach[64], module[64];
	char *argv[FLAGS + 10] = { "cc" };
	int n = 1, e;

	for (; n <= FLAGS; n++)
		argv[n] = (char *)flags[n - 1];
	snprintf(object, sizeof object, "%s/module.so", folder);
	snprintf(c, sizeof c, "%s/mod.c", folder);
	snprintf(glue, sizeof glue, "%s/glue.c", folder);
	snprintf(reach, sizeof reach, "-DMODULE_REACH=%lluull",
		 (unsigned long long)facts->reach);
	snprintf(module, sizeof module, "-DMODULE_FLAGS=%u", facts->flags);
	argv[n++] = reach;
	argv[n++] = module;
	argv[n++] = facts->imports ? "-DINSTANTIATE_ARGUMENT=,s"
				   : "-DINSTANTIATE_ARGUMENT=";
	argv[n++] = "-o";
	argv[n++] = object;
	argv[n++] = c;
	argv[n++] = glue;
	argv[n++] = "-lm";
	e = sigpact__build_run(argv, log, why);
	if (e == -ENOENT)
		strcat(why, "; expected a C compiler, Debian's package gcc");
	return e;
}

static int make(const char *folder, const void *bytes, size_t size,
		const struct wasm_facts *facts, const char *output,
		char why[SANDBOX_WHY])
{
	char object[PATH + 32], log[PATH + 32];
	size_t i;
	int e;

	snprintf(object, sizeof object, "%s/module.so", folder);
	snprintf(log, sizeof log, "%s/log", folder);
	e = file_write(folder, "module.wasm", bytes, size, why);
	for (i = 0; i < sizeof sigpact__build_sources /
			    sizeof *sigpact__build_sources &&
		    !e;
	     i++)
		e = file_write(folder, sigpact__build_sources[i].name,
			       sigpact__build_sources[i].text,
			       sigpact__build_sources[i].size, why);
	if (!e)
		e = translate(folder, log, why);
	if (!e)
		e = compile(folder, log, facts, why);
	if (!e && rename(object, output))
		e = complain(why, "write", output, -errno);
	return e;
}

/* In a folder beside the output, so that it appears there at once and whole. */
static int build(const void *bytes, size_t size, const struct wasm_facts *facts,
		 const char *output, char why[SANDBOX_WHY])
{
	const char *slash = strrchr(output, '/');
	char folder[PATH];
	int e;

	if (snprintf(folder, sizeof folder, "%.*s/.build-XXXXXX",
		     slash ? (int)(slash - output) : 1,
		     slash ? output : ".") >= (int)sizeof folder)
		return complain(why, "write", output, -ENAMETOOLONG);
	if (!mkdtemp(folder))
		return complain(why, "write", output, -errno);
	e = make(folder, bytes, size, facts, output, why);
	folder_remove(folder);
	return e;
}

/* The whole file in memory, which the caller frees. */
static int file_read(const char *path, void **bytes, size_t *size,
		     char why[SANDBOX_WHY])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), e = 0;
	struct stat s = { 0 };
	ssize_t n;

	if (fd < 0 || fstat(fd, &s))
		e = -errno;
	else if (!S_ISREG(s.st_mode))
		e = S_ISDIR(s.st_mode) ? -EISDIR : -EINVAL;
	else if (s.st_size > WASM_MOST)
		e = -EFBIG;
	*bytes = e ? NULL : malloc((size_t)s.st_size + 1);
	if (!e && !*bytes)
		e = -ENOMEM;
	for (*size = 0; !e && *size < (size_t)s.st_size; *size += (size_t)n) {
		n = read(fd, (char *)*bytes + *size,
			 (size_t)s.st_size - *size);
		if (n <= 0)
			e = n ? -errno : -EIO;
	}
	if (fd >= 0)
		close(fd);
	return e ? complain(why, "read", path, e) : 0;
}

/* What is worth telling of a module that was built all the same. */
static int noted(const struct wasm_facts *facts, const char *wasm,
		 char why[SANDBOX_WHY])
{
	if (!(facts->flags & MODULE_STACK_NOT_FIRST))
		return 0;
	snprintf(why, SANDBOX_WHY, "%.300s: its own stack would grow into its "
		 "data unnoticed; link with -Wl,--stack-first", wasm);
	return 1;
}

static int from_bytes(const void *bytes, size_t size, const char *output,
		      char *path, size_t path_size, char why[SANDBOX_WHY],
		      struct wasm_facts *facts)
{
	char cached[PATH];
	int e = sigpact__wasm_read(bytes, size, facts, why);

	if (!e && !output) {
		e = sigpact__build_cached(bytes, size, flags, cached,
					  sizeof cached, why);
		output = cached;
	}
	if (!e && strlen(output) >= path_size)
		e = complain(why, "write", output, -ENAMETOOLONG);
	if (!e && (output != cached || access(cached, R_OK)))
		e = build(bytes, size, facts, output, why);
	if (!e)
		strcpy(path, output);
	return e;
}

int sigpact__module_build(const char *wasm, const char *output, char *path,
			  size_t size, char why[SANDBOX_WHY])
{
	struct wasm_facts facts;
	char text[SANDBOX_WHY];
	void *bytes = NULL;
	size_t length = 0;
	int e;

	e = file_read(wasm, &bytes, &length, why);
	if (e)
		return e;
	e = from_bytes(bytes, length, output, path, size, text, &facts);
	free(bytes);
	if (!e)
		return noted(&facts, wasm, why);
	snprintf(why, SANDBOX_WHY, "%.100s: %.400s", wasm, text);
	return e;
}
