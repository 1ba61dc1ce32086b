/* A module's shared object in this process, as long as somebody refers to it.
   Normal context, any thread. */
#include "instance.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct module {
	struct module *next;
	dev_t device;
	ino_t inode;		/* not another file's as long as it is mapped */
	unsigned references;
	void *object;
	const struct sigpact_module *facts;
	int fd;			/* its name to the loader, or -1 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct module *all; /* each file once */

const struct sigpact_module *sigpact__module_facts(const struct module *m)
{
	return m->facts;
}

/* A name of fd that no object ever had: the loader never forgets the names of one
   that it keeps, and would take a later file for it.  Each bit of a number is a
   '/' more, with a dot behind it or without. */
static void name_make(char name[192], int fd)
{
	static unsigned names;
	unsigned n;

	strcpy(name, "/proc/self/fd");
	for (n = ++names; n; n >>= 1)
		strcat(name, n & 1 ? "/." : "/");
	sprintf(name + strlen(name), "/%d", fd);
}

/* The loader takes an object that it has under this name already, even when the
   file is another one now: then it is given a new name. */
static void *load(const char *path, int *fd)
{
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
	char name[192];

	*fd = -1;
	if (!object)
		return dlopen(path, RTLD_NOW | RTLD_LOCAL);
	dlclose(object);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return NULL;
	name_make(name, *fd);
	return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

static void module_free(struct module *m)
{
	if (m->object)
		dlclose(m->object);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

/* Fills *m, or says what is wrong with the object. */
static const char *take(struct module *m)
{
	m->facts = dlsym(m->object, SIGPACT_MODULE);
	if (!m->facts)
		return "not a module; expected what sigpact-serve --build "
		       "makes of a .wasm";
	if (m->facts->abi != SIGPACT_ABI)
		return "built by another version of sigpact-serve; build it "
		       "again";
	if (!*m->facts->host) {
		*m->facts->host = &sigpact__sandbox_host;
		m->facts->init();
	}
	return NULL;
}

static int fail(const char *path, const char *wrong, char why[SANDBOX_WHY])
{
	snprintf(why, SANDBOX_WHY, "%.200s: %.300s", path, wrong);
	return -ENOEXEC;
}

/* lock is held. */
static int load_new(const char *path, const struct stat *st,
		    struct module **module, char why[SANDBOX_WHY])
{
	struct module *m = calloc(1, sizeof *m);
	const char *wrong;
	int e = 0;

	if (!m)
		return -ENOMEM;
	m->references = 1;
	m->device = st->st_dev;
	m->inode = st->st_ino;
	m->object = load(path, &m->fd);
	wrong = m->object ? take(m) : dlerror();
	if (wrong) {
		e = fail(path, wrong, why);
		module_free(m);
		return e;
	}
	m->next = all;
	*module = all = m;
	return 0;
}

static int load_object(const char *path, struct module **module,
		       char why[SANDBOX_WHY])
{
	struct module *m;
	struct stat st;
	int e = 0;

	if (stat(path, &st))
		return fail(path, strerror(errno), why);
	pthread_mutex_lock(&lock);
	for (m = all; m; m = m->next)
		if (m->device == st.st_dev && m->inode == st.st_ino)
			break;
	if (m)
		*module = sigpact__module_hold(m);
	else
		e = load_new(path, &st, module, why);
	pthread_mutex_unlock(&lock);
	return e;
}

int sigpact__module_load(const char *path, struct module **module,
			 char why[SANDBOX_WHY])
{
	const char *end = strrchr(path, '.');
	char real[PATH_MAX], object[PATH_MAX];
	int e = 0, noted = 0;

	if (!realpath(path, real)) {
		e = -errno;
		snprintf(why, SANDBOX_WHY, "cannot read %.300s: %s", path,
			 strerror(-e));
		return e;
	}
	if (end && !strcmp(end, ".wasm")) {
		noted = sigpact__module_build(real, NULL, object, sizeof object,
					      why);
		if (noted < 0)
			return noted;
		strcpy(real, object);
	}
	sigpact__memory_pagemap();
	e = load_object(real, module, why);
	return e ? e : noted;
}

struct module *sigpact__module_hold(struct module *m)
{
	__atomic_add_fetch(&m->references, 1, __ATOMIC_RELAXED);
	return m;
}

/* The last one leaves the list before anybody can find it there. */
void sigpact__module_drop(struct module *m)
{
	struct module **at;
	int last;

	if (!m)
		return;
	pthread_mutex_lock(&lock);
	last = !__atomic_sub_fetch(&m->references, 1, __ATOMIC_ACQ_REL);
	for (at = &all; last && *at; at = &(*at)->next)
		if (*at == m) {
			*at = m->next;
			break;
		}
	pthread_mutex_unlock(&lock);
	if (last)
		module_free(m);
}
