/* Whether the loader will take libsigpact into the program that is about to
   run; it says nothing itself when it does not.  Normal context. */
#include "cli.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The file that execvp will take. */
static int find(const char *command, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH"), *end;

	if (strchr(command, '/'))
		return snprintf(path, PATH_MAX, "%s", command) >= PATH_MAX;
	for (dirs = dirs ? dirs : "/bin:/usr/bin";; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - dirs),
			     dirs, end > dirs ? "/" : "./", command) < PATH_MAX
		    && !access(path, X_OK))
			return 0;
		if (!*end)
			return -1;
	}
}

static int is_static(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), i, dynamic = 0;
	Elf64_Phdr p[64];
	Elf64_Ehdr e;
	size_t size;

	if (fd < 0)
		return 0;
	if (pread(fd, &e, sizeof e, 0) != sizeof e ||
	    memcmp(e.e_ident, ELFMAG, SELFMAG) ||
	    e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_phnum > 64)
		e.e_phnum = 0;
	size = e.e_phnum * sizeof *p;
	if (pread(fd, p, size, (off_t)e.e_phoff) != (ssize_t)size)
		e.e_phnum = 0;
	for (i = 0; i < e.e_phnum; i++)
		dynamic |= p[i].p_type == PT_INTERP;
	close(fd);
	return e.e_phnum && !dynamic;
}

/* Does the kernel give it rights that its caller does not have (AT_SECURE)? */
static const char *gains(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || stat(path, &st) ||
	    statvfs(path, &fs) || fs.f_flag & ST_NOSUID)
		return NULL;
	if (st.st_mode & S_ISUID && st.st_uid != getuid())
		return "is set-user-ID";
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st.st_gid != getgid())
		return "is set-group-ID";
	if (getuid() && getxattr(path, "security.capability", NULL, 0) > 0)
		return "has capabilities";
	return NULL;
}

void sigpact__target_warn(const char *command)
{
	const char *why, *rest = ": the loader ignores LD_PRELOAD";
	static char path[PATH_MAX];

	if (find(command, path))
		return;
	why = gains(path);
	if (!why && is_static(path)) {
		why = "is statically linked";
		rest = ": no loader takes libsigpact in";
	}
	if (why)
		fprintf(stderr,
			"sigpact run: warning: %s %s%s; it runs without "
			"sigpact\n",
			command, why, rest);
}
