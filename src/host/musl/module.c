/* The loaded object an address lies in, musl: a walk over the loader's list
   for debuggers.  It takes no lock, and none is needed: objects are added at
   its end and never removed (musl ldso/dynlink.c, dlclose does nothing).
   Any context. */
#include "host.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <sys/auxv.h>

/* Not there in a static program. */
extern struct r_debug *_dl_debug_addr __attribute__((weak));

static int covers(const struct link_map *l, uintptr_t address,
		  struct sigpact__module *m)
{
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)l->l_addr;
	const Elf64_Phdr *p;
	int i, n;

	if (m->program) {
		p = (const Elf64_Phdr *)getauxval(AT_PHDR);
		n = (int)getauxval(AT_PHNUM);
	} else if (e && e->e_ident[EI_MAG0] == ELFMAG0 &&
		   e->e_ident[EI_MAG1] == ELFMAG1) {
		p = (const Elf64_Phdr *)(l->l_addr + e->e_phoff);
		n = e->e_phnum;
	} else {
		return 0;
	}
	m->start = UINTPTR_MAX;
	m->end = 0;
	for (i = 0; i < n; i++) {
		uintptr_t start = l->l_addr + p[i].p_vaddr;

		if (p[i].p_type != PT_LOAD)
			continue;
		if (start < m->start)
			m->start = start & ~4095ul;
		if (start + p[i].p_memsz > m->end)
			m->end = start + p[i].p_memsz;
	}
	m->path = l->l_name;
	return address >= m->start && address < m->end;
}

int sigpact__module_at(uintptr_t address, struct sigpact__module *m)
{
	const struct link_map *l = &_dl_debug_addr ? _dl_debug_addr->r_map
						   : NULL;

	for (m->program = 1; l; l = l->l_next, m->program = 0)
		if (covers(l, address, m))
			return 0;
	return -ENOENT;
}
