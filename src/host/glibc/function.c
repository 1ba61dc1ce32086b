/* The function an address of another process lies in, by libdwfl.  A module is
   opened when it is first asked for (200 us), and nothing is fetched: the
   callbacks are ours, not those that ask debuginfod.  Normal context. */
#include "mapfile.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sigpact__functions {
	Dwfl *dwfl;
	pid_t pid;
	const struct sigpact__map *map;
	size_t count;
	int attached;
};

/* libdwfl's callbacks get no argument of their own; each thread has one call
   under way. */
static __thread struct sigpact__functions *asking;

static const struct sigpact__map *map_of(const char *path, uint64_t base)
{
	const struct sigpact__functions *f = asking;
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->map[i].start >= base && !strcmp(f->map[i].path, path))
			return &f->map[i];
	return NULL;
}

/* The program headers and the dynamic symbols are in memory anyhow: libdwfl
   reads those of the vDSO, and of a removed file once it knows the process. */
static int in_memory(Dwfl_Module *module, void **data, const char *name,
		     Dwarf_Addr base, char **path, Elf **elf)
{
	struct sigpact__functions *f = asking;

	if (!f->attached && *name == '/') {
		f->attached = 1;
		dwfl_linux_proc_attach(f->dwfl, f->pid, true);
	}
	return dwfl_linux_proc_find_elf(module, data, name, base, path, elf);
}

static int find_elf(Dwfl_Module *module, void **data, const char *name,
		    Dwarf_Addr base, char **path, Elf **elf)
{
	const struct sigpact__map *m;
	int fd;

	if (!asking)
		return -1;
	if (*name != '/')
		return in_memory(module, data, name, base, path, elf);
	m = map_of(name, base);
	fd = m ? sigpact__mapfile_open(asking->pid, m) : -1;
	if (fd >= 0) {
		*path = strdup(name);
		return fd;
	}
	return fd == -ENOENT ? in_memory(module, data, name, base, path, elf)
			     : -1;
}

static void hex(const unsigned char *bits, int size, char to[41])
{
	int i;

	for (i = 0; i < size && i < 20; i++)
		sprintf(to + 2 * i, "%02x", bits[i]);
}

/* What a distribution's debug packages install. */
static int find_debuginfo(Dwfl_Module *module, void **data, const char *name,
			  Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word crc, char **path)
{
	const unsigned char *bits;
	GElf_Addr at;
	int size = dwfl_module_build_id(module, &bits, &at), fd;
	char id[41], *p;

	if (size < 2)
		return -1;
	hex(bits, size, id);
	if (asprintf(&p, "/usr/lib/debug/.build-id/%.2s/%s.debug", id,
		     id + 2) < 0)
		return -1;
	fd = open(p, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		*path = p;
	else
		free(p);
	return fd;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
};

struct sigpact__functions *sigpact__functions_open(
	pid_t pid, const struct sigpact__map *map, size_t count)
{
	struct sigpact__functions *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->pid = pid;
	f->map = map;
	f->count = count;
	f->dwfl = dwfl_begin(&callbacks);
	if (!f->dwfl) {
		free(f);
		return NULL;
	}
	dwfl_linux_proc_report(f->dwfl, pid);
	dwfl_report_end(f->dwfl, NULL, NULL);
	return f;
}

void sigpact__functions_close(struct sigpact__functions *f)
{
	dwfl_end(f->dwfl);
	free(f);
}

/* Who unwinds attaches its own way to read memory: there is but one. */
struct Dwfl *sigpact__functions_dwfl(struct sigpact__functions *f)
{
	f->attached = 1;
	asking = f;
	return f->dwfl;
}

const char *sigpact__function_at(struct sigpact__functions *f,
				 uint64_t address, uint64_t *offset,
				 char build_id[41])
{
	Dwfl_Module *module = dwfl_addrmodule(f->dwfl, address);
	const unsigned char *bits;
	const char *name;
	GElf_Addr bias;
	GElf_Sym symbol;
	int size;

	if (!module)
		return NULL;
	asking = f;
	dwfl_module_getelf(module, &bias);
	name = dwfl_module_addrinfo(module, address, offset, &symbol, NULL,
				    NULL, NULL);
	size = dwfl_module_build_id(module, &bits, &bias);
	if (size > 0)
		hex(bits, size, build_id);
	asking = NULL;
	return name;
}
