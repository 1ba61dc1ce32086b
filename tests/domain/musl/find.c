/* gcc's unwinder, as Debian builds it for glibc, asks the loader for the tables of
   the object that an address lies in, by a function that musl does not have. */
#include <link.h>
#include <stddef.h>

struct found {	/* glibc's struct dl_find_object */
	unsigned long long flags;
	void *start, *end, *map, *eh_frame;
	unsigned long long reserved[7];
};

struct sought {
	ElfW(Addr) pc;
	struct found *found;
};

static int is_it(struct dl_phdr_info *info, size_t size, void *arg)
{
	const ElfW(Phdr) *p = info->dlpi_phdr, *end = p + info->dlpi_phnum;
	struct sought *s = arg;
	ElfW(Addr) tables = 0, at;
	int inside = 0;

	(void)size;
	for (; p < end; p++) {
		at = info->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_GNU_EH_FRAME)
			tables = at;
		if (p->p_type == PT_LOAD && s->pc - at < p->p_memsz) {
			s->found->start = (void *)at;
			s->found->end = (void *)(at + p->p_memsz);
			inside = 1;
		}
	}
	s->found->eh_frame = (void *)tables;
	return inside && tables;
}

int _dl_find_object(void *pc, struct found *found);
int _dl_find_object(void *pc, struct found *found)
{
	struct sought s = { (ElfW(Addr))pc, found };

	return dl_iterate_phdr(is_it, &s) ? 0 : -1;
}
