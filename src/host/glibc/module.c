/* The loaded object an address lies in, glibc: _dl_find_object takes no lock
   (glibc 2.35, elf/dl-find_object.c).  Any context. */
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

int sigpact__module_at(uintptr_t address, struct sigpact__module *m)
{
	struct dl_find_object found;

	if (_dl_find_object((void *)address, &found))
		return -ENOENT;
	m->start = (uintptr_t)found.dlfo_map_start;
	m->end = (uintptr_t)found.dlfo_map_end;
	m->path = found.dlfo_link_map->l_name;
	m->program = !*m->path;
	return 0;
}
