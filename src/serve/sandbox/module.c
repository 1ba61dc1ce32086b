/* A module's shared object in this process, as long as somebody refers to it.
   Normal context, any thread. */
#include "instance.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct module {
	unsigned references;
	void *object;
	const struct sigpact_module *facts;
	int fd;			/* its name to the loader, or -1 */
};

const struct sigpact_module *module_facts(const struct module *m)
{
	return m->facts;
}

/* The loader takes an object that it has under this name already, even when the
   file is another one now: then it is given a name that it cannot know. */
static void *load(const char *path, int *fd)
{
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
	char name[64];

	*fd = -1;
	if (!object)
		return dlopen(path, RTLD_NOW | RTLD_LOCAL);
	dlclose(object);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return NULL;
	snprintf(name, sizeof name, "/proc/self/fd/%d", *fd);
	return dlopen(name, RTLD_NOW | RTLD_LOCAL);
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
		*m->facts->host = &sandbox_host;
		m->facts->init();
	}
	return NULL;
}

static int load_object(const char *path, struct module **module,
		       char why[SANDBOX_WHY])
{
	struct module *m = calloc(1, sizeof *m);
	const char *wrong;

	if (!m)
		return -ENOMEM;
	m->references = 1;
	m->object = load(path, &m->fd);
	wrong = m->object ? take(m) : dlerror();
	if (!wrong) {
		*module = m;
		return 0;
	}
	snprintf(why, SANDBOX_WHY, "%.200s: %.300s", path, wrong);
	module_drop(m);
	return -ENOEXEC;
}

int module_load(const char *path, struct module **module, char why[SANDBOX_WHY])
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
		noted = module_build(real, NULL, object, sizeof object, why);
		if (noted < 0)
			return noted;
		strcpy(real, object);
	}
	e = load_object(real, module, why);
	return e ? e : noted;
}

struct module *module_hold(struct module *m)
{
	__atomic_add_fetch(&m->references, 1, __ATOMIC_RELAXED);
	return m;
}

void module_drop(struct module *m)
{
	if (!m || __atomic_sub_fetch(&m->references, 1, __ATOMIC_ACQ_REL))
		return;
	if (m->object)
		dlclose(m->object);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}
