/* What each run is started with: the program, looked up once, and variables of
   its own.  Normal context. */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* 0, or -errno why it is no program. */
static int is_program(const char *path)
{
	struct stat s;

	if (stat(path, &s))
		return -errno;
	if (!S_ISREG(s.st_mode) || access(path, X_OK))
		return -EACCES;
	return 0;
}

int sigpact__hunt_program(struct hunting *h)
{
	const char *name = h->plan->command[0], *dir = getenv("PATH"), *end;
	int err = -ENOENT, one;

	if (strchr(name, '/')) {
		h->path = strdup(name);
		return h->path ? is_program(name) : -ENOMEM;
	}
	for (dir = dir ? dir : "/bin:/usr/bin"; err; dir = end + 1) {
		end = strchrnul(dir, ':');
		free(h->path);
		if (asprintf(&h->path, "%.*s%s%s", (int)(end - dir), dir,
			     end > dir ? "/" : "", name) < 0) {
			h->path = NULL;
			return -ENOMEM;
		}
		one = is_program(h->path);
		if (one != -ENOENT && one != -ENOTDIR)
			err = one;
		if (!*end)
			break;
	}
	return err;
}

/* The same for the same seed and number. */
static void shuffle(char **list, size_t n, uint64_t seed)
{
	char *other;
	size_t i, k;

	for (i = n; i > 1; i--) {
		seed = mix(seed);
		k = seed % i;
		other = list[k];
		list[k] = list[i - 1];
		list[i - 1] = other;
	}
}

int sigpact__run_environment(struct hunting *h, struct run *r)
{
	size_t i, n = 0;

	snprintf(r->variable, sizeof r->variable, "SIGPACT_RUN=%lu", r->number);
	if (r->envp && !h->plan->shuffle)
		return 0;
	if (!r->envp) {
		for (i = 0; environ[i]; i++)
			;
		r->envp = calloc(i + 2, sizeof *r->envp);
	}
	if (!r->envp)
		return -ENOMEM;
	for (i = 0; environ[i]; i++)
		if (strncmp(environ[i], "SIGPACT_RUN=", 12))
			r->envp[n++] = environ[i];
	r->envp[n++] = r->variable;
	if (h->plan->shuffle)
		shuffle(r->envp, n, mix(h->plan->seed) + r->number);
	return 0;
}
