/* Is a loaded object Go?  Its linker leaves a note with the build id, owner
   "Go", type 4 (cmd/internal/buildid).  Any context: reads mapped headers. */
#include "host.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#define GO_BUILD_ID 4

static int go_note(uintptr_t at, uintptr_t size)
{
	uintptr_t end = at + size;

	while (end - at >= sizeof(Elf64_Nhdr)) {
		const Elf64_Nhdr *n = (const Elf64_Nhdr *)at;
		uintptr_t whole = sizeof *n + ((n->n_namesz + 3) & ~3ul) +
				  ((n->n_descsz + 3) & ~3ul);

		if (whole > end - at)
			return 0;
		if (n->n_type == GO_BUILD_ID && n->n_namesz == 4 &&
		    !memcmp(n + 1, "Go", 3))
			return 1;
		at += whole;
	}
	return 0;
}

static int go_headers(const Elf64_Phdr *p, size_t count, uintptr_t load)
{
	for (; count; p++, count--)
		if (p->p_type == PT_NOTE &&
		    go_note(load + p->p_vaddr, p->p_memsz))
			return 1;
	return 0;
}

/* m: a shared object, whose first segment is mapped at its start. */
int sigpact__module_is_go(const struct sigpact__module *m)
{
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)m->start;

	if (m->program)
		return sigpact__program_is_go();
	return !memcmp(e->e_ident, ELFMAG, SELFMAG) &&
	       go_headers((const Elf64_Phdr *)(m->start + e->e_phoff),
			  e->e_phnum, m->start);
}

int sigpact__program_is_go(void)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)getauxval(AT_PHDR);
	size_t count = getauxval(AT_PHNUM), i;
	uintptr_t load = 0;

	for (i = 0; p && i < count; i++)
		if (p[i].p_type == PT_PHDR)
			load = (uintptr_t)p - p[i].p_vaddr;
	return p && go_headers(p, count, load);
}
