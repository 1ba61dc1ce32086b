/* What an ELF file says of itself: defined symbols, sections, Go's note.  Reads
   foreign bytes: every offset and size is checked, by reads that may fail.
   Normal context. */
#include "mapfile.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	GO_BUILD_ID = 4,
	MOST_NOTES = 1 << 16,
	MOST_BYTES = 1 << 28	/* of symbols or their names */
};

struct elf {
	int fd;
	uint64_t size;
	Elf64_Ehdr head;
	Elf64_Shdr *section;
	size_t section_count;
};

/* size bytes with a NUL behind, or NULL: they are not all in the file. */
static char *load(const struct elf *e, uint64_t offset, uint64_t size)
{
	char *bytes;

	if (!size || size > MOST_BYTES || size > e->size ||
	    offset > e->size - size)
		return NULL;
	bytes = malloc(size + 1);
	if (!bytes)
		return NULL;
	if (pread(e->fd, bytes, size, (off_t)offset) != (ssize_t)size) {
		free(bytes);
		return NULL;
	}
	bytes[size] = 0;
	return bytes;
}

static int compare(const void *key, const void *name)
{
	return strcmp(key, *(const char *const *)name);
}

static uint64_t bit(const char *name, const char *const *names, size_t count)
{
	const char *const *found = bsearch(name, names, count, sizeof *names,
					   compare);

	return found ? 1ull << (found - names) : 0;
}

static int go_note(const char *at, size_t size)
{
	while (size >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		uint64_t whole;

		memcpy(&n, at, sizeof n);
		whole = sizeof n + (((uint64_t)n.n_namesz + 3) & ~3ull) +
			(((uint64_t)n.n_descsz + 3) & ~3ull);
		if (whole > size)
			return 0;
		if (n.n_type == GO_BUILD_ID && n.n_namesz == 4 &&
		    !memcmp(at + sizeof n, "Go", 3))
			return 1;
		at += whole;
		size -= whole;
	}
	return 0;
}

static int go_headers(const struct elf *e)
{
	size_t count = e->head.e_phnum, i;
	Elf64_Phdr *p = (Elf64_Phdr *)load(e, e->head.e_phoff,
					   count * sizeof *p);
	int found = 0;

	for (i = 0; p && !found && i < count; i++) {
		char *notes = NULL;

		if (p[i].p_type == PT_NOTE && p[i].p_filesz < MOST_NOTES)
			notes = load(e, p[i].p_offset, p[i].p_filesz);
		found = notes && go_note(notes, p[i].p_filesz);
		free(notes);
	}
	free(p);
	return found;
}

static uint64_t sections(const struct elf *e, const struct sigpact__elf_query *q)
{
	size_t index = e->head.e_shstrndx, i;
	uint64_t found = 0, size;
	char *names;

	if (index >= e->section_count)
		return 0;
	size = e->section[index].sh_size;
	names = load(e, e->section[index].sh_offset, size);
	for (i = 0; names && i < e->section_count; i++)
		if (e->section[i].sh_name < size)
			found |= bit(names + e->section[i].sh_name, q->section,
				     q->section_count);
	free(names);
	return found;
}

static uint64_t symbols_of(const struct elf *e, const Elf64_Shdr *table,
			   const struct sigpact__elf_query *q)
{
	const Elf64_Shdr *strings;
	uint64_t found = 0;
	size_t count = table->sh_size / sizeof(Elf64_Sym), i;
	Elf64_Sym *symbol;
	char *names;

	if (table->sh_link >= e->section_count)
		return 0;
	strings = &e->section[table->sh_link];
	symbol = (Elf64_Sym *)load(e, table->sh_offset,
				   count * sizeof *symbol);
	names = load(e, strings->sh_offset, strings->sh_size);
	for (i = 0; symbol && names && i < count; i++)
		if (symbol[i].st_shndx != SHN_UNDEF && symbol[i].st_name &&
		    symbol[i].st_name < strings->sh_size)
			found |= bit(names + symbol[i].st_name, q->symbol,
				     q->symbol_count);
	free(symbol);
	free(names);
	return found;
}

static uint64_t symbols(const struct elf *e, const struct sigpact__elf_query *q)
{
	uint64_t found = 0;
	size_t i;

	for (i = 0; q->symbol_count && i < e->section_count; i++)
		if (e->section[i].sh_type == SHT_SYMTAB ||
		    e->section[i].sh_type == SHT_DYNSYM)
			found |= symbols_of(e, &e->section[i], q);
	return found;
}

static int is_ours(const Elf64_Ehdr *head)
{
	const union {
		uint16_t number;
		unsigned char low;
	} order = { 1 };

	return !memcmp(head->e_ident, ELFMAG, SELFMAG) &&
	       head->e_ident[EI_CLASS] == ELFCLASS64 &&
	       head->e_ident[EI_DATA] ==
		       (order.low ? ELFDATA2LSB : ELFDATA2MSB);
}

int sigpact__elf_ask(int fd, const struct sigpact__elf_query *q,
		     struct sigpact__elf_answer *answer)
{
	struct elf e = { .fd = fd };
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	e.size = (uint64_t)st.st_size;
	if (pread(fd, &e.head, sizeof e.head, 0) != sizeof e.head ||
	    !is_ours(&e.head))
		return -ENOEXEC;
	memset(answer, 0, sizeof *answer);
	if (e.head.e_phentsize == sizeof(Elf64_Phdr))
		answer->go_note = go_headers(&e);
	if (e.head.e_shentsize == sizeof(Elf64_Shdr))
		e.section = (Elf64_Shdr *)load(&e, e.head.e_shoff,
					       (uint64_t)e.head.e_shnum *
						       sizeof *e.section);
	if (e.section)
		e.section_count = e.head.e_shnum;
	answer->sections = sections(&e, q);
	answer->symbols = symbols(&e, q);
	free(e.section);
	return 0;
}
